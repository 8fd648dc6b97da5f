//! The lists that the tables are filled from and compared with.

use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use http::Method;
use serde_json::Value;
use workos::helpers::events::BoxError;
use workos::transport::SharedRuntime;
use workos::{Call, Client, Page, Pages, Timestamp};

use crate::error::Error;
use crate::tables::*;

/// A list, or a list for each row of another table.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: &'static str,
    pub(crate) table: &'static Table,
    /// What its items belong to.
    pub(crate) parent: Option<&'static Table>,
    /// The column that names the parent, or has nothing for a list without one; `None` if all rows
    /// of the table are in the list.
    pub(crate) scope: Option<&'static str>,
    /// The path, with columns of the parent in braces.
    path: &'static str,
    /// The query.
    query: &'static [(&'static str, &'static str)],
    is_paged: bool,
}

const USUAL: Source = Source {
    name: "",
    table: &ORGANIZATIONS,
    parent: None,
    scope: None,
    path: "",
    query: &[],
    is_paged: true,
};

/// Stands for the ID of the parent in a query.
const PARENT_ID: &str = "{id}";

/// Parents before their children.
pub(crate) static SOURCES: [Source; 11] = [
    Source { name: "organizations", path: "/organizations", ..USUAL },
    Source { name: "users", table: &USERS, path: "/user_management/users", ..USUAL },
    Source {
        name: "roles",
        table: &ROLES,
        scope: Some("organization_id"),
        path: "/authorization/roles",
        is_paged: false,
        ..USUAL
    },
    Source {
        name: "organization_roles",
        table: &ROLES,
        parent: Some(&ORGANIZATIONS),
        scope: Some("organization_id"),
        path: "/authorization/organizations/{id}/roles",
        is_paged: false,
        ..USUAL
    },
    Source {
        name: "organization_memberships",
        table: &ORGANIZATION_MEMBERSHIPS,
        parent: Some(&ORGANIZATIONS),
        scope: Some("organization_id"),
        path: "/user_management/organization_memberships",
        query: &[("organization_id", PARENT_ID), ("statuses", "active,inactive,pending")],
        ..USUAL
    },
    Source { name: "connections", table: &CONNECTIONS, path: "/connections", ..USUAL },
    Source { name: "directories", table: &DIRECTORIES, path: "/directories", ..USUAL },
    Source {
        name: "directory_groups",
        table: &DIRECTORY_GROUPS,
        parent: Some(&DIRECTORIES),
        scope: Some("directory_id"),
        path: "/directories/{id}/groups",
        ..USUAL
    },
    Source {
        name: "directory_users",
        table: &DIRECTORY_USERS,
        parent: Some(&DIRECTORIES),
        scope: Some("directory_id"),
        path: "/directories/{id}/users",
        ..USUAL
    },
    Source {
        name: "directory_group_members",
        table: &DIRECTORY_GROUP_MEMBERS,
        parent: Some(&DIRECTORY_GROUPS),
        scope: Some("group_id"),
        path: "/directories/{directory_id}/users",
        query: &[("group", PARENT_ID)],
        ..USUAL
    },
    Source { name: "feature_flags", table: &FEATURE_FLAGS, path: "/feature-flags", ..USUAL },
];

/// How many lists are asked for at once, where there is one for each parent.
const AT_ONCE: usize = 8;
/// How far our clock may be ahead of WorkOS's. What a list says counts as that much older: a later
/// event must not be taken for an earlier one.
const AHEAD: Duration = Duration::from_secs(60);

/// A list that is being read.
pub(crate) struct Listing {
    pub(crate) source: &'static Source,
    pub(crate) parent: Option<Parent>,
    pages: Reading,
    /// Read ahead.
    first: Option<ListedPage>,
    runtime: SharedRuntime,
    /// A moment before its first page was asked for.
    pub(crate) started_at: Timestamp,
    /// A moment before the next page was, or will be, asked for.
    asked_at: Timestamp,
}

enum Reading {
    Pages(Pages<Value>),
    Whole(Option<Call<Page<Value>>>),
}

/// A page of a list, as rows.
pub(crate) struct ListedPage {
    /// A moment before it was asked for.
    pub(crate) asked_at: Timestamp,
    /// The items, each with what is in it.
    pub(crate) items: Vec<Vec<(&'static Table, Row)>>,
    /// Where the next page begins.
    pub(crate) after: Option<String>,
}

impl Listing {
    pub(crate) fn new(
        client: &Client,
        source: &'static Source,
        parent: Option<Parent>,
        after: Option<&str>,
    ) -> Result<Self, Error> {
        let column = |name: &str| {
            let parent = parent.as_ref()?;
            if name == "id" { Some(&*parent.id) } else { parent.directory_id.as_deref() }
        };
        let path = fill(source.path, column);
        let path = path.ok_or_else(|| format!("a parent of {} is incomplete", source.name));
        let path = path.map_err(BoxError::from)?;
        let mut query = vec![("after", after)];
        for (name, value) in source.query {
            let value = if *value == PARENT_ID { column("id") } else { Some(*value) };
            query.push((name, value));
        }
        let call = client.request::<Page<Value>>(Method::GET, &path);
        let pages = if source.is_paged {
            query.push(("order", Some("asc")));
            Reading::Pages(call.query(&query).pages())
        } else {
            Reading::Whole(Some(call))
        };
        let runtime = client.transport().runtime();
        let (first, now) = (None, runtime.now() - AHEAD);
        Ok(Self { source, parent, pages, first, runtime, started_at: now, asked_at: now })
    }

    /// Reads the first page ahead.
    async fn started(mut self) -> Result<Self, Error> {
        self.first = self.next().await?;
        Ok(self)
    }

    /// The next page; `None` after the last one, and if the parent is gone.
    pub(crate) async fn next(&mut self) -> Result<Option<ListedPage>, Error> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        // The page after the next one is asked for as soon as that has arrived.
        let asked_at = std::mem::replace(&mut self.asked_at, self.runtime.now() - AHEAD);
        let page = match &mut self.pages {
            Reading::Pages(pages) => pages.try_next().await,
            Reading::Whole(call) => match call.take() {
                Some(call) => call.await.map(Some),
                None => Ok(None),
            },
        };
        match page {
            Ok(page) => page.map(|page| self.rows(page, asked_at)).transpose(),
            Err(error) if self.parent.is_some() && error.status() == Some(404) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn rows(&self, page: Page<Value>, asked_at: Timestamp) -> Result<ListedPage, Error> {
        let table = self.source.table;
        let items = page.data.into_iter();
        let items =
            items.map(|item| table.read((table.adopt)(item, self.parent.as_ref(), asked_at)));
        let items = items.collect::<Result<_, _>>().map_err(Error::Object)?;
        Ok(ListedPage { asked_at, items, after: page.list_metadata.after })
    }
}

/// The lists of these parents, in this order. Some of them are asked for ahead.
pub(crate) fn listings<'a>(
    client: &'a Client,
    source: &'static Source,
    parents: Vec<Parent>,
) -> impl Stream<Item = Result<Listing, Error>> + 'a {
    stream::iter(parents)
        .map(move |parent| async move {
            Listing::new(client, source, Some(parent), None)?.started().await
        })
        .buffered(AT_ONCE)
}
