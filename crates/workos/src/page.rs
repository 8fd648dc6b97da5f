//! Lists: a single [`Page`], and streams over all pages.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_channel::oneshot;
use futures_core::Stream;
use futures_util::future::{Either, select};
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::client::request::Request;
use crate::client::{Call, Client};
use crate::transport::BoxFuture;
use crate::{Error, query};

/// One page of a list.
///
/// In JSON it also has `"object": "list"`, which is written, and ignored when read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"), tag = "object", rename = "list")]
pub struct Page<T> {
    /// The items, in the order of the list.
    #[serde(default = "Vec::new", deserialize_with = "null_as_default")]
    pub data: Vec<T>,
    /// The cursors of the previous and the next page.
    #[serde(default, deserialize_with = "null_as_default")]
    pub list_metadata: ListMetadata,
}

/// The cursors of a [`Page`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListMetadata {
    /// The parameter `before` for the previous page; `None` on the first page.
    #[serde(default)]
    pub before: Option<String>,
    /// The parameter `after` for the next page; `None` on the last page.
    #[serde(default)]
    pub after: Option<String>,
}

/// Reads `null` where a value is expected as the value's default.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl<T> Page<T> {
    /// A page with these items and cursors, for tests and for [`auto_paginate`].
    pub fn new(data: Vec<T>, list_metadata: ListMetadata) -> Self {
        Self { data, list_metadata }
    }
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self::new(Vec::new(), ListMetadata::default())
    }
}

impl ListMetadata {
    /// These cursors.
    pub fn new(before: Option<String>, after: Option<String>) -> Self {
        Self { before, after }
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.into_iter()
    }
}

/// The page size if the caller sets no `limit`: the maximum.
const PAGE_SIZE: &str = "100";

/// The cursor that a walk follows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Direction {
    After,
    Before,
}

impl Direction {
    /// Forwards, unless the call has only the other cursor to start from. In the order `normal`,
    /// which is newest first, `before` is the cursor that leads forwards.
    fn of(query: &str) -> Self {
        let is_normal = query::contains_pair(query, "order", "normal");
        let (on, back) =
            if is_normal { (Self::Before, Self::After) } else { (Self::After, Self::Before) };
        let has = |direction: Self| query::contains(query, direction.parameter());
        if has(back) && !has(on) { back } else { on }
    }

    fn parameter(self) -> &'static str {
        match self {
            Self::After => "after",
            Self::Before => "before",
        }
    }

    fn next(self, metadata: &ListMetadata) -> Option<String> {
        match self {
            Self::After => metadata.after.clone(),
            Self::Before => metadata.before.clone(),
        }
    }
}

/// Decides whether a walk continues. It ends at a missing or empty cursor, and at one that it has
/// already followed: a server that repeats itself must not cause an endless loop.
#[derive(Debug, Default)]
struct Cursors(HashSet<String>);

impl Cursors {
    fn follow(&mut self, cursor: Option<String>) -> Option<String> {
        let cursor = cursor.filter(|cursor| !cursor.is_empty())?;
        self.0.insert(cursor.clone()).then_some(cursor)
    }
}

/// A page that is being fetched, in the background where the runtime has tasks.
pub(crate) struct Fetch<T> {
    /// The work, if the runtime has no tasks: then it is polled here.
    task: Option<BoxFuture<()>>,
    /// Its result. Dropping the receiver cancels the work.
    page: oneshot::Receiver<Result<Page<T>, Error>>,
}

impl<T: DeserializeOwned + Send + 'static> Fetch<T> {
    fn of(client: &Client, request: Box<Request>) -> Self {
        Self::start(client, Call::new(client.clone(), Ok(request)))
    }

    pub(crate) fn start(client: &Client, call: Call<Page<T>>) -> Self {
        let (mut sender, page) = oneshot::channel();
        let task = Box::pin(async move {
            // Cancellation is polled first: a task that starts after its stream was dropped sends
            // nothing.
            let fetched = match select(sender.cancellation(), call).await {
                Either::Left(_) => return,
                Either::Right((fetched, _)) => fetched,
            };
            // This fails when nobody is waiting any more.
            let _ = sender.send(fetched);
        });
        Self { task: client.settings().runtime.spawn(task), page }
    }

    /// Advances the work as far as possible without waiting.
    fn advance(&mut self, cx: &mut Context<'_>) {
        if let Some(task) = &mut self.task
            && task.poll_unpin(cx).is_ready()
        {
            self.task = None;
        }
    }
}

impl<T: DeserializeOwned + Send + 'static> Future for Fetch<T> {
    type Output = Result<Page<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.advance(cx);
        let fetched = ready!(self.page.poll_unpin(cx));
        Poll::Ready(fetched.unwrap_or_else(|_| {
            Err(Error::builder("the runtime that fetched the next page was shut down"))
        }))
    }
}

/// The pages of a list, as a stream.
///
/// It asks for 100 items a page unless the call sets a `limit`, and keeps the cursor, filters and
/// order of the call. With only `before` to start from, it goes backwards.
///
/// While the application works on one page, the next one is already being fetched. The stream ends
/// after the last page or the first error. Dropping it cancels a fetch in progress.
#[must_use = "streams do nothing unless polled"]
pub struct Pages<T> {
    client: Client,
    /// The call; taken by the first poll.
    first: Option<Result<Box<Request>, Error>>,
    walk: Option<Walk>,
    fetch: Option<Fetch<T>>,
}

/// Moves from page to page.
struct Walk {
    request: Box<Request>,
    direction: Direction,
    cursors: Cursors,
}

impl Walk {
    fn new(mut request: Box<Request>) -> Self {
        let direction = Direction::of(&request.query);
        if request.pageable && !query::contains(&request.query, "limit") {
            query::set(&mut request.query, "limit", Some(PAGE_SIZE));
        }
        Self { request, direction, cursors: Cursors::default() }
    }

    /// Moves to the page after the one with this `metadata`, if there is one.
    fn turn(&mut self, metadata: &ListMetadata) -> bool {
        let next = self.direction.next(metadata).filter(|_| self.request.pageable);
        let Some(cursor) = self.cursors.follow(next) else {
            return false;
        };
        let query = &mut self.request.query;
        // The events API rejects a start time together with a cursor, which is past it anyway.
        query::set(query, "range_start", None);
        for parameter in ["before", "after"] {
            let cursor = (parameter == self.direction.parameter()).then_some(cursor.as_str());
            query::set(query, parameter, cursor);
        }
        true
    }
}

impl<T: DeserializeOwned + Send + 'static> Stream for Pages<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        match this.first.take() {
            Some(Ok(request)) => {
                let walk = this.walk.insert(Walk::new(request));
                this.fetch = Some(Fetch::of(&this.client, walk.request.clone()));
            }
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            None => {}
        }
        let Some(fetch) = &mut this.fetch else {
            return Poll::Ready(None);
        };
        let fetched = ready!(fetch.poll_unpin(cx));
        this.fetch = None;
        if let (Ok(page), Some(walk)) = (&fetched, &mut this.walk)
            && walk.turn(&page.list_metadata)
        {
            let mut next = Fetch::of(&this.client, walk.request.clone());
            next.advance(cx);
            this.fetch = Some(next);
        }
        Poll::Ready(Some(fetched))
    }
}

/// The usual ways to read a stream, so that a program needs no crate for them. `futures_util`'s
/// `StreamExt` and `TryStreamExt` have more.
impl<T: DeserializeOwned + Send + 'static> Pages<T> {
    /// The next page; `None` after the last one or after an error.
    #[allow(clippy::should_implement_trait)] // a stream's method, not an iterator's
    pub fn next(&mut self) -> impl Future<Output = Option<Result<Page<T>, Error>>> + Unpin {
        StreamExt::next(self)
    }

    /// The next page, to be used with `?`; `None` after the last one.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), workos::Error> {
    /// # let emulator = workos_emulator::Emulator::start().await.unwrap();
    /// # let client = emulator.client();
    /// let mut pages = client.organizations().list_organizations(Default::default()).pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} organizations", page.data.len());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn try_next(&mut self) -> impl Future<Output = Result<Option<Page<T>>, Error>> + Unpin {
        TryStreamExt::try_next(self)
    }

    /// The remaining pages, or the first error.
    pub fn try_collect<C>(self) -> impl Future<Output = Result<C, Error>> + Unpin
    where
        C: Default + Extend<Page<T>>,
    {
        TryStreamExt::try_collect(self)
    }
}

impl<T> std::fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pages = self.walk.as_ref().map_or(0, |walk| walk.cursors.0.len());
        f.debug_struct("Pages").field("pages_turned", &pages).finish_non_exhaustive()
    }
}

/// The items of a list, as a stream: every item of every page of [`Pages`].
///
/// It owns everything it needs: it can be stored, returned and moved to another task, and it need
/// not be pinned.
#[doc(alias("auto_paging", "paginate", "stream"))]
#[must_use = "streams do nothing unless polled"]
pub struct Items<T> {
    pages: Pages<T>,
    current: vec::IntoIter<T>,
}

// Nothing in it is pinned.
impl<T> Unpin for Items<T> {}

impl<T: DeserializeOwned + Send + 'static> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.current.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut self.pages).poll_next(cx)) {
                Some(Ok(page)) => self.current = page.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.current.len(), None)
    }
}

/// The usual ways to read a stream, so that a program needs no crate for them. `futures_util`'s
/// `StreamExt` and `TryStreamExt` have more.
impl<T: DeserializeOwned + Send + 'static> Items<T> {
    /// The next item; `None` after the last one or after an error.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # let emulator = workos_emulator::Emulator::start().await.unwrap();
    /// # let client = emulator.client();
    /// let mut users = client.user_management().list_users_auto_paging(Default::default());
    /// while let Some(user) = users.next().await {
    ///     match user {
    ///         Ok(user) => println!("{}", user.email),
    ///         Err(error) => eprintln!("the rest is missing: {error}"),
    ///     }
    /// }
    /// # }
    /// ```
    #[allow(clippy::should_implement_trait)] // a stream's method, not an iterator's
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T, Error>>> + Unpin {
        StreamExt::next(self)
    }

    /// The next item, to be used with `?`; `None` after the last one.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), workos::Error> {
    /// # let emulator = workos_emulator::Emulator::start().await.unwrap();
    /// # let client = emulator.client();
    /// # client.organizations().create_organization(workos::CreateOrganization::new("Acme")).await?;
    /// let organizations = client.organizations();
    /// let mut items = organizations.list_organizations_auto_paging(Default::default());
    /// while let Some(organization) = items.try_next().await? {
    ///     println!("{}", organization.name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn try_next(&mut self) -> impl Future<Output = Result<Option<T>, Error>> + Unpin {
        TryStreamExt::try_next(self)
    }

    /// The remaining items, or the first error. All of them are in memory at once.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), workos::Error> {
    /// # let emulator = workos_emulator::Emulator::start().await.unwrap();
    /// # let client = emulator.client();
    /// # client.organizations().create_organization(workos::CreateOrganization::new("Acme")).await?;
    /// let organizations = client.organizations();
    /// let all: Vec<workos::Organization> =
    ///     organizations.list_organizations_auto_paging(Default::default()).try_collect().await?;
    /// assert_eq!(all.len(), 1);
    /// # Ok(()) }
    /// ```
    pub fn try_collect<C>(self) -> impl Future<Output = Result<C, Error>> + Unpin
    where
        C: Default + Extend<T>,
    {
        TryStreamExt::try_collect(self)
    }
}

impl<T> std::fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Items")
            .field("pages", &self.pages)
            .field("left_of_page", &self.current.len())
            .finish()
    }
}

impl<T: DeserializeOwned + Send + 'static> Call<Page<T>> {
    /// All items from this page on, fetched page by page. See [`Items`].
    ///
    /// ```
    /// # async fn run(client: workos::Client) -> Result<(), workos::Error> {
    /// let organizations = client.organizations();
    /// let mut items = organizations.list_organizations(Default::default()).items();
    /// while let Some(organization) = items.try_next().await? {
    ///     println!("{}", organization.name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn items(self) -> Items<T> {
        Items { pages: self.pages(), current: Vec::new().into_iter() }
    }

    /// All pages from this one on. See [`Pages`].
    pub fn pages(self) -> Pages<T> {
        let (client, request) = self.into_parts();
        Pages { client, first: Some(request), walk: None, fetch: None }
    }
}

/// Streams the items of any paginated list: `fetch` takes the cursor (`None` at first) and returns
/// the page.
///
/// For lists of this crate, [`Call::items`] does more. The stream ends at a missing, empty or
/// repeated cursor, or after the first error. [`try_auto_paginate`] is the same for other errors
/// than [`Error`].
///
/// ```
/// use futures_util::TryStreamExt;
/// use workos::{ListMetadata, Page, auto_paginate};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), workos::Error> {
/// let numbers = auto_paginate(|cursor: Option<String>| async move {
///     let start: u32 = cursor.map_or(0, |cursor| cursor.parse().unwrap());
///     let after = (start < 4).then(|| (start + 2).to_string());
///     let list_metadata = ListMetadata { before: None, after };
///     Ok(Page { data: vec![start, start + 1], list_metadata })
/// });
/// let all: Vec<u32> = numbers.try_collect().await?;
/// assert_eq!(all, [0, 1, 2, 3, 4, 5]);
/// # Ok(()) }
/// ```
pub fn auto_paginate<T, F, Fut>(fetch: F) -> impl Stream<Item = Result<T, Error>> + Unpin
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Page<T>, Error>>,
{
    try_auto_paginate(fetch)
}

/// [`auto_paginate`] with any type of error.
///
/// ```
/// use futures_util::TryStreamExt;
/// use workos::{Page, try_auto_paginate};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let numbers = try_auto_paginate(|_| async {
///     let number = "seven".parse::<u32>()?;
///     Ok::<_, std::num::ParseIntError>(Page { data: vec![number], ..Default::default() })
/// });
/// assert!(numbers.try_collect::<Vec<_>>().await.is_err());
/// # }
/// ```
pub fn try_auto_paginate<T, E, F, Fut>(fetch: F) -> impl Stream<Item = Result<T, E>> + Unpin
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Page<T>, E>>,
{
    AutoPaginate {
        fetch,
        next: Next::Page(None),
        cursors: Cursors::default(),
        current: Vec::new().into_iter(),
    }
}

struct AutoPaginate<T, F, Fut> {
    fetch: F,
    next: Next<Fut>,
    cursors: Cursors,
    current: vec::IntoIter<T>,
}

enum Next<Fut> {
    Page(Option<String>),
    Fetching(Pin<Box<Fut>>),
    End,
}

// The futures are boxed; nothing else is pinned.
impl<T, F, Fut> Unpin for AutoPaginate<T, F, Fut> {}

impl<T, E, F, Fut> Stream for AutoPaginate<T, F, Fut>
where
    F: FnMut(Option<String>) -> Fut,
    Fut: Future<Output = Result<Page<T>, E>>,
{
    type Item = Result<T, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.current.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match &mut this.next {
                Next::Page(cursor) => {
                    let cursor = cursor.take();
                    this.next = Next::Fetching(Box::pin((this.fetch)(cursor)));
                }
                Next::Fetching(page) => match ready!(page.poll_unpin(cx)) {
                    Ok(page) => {
                        let cursor = this.cursors.follow(page.list_metadata.after);
                        this.next = cursor.map_or(Next::End, |cursor| Next::Page(Some(cursor)));
                        this.current = page.data.into_iter();
                    }
                    Err(error) => {
                        this.next = Next::End;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                Next::End => return Poll::Ready(None),
            }
        }
    }
}

/// A list that is not paginated: a [`Page`] without cursors.
pub type List<T> = Page<T>;
