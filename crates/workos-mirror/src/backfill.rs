//! The first filling of the tables, which goes on where it was after a crash.

use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt;
use workos::helpers::events::{BoxError, Checkpoint, EventCursor};

use crate::apply::Origin;
use crate::core::{Core, STREAM};
use crate::database::{Database, Transaction};
use crate::error::Error;
use crate::lists::{Listing, SOURCES, Source, listings};
use crate::reconcile::Reconcile;
use crate::status::{Progress, Watch};
use crate::tables::{Table, sortable};

/// How far before the lists the events begin. WorkOS withholds the newest events for some seconds,
/// a list may lag behind them, and our clock behind theirs. Events from before a list change
/// nothing that it has.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// How long events are certain to be kept: WorkOS has said 30 days, and says 90 by now.
const KEPT: Duration = Duration::from_secs(29 * 24 * 60 * 60);

const LOAD: &str = "\
SELECT parent, cursor, CAST(pages AS text), CAST(listed AS text), CAST(is_finished AS text)
FROM workos_mirror_backfill WHERE list = ?1";
const SAVE: &str = "\
INSERT INTO workos_mirror_backfill (list, parent, cursor, pages, listed, is_finished)
VALUES (?1, ?2, ?3, CAST(?4 AS bigint), CAST(?5 AS bigint), CAST(?6 AS integer))
ON CONFLICT (list) DO UPDATE SET parent = excluded.parent, cursor = excluded.cursor,
    pages = excluded.pages, listed = excluded.listed, is_finished = excluded.is_finished";

/// How far a list has been read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ListState {
    /// The parent whose list was read last.
    parent: Option<String>,
    /// Where to go on in that list; `None` after its end.
    cursor: Option<String>,
    pages: u64,
    listed: u64,
    is_finished: bool,
}

impl<D: Database> Core<D> {
    /// Fills the tables from the lists, unless that has been done.
    pub(crate) async fn backfill(&self, watch: Watch<'_>) -> Result<(), Error> {
        let work = Box::pin(async {
            self.mark_place().await?;
            for source in &SOURCES {
                self.fill(source, watch).await?;
            }
            Ok(())
        });
        self.alone(work).await
    }

    /// Remembers, before the first list, from when on events are to follow.
    async fn mark_place(&self) -> Result<(), Error> {
        let checkpoint = self.store.database.checkpoint();
        if checkpoint.load(STREAM).await?.is_some() {
            return Ok(());
        }
        let start = EventCursor::since(self.runtime.now() - MARGIN);
        let transaction = self.store.begin().await?;
        // Otherwise another process has just done the same.
        if checkpoint.advance(&transaction, STREAM, None, &start).await? {
            self.store.commit(transaction).await?;
        }
        Ok(())
    }

    /// Reconciles tables that were left alone for longer than WorkOS keeps events, and lets the
    /// events follow from there.
    pub(crate) async fn catch_up(&self) -> Result<(), Error> {
        let work = Box::pin(async {
            let checkpoint = self.store.database.checkpoint();
            let start = EventCursor::since(self.runtime.now() - MARGIN);
            let place = checkpoint.load(STREAM).await?;
            let is_lost = |place: &EventCursor| place.created_at + KEPT < start.created_at;
            let Some(place) = place.filter(is_lost) else { return Ok(()) };
            self.reconcile(Reconcile::default()).await?;
            let transaction = self.store.begin().await?;
            if checkpoint.advance(&transaction, STREAM, Some(&place), &start).await? {
                self.store.commit(transaction).await?;
            }
            Ok(())
        });
        self.alone(work).await
    }

    /// How far the backfill of a list is.
    pub(crate) async fn list_state(
        &self,
        transaction: &Transaction<D>,
        source: &Source,
    ) -> Result<ListState, BoxError> {
        let mut rows = self.store.rows(transaction, LOAD, &[Some(source.name)]).await?;
        let Some(row) = rows.pop() else { return Ok(ListState::default()) };
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten();
        let (parent, cursor) = (next(), next());
        let mut number = || next().and_then(|text| text.parse().ok()).unwrap_or_default();
        let (pages, listed) = (number(), number());
        Ok(ListState { parent, cursor, pages, listed, is_finished: number() == 1 })
    }

    async fn fill(&self, source: &'static Source, watch: Watch<'_>) -> Result<(), Error> {
        let mut state = self.list_state(&self.store.begin().await?, source).await?;
        if state.is_finished {
            return Ok(());
        }
        match source.parent {
            None => {
                let cursor = state.cursor.clone();
                let list = Listing::new(&self.client, source, None, cursor.as_deref())?;
                self.copy(list, &mut state, watch).await?;
            }
            Some(parents) => self.fill_by_parents(source, parents, &mut state, watch).await?,
        }
        state.is_finished = true;
        let transaction = self.store.begin().await?;
        self.save(&transaction, source, &state).await?;
        self.store.commit(transaction).await?;
        watch(&state.progress(source));
        Ok(())
    }

    async fn fill_by_parents(
        &self,
        source: &'static Source,
        parents: &'static Table,
        state: &mut ListState,
        watch: Watch<'_>,
    ) -> Result<(), Error> {
        let mut last = state.parent.clone().unwrap_or_default();
        if let Some(cursor) = state.cursor.clone() {
            // The list of this parent was read in part, unless the parent is gone by now.
            let parent = self.parents(parents, &last, true).await?.into_iter().next();
            if let Some(parent) = parent.filter(|parent| parent.id == last) {
                let list = Listing::new(&self.client, source, Some(parent), Some(&cursor))?;
                self.copy(list, state, watch).await?;
            }
        }
        loop {
            let parents = self.parents(parents, &last, false).await?;
            let Some(parent) = parents.last() else { return Ok(()) };
            last.clone_from(&parent.id);
            let mut lists = pin!(listings(&self.client, source, parents));
            while let Some(list) = lists.try_next().await? {
                self.copy(list, state, watch).await?;
            }
        }
    }

    /// Copies the pages of a list, a transaction for each.
    async fn copy(
        &self,
        mut list: Listing,
        state: &mut ListState,
        watch: Watch<'_>,
    ) -> Result<(), Error> {
        while let Some(page) = list.next().await? {
            let origin = Origin { at: &sortable(page.asked_at), event_id: None };
            state.parent = list.parent.as_ref().map(|parent| parent.id.clone());
            state.cursor.clone_from(&page.after);
            state.pages += 1;
            state.listed += page.items.len() as u64;
            let transaction = self.store.begin().await?;
            for (table, row) in page.items.iter().flatten() {
                self.store.put(&transaction, table, row, origin).await?;
            }
            self.save(&transaction, list.source, state).await?;
            self.store.commit(transaction).await?;
            watch(&state.progress(list.source));
        }
        Ok(())
    }

    async fn save(
        &self,
        transaction: &Transaction<D>,
        source: &Source,
        state: &ListState,
    ) -> Result<(), Error> {
        let (pages, listed) = (state.pages.to_string(), state.listed.to_string());
        let params = [
            Some(source.name),
            state.parent.as_deref(),
            state.cursor.as_deref(),
            Some(&pages),
            Some(&listed),
            Some(if state.is_finished { "1" } else { "0" }),
        ];
        Ok(self.store.write(transaction, SAVE, &params).await?)
    }
}

impl ListState {
    pub(crate) fn progress(&self, source: &Source) -> Progress {
        Progress {
            list: source.name,
            table: source.table.name,
            pages: self.pages,
            rows: self.listed,
            is_finished: self.is_finished,
        }
    }
}
