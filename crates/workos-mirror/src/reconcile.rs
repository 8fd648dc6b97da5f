//! What the tables lack, or have in another way than WorkOS.

use std::collections::{BTreeMap, HashSet};
use std::pin::pin;

use futures_util::TryStreamExt;
use http::Method;
use serde_json::Value;
use workos::Page;

use crate::apply::{Origin, Verdict};
use crate::core::Core;
use crate::database::Database;
use crate::error::Error;
use crate::lists::{Listing, SOURCES, listings};
use crate::tables::*;

/// How to reconcile.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reconcile {
    /// Whether to report only, and change nothing. What belongs to a missing row is then not
    /// looked for.
    pub dry_run: bool,
}

/// What was different.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// By the name of the table. Each one has an entry.
    pub tables: BTreeMap<&'static str, Differences>,
}

/// How the rows of a table differed from WorkOS.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct Differences {
    /// How many objects the lists had.
    pub listed: u64,
    /// How many of them the table did not have.
    pub missing: u64,
    /// How many it had in an older state, or with other columns.
    pub outdated: u64,
    /// How many rows WorkOS does not have.
    pub surplus: u64,
}

impl Report {
    /// Whether the tables were as WorkOS.
    pub fn is_clean(&self) -> bool {
        let mut tables = self.tables.values();
        tables.all(|table| (table.missing, table.outdated, table.surplus) == (0, 0, 0))
    }
}

/// The rows that a list must have: those of a table, or of a parent.
struct Extent<'a> {
    table: &'static Table,
    /// The column that names the parent, and its ID.
    scope: Option<(&'static str, Option<&'a str>)>,
    /// What has changed since then does not count.
    until: &'a str,
}

impl<D: Database> Core<D> {
    pub(crate) async fn reconcile(&self, options: Reconcile) -> Result<Report, Error> {
        let tables = TABLES.iter().map(|table| (table.name, Differences::default()));
        let mut report = Report { tables: tables.collect() };
        for source in &SOURCES {
            let Some(parents) = source.parent else {
                let list = Listing::new(&self.client, source, None, None)?;
                self.compare(list, options, &mut report).await?;
                continue;
            };
            let mut last = String::new();
            loop {
                let parents = self.parents(parents, &last, false).await?;
                let Some(parent) = parents.last() else { break };
                last.clone_from(&parent.id);
                let mut lists = pin!(listings(&self.client, source, parents));
                while let Some(list) = lists.try_next().await? {
                    self.compare(list, options, &mut report).await?;
                }
            }
        }
        Ok(report)
    }

    /// Compares a list with the rows that it must have.
    async fn compare(
        &self,
        mut list: Listing,
        options: Reconcile,
        report: &mut Report,
    ) -> Result<(), Error> {
        let started_at = sortable(list.started_at);
        let mut seen = HashSet::new();
        while let Some(page) = list.next().await? {
            let origin = Origin { at: &sortable(page.asked_at), event_id: None };
            let transaction = self.store.begin().await?;
            for (table, row) in page.items.iter().flatten() {
                let verdict = if options.dry_run {
                    self.store.judge(&transaction, table, row).await?
                } else {
                    self.store.put(&transaction, table, row, origin).await?
                };
                report.count(table, verdict);
                seen.insert((table.name, row.id.clone()));
            }
            self.store.commit(transaction).await?;
        }
        let parent = list.parent.as_ref().map(|parent| &*parent.id);
        let scope = list.source.scope.map(|column| (column, parent));
        let embedded = list.source.table.embedded.map(|(_, table)| (table, None));
        for (table, scope) in [(list.source.table, scope)].into_iter().chain(embedded) {
            let extent = Extent { table, scope, until: &started_at };
            for id in self.unseen(&extent, &seen).await? {
                let is_surplus = self.check_surplus(&extent, &id, options).await?;
                report.of(table).surplus += u64::from(is_surplus);
            }
        }
        Ok(())
    }

    /// The rows of an extent that its list did not have.
    async fn unseen(
        &self,
        extent: &Extent<'_>,
        seen: &HashSet<(&'static str, String)>,
    ) -> Result<Vec<String>, Error> {
        let (table, until) = (extent.table, D::DIALECT.param(2, Kind::Time));
        let (name, clock) = (table.name, table.clock.column());
        let (column, parent) = extent.scope.unwrap_or(("NULL", None));
        let sql = format!(
            "SELECT id FROM {name} WHERE id > ?1 AND coalesce({clock} < {until}, TRUE) \
             AND {column} IS NOT DISTINCT FROM ?3 ORDER BY id LIMIT 1000"
        );
        let (mut unseen, mut last) = (Vec::new(), String::new());
        loop {
            let params = [Some(&*last), Some(extent.until), parent];
            let rows = self.store.read(&sql, &params).await?;
            let ids: Vec<String> = rows.into_iter().flatten().flatten().collect();
            let Some(id) = ids.last() else { return Ok(unseen) };
            last.clone_from(id);
            unseen.extend(ids.into_iter().filter(|id| !seen.contains(&(name, id.clone()))));
        }
    }

    /// Whether WorkOS does not have a row even when it is asked for that alone. Then it is deleted.
    async fn check_surplus(
        &self,
        extent: &Extent<'_>,
        id: &str,
        options: Reconcile,
    ) -> Result<bool, Error> {
        let table = extent.table;
        let columns = table.columns.iter();
        let columns = columns.map(|column| D::DIALECT.shown(column.name, column.kind));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let sql = format!("SELECT {columns} FROM {} WHERE id = ?1", table.name);
        let Some(cells) = self.store.read(&sql, &[Some(id)]).await?.pop() else { return Ok(false) };
        let row = Row { id: id.to_owned(), clock: None, raw: String::new(), cells };
        if self.is_at_workos(table, &row).await? {
            return Ok(false);
        }
        if !options.dry_run {
            let origin = Origin { at: extent.until, event_id: None };
            let transaction = self.store.begin().await?;
            self.store.remove(&transaction, table, id, origin).await?;
            self.store.commit(transaction).await?;
        }
        Ok(true)
    }

    async fn is_at_workos(&self, table: &'static Table, row: &Row) -> Result<bool, Error> {
        let cell = |name| row.get(table, name);
        if let (Some(group_id), Some(user_id)) = (cell("group_id"), cell("user_id")) {
            return self.is_member(group_id, user_id).await;
        }
        // What cannot be asked for stays.
        let Some(path) = table.location(row) else { return Ok(true) };
        let Some(object) = self.ask(&path).await? else { return Ok(false) };
        let parent = cell("organization_id").map(str::to_owned);
        let parent = parent.map(|id| Parent { id, directory_id: None });
        let rows = table.read((table.adopt)(object, parent.as_ref(), self.runtime.now()));
        let rows = rows.map_err(Error::Object)?;
        // Of a role that is gone, there may be one of the environment.
        Ok(rows.iter().any(|(_, found)| found.id == row.id))
    }

    async fn is_member(&self, group_id: &str, user_id: &str) -> Result<bool, Error> {
        let groups = self.client.request::<Page<Value>>(Method::GET, "/directory_groups");
        let mut groups = groups.query(&[("user", user_id)]).items();
        loop {
            match groups.try_next().await {
                Ok(Some(group)) if at(&group, "id").is_some_and(|id| id == group_id) => {
                    return Ok(true);
                }
                Ok(Some(_)) => {}
                Ok(None) => return Ok(false),
                Err(error) if error.status() == Some(404) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Report {
    fn of(&mut self, table: &Table) -> &mut Differences {
        self.tables.entry(table.name).or_default()
    }

    fn count(&mut self, table: &Table, verdict: Verdict) {
        let differences = self.of(table);
        differences.listed += 1;
        match verdict {
            Verdict::New | Verdict::Revived => differences.missing += 1,
            Verdict::Changed => differences.outdated += 1,
            Verdict::Touched | Verdict::Same | Verdict::Older | Verdict::Gone => {}
        }
    }
}
