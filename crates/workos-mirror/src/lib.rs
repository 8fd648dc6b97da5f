//! WorkOS as plain tables: users, organizations, directories and the rest in SQLite or Postgres,
//! kept current by events.
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use workos_mirror::Mirror;
//!
//! # let emulator = workos_emulator::Emulator::start().await?;
//! # let client = emulator.client();
//! # client.organizations().create_organization(workos::CreateOrganization::new("Acme")).await?;
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("workos.sqlite");
//! let mirror = Mirror::open_sqlite(client, &path).await?;
//! let handle = mirror.handle();
//! let running = tokio::spawn(async move { mirror.run(|_| {}).await });
//!
//! // Everything else is SQL, from any program:
//! // SELECT email FROM directory_users WHERE state = 'active';
//!
//! handle.stop();
//! running.await??;
//! # Ok(()) }
//! # #[cfg(not(feature = "sqlite"))]
//! # fn main() {}
//! ```
//!
//! The first run copies the lists of WorkOS, and goes on where it was if it is interrupted. From
//! then on the mirror follows the events. [`reconcile`](Mirror::reconcile) compares the tables with
//! the lists, and mends them.
//!
//! | Feature | Database |
//! |---|---|
//! | `sqlite` (default) | a file: [`Mirror::open_sqlite`] |
//! | `postgres` | a server: [`Mirror::connect_postgres`] |
//!
//! # Tables
//!
//! | Table | Columns besides `id`, `created_at`, `updated_at` and `raw` |
//! |---|---|
//! | `organizations` | `name`, `external_id`, `stripe_customer_id`, `metadata` |
//! | `organization_domains` | `organization_id`, `domain`, `state`, `verification_strategy` |
//! | `users` | `email`, `email_verified`, `first_name`, `last_name`, `name`, `external_id`, `profile_picture_url`, `locale`, `metadata` |
//! | `organization_memberships` | `user_id`, `organization_id`, `status`, `role`, `directory_managed` |
//! | `roles` | `organization_id`, `slug`, `role_id`, `name`, `description`, `type`, `resource_type_slug`, `permissions` |
//! | `connections` | `organization_id`, `connection_type`, `name`, `state` |
//! | `directories` | `organization_id`, `type`, `name`, `state`, `domain` |
//! | `directory_groups` | `directory_id`, `organization_id`, `idp_id`, `name` |
//! | `directory_users` | `directory_id`, `organization_id`, `idp_id`, `email`, `first_name`, `last_name`, `name`, `state`, `role`, `custom_attributes` |
//! | `directory_group_members` | `group_id`, `user_id`, `directory_id`, `organization_id`, and `changed_at` in place of the times |
//! | `feature_flags` | `slug`, `name`, `description`, `enabled`, `default_value`, `tags` |
//!
//! `raw` is the whole object as JSON. Fields that change without an event, such as the last sign-in
//! of a user, have no column: in `raw`, they are as of the last event or comparison.
//!
//! Most columns are text, as WorkOS sends it. `metadata`, `custom_attributes`, `permissions`, `tags`
//! and `raw` are JSON (`jsonb` in Postgres), `email_verified`, `directory_managed`, `enabled` and
//! `default_value` are 0 or 1 (`boolean` in Postgres), and times are like
//! `2026-03-01T12:00:00.000000Z` (`timestamptz` in Postgres). A field that WorkOS leaves out, or that
//! is of an unexpected type, is NULL.
//!
//! The events of a role have no ID of it. So its `id` is its slug, after that of its organization
//! and a slash if it has one: `org_01EHZNVPK3SFK441A1RGBFSHRT/org-owner`. A membership in a
//! directory group has the IDs of the group and of the user.
//!
//! The tables have no foreign keys, because events may come in another order than their objects.
//! They do have indexes on the columns that end in `_id` and name a row of another table.
//!
//! # Changes
//!
//! The table `changes` has a row for every change, written with it: `seq`, `table_name`, `row_id`,
//! `operation` (`insert`, `update` or `delete`), `changed_at`, `event_id` (NULL for a change found
//! in a list) and `raw` (NULL if it was deleted). `changed_at` is the time of the event, or about
//! the time of the list. To follow the changes, remember the last `seq`:
//!
//! ```sql
//! SELECT seq, operation, row_id, raw FROM changes
//! WHERE seq > 4711 AND table_name = 'directory_users' ORDER BY seq LIMIT 100;
//! ```
//!
//! Changes become visible in the order of `seq`, and an event that comes again adds none. The mirror
//! itself does not read them: delete those that you no longer need.
//!
//! # What you can rely on
//!
//! | What happens | What the tables do |
//! |---|---|
//! | the process is killed | what an event or a page changes is there as a whole, with the place behind it, or not at all |
//! | an event comes late, again, or after a newer one | `updated_at` decides: an older object never overwrites a newer one. For members of groups the time of the event decides |
//! | something is deleted | what belongs to it goes, too, also where WorkOS sends no events for it. `workos_tombstones` keeps late events and lists from bringing it back |
//! | an event has only a part of its object (roles, connections, directories) | the object is asked for right away. What still has to be asked for outlives a crash |
//! | an event cannot be read | it becomes a [dead letter](Mirror::dead_letters), and the next one has its turn |
//! | WorkOS or the database is away | the mirror waits; [`Mirror::status`] has the reason |
//! | the mirror was off for more than 29 days | it reconciles before it follows events again, since WorkOS may no longer have all of them |
//! | several processes run with one database | one fills the tables, and one writes events; another one takes over within seconds |
//!
//! Some changes have no events: a new connection that is not active yet, the state of a directory
//! whose credentials have expired. They come with the next [`reconcile`](Mirror::reconcile), which
//! may run as often as you like.
//!
//! The clock of the machine may be wrong by a minute at most.
//!
//! # What it costs
//!
//! The backfill and each comparison take a request for every page of 100 objects, one at least for
//! each list: organizations have two lists each (roles and memberships), directories two (groups and
//! users), and each group has one (its users). After that there is a request at least every 30
//! seconds.
//!
//! The database has personal data, and in `raw` the tokens by which domains are verified. Protect it
//! like WorkOS's dashboard.

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("workos-mirror needs a database: turn on the feature `sqlite` or `postgres`");

mod apply;
mod backfill;
mod core;
mod database;
mod error;
mod events;
mod lists;
mod lookups;
mod reconcile;
mod status;
mod tables;

use std::fmt;
#[cfg(feature = "sqlite")]
use std::path::Path;
use std::sync::Arc;

use workos::Client;
use workos::helpers::events::{DeadLetter, EventsHandle};
#[cfg(feature = "postgres")]
use workos_stores::PostgresCheckpoint;

use crate::core::{Core, Stop};
#[cfg(feature = "postgres")]
use crate::database::postgres::Postgres;
#[cfg(feature = "sqlite")]
use crate::database::sqlite::Sqlite;
pub use crate::error::Error;
pub use crate::reconcile::{Differences, Reconcile, Report};
pub use crate::status::{Progress, Status};

/// The tables of WorkOS in a database, and what keeps them current. Clones are the same mirror.
#[derive(Clone)]
pub struct Mirror {
    core: AnyCore,
}

#[derive(Clone)]
enum AnyCore {
    #[cfg(feature = "sqlite")]
    Sqlite(Arc<Core<Sqlite>>),
    #[cfg(feature = "postgres")]
    Postgres(Arc<Core<Postgres>>),
}

/// Does the same on any database.
macro_rules! on {
    ($mirror:ident, $core:ident => $work:expr) => {
        match &$mirror.core {
            #[cfg(feature = "sqlite")]
            AnyCore::Sqlite($core) => $work,
            #[cfg(feature = "postgres")]
            AnyCore::Postgres($core) => $work,
        }
    };
}

impl Mirror {
    /// Opens a mirror in an SQLite file; creates it and the tables if they are not there.
    ///
    /// Give it a file of its own, on a local disk: it gets a write-ahead log, which does not work
    /// over a network. Other processes can read it at any time.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] when the file cannot be opened or written, or has other tables with these
    /// names; [`Error::NewerSchema`].
    #[cfg(feature = "sqlite")]
    pub async fn open_sqlite(client: Client, path: impl AsRef<Path>) -> Result<Self, Error> {
        let database = Sqlite::open(path.as_ref())?;
        Ok(Self { core: AnyCore::Sqlite(Arc::new(Core::open(client, database).await?)) })
    }

    /// Connects to a mirror in Postgres without TLS, by a URL or by `host=… user=…`; creates the
    /// tables if they are not there.
    ///
    /// To keep them apart from other tables, give them a schema: create it, and end the URL in
    /// `?options=-csearch_path%3Dworkos`. The mirror prepares statements: a connection pooler has to
    /// support that.
    ///
    /// ```no_run
    /// # async fn run(client: workos::Client) -> Result<(), workos_mirror::Error> {
    /// use workos_mirror::Mirror;
    ///
    /// let url = "postgres://app:password@db.internal/app?options=-csearch_path%3Dworkos";
    /// Mirror::connect_postgres(client, url).await?.run(|_| {}).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Database`] when the server does not answer or refuses the password, when the tables
    /// cannot be created, or others have these names; [`Error::NewerSchema`].
    #[cfg(feature = "postgres")]
    pub async fn connect_postgres(client: Client, url: &str) -> Result<Self, Error> {
        Self::with_postgres(client, PostgresCheckpoint::connect(url).await?).await
    }

    /// As [`connect_postgres`](Self::connect_postgres), on a connection of your own making, such as
    /// one with TLS: see [`PostgresCheckpoint::connect_with`].
    ///
    /// # Errors
    ///
    /// As [`connect_postgres`](Self::connect_postgres).
    #[cfg(feature = "postgres")]
    pub async fn with_postgres(
        client: Client,
        checkpoint: PostgresCheckpoint,
    ) -> Result<Self, Error> {
        let database = Postgres::new(checkpoint);
        Ok(Self { core: AnyCore::Postgres(Arc::new(Core::open(client, database).await?)) })
    }

    /// Fills the tables from the lists of WorkOS, and calls `progress` after every page. An
    /// interrupted backfill continues where it was; after a complete one, this does nothing.
    ///
    /// [`run`](Self::run) does the same first. Waits while another process fills the tables.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = workos_emulator::Emulator::start().await?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("workos.sqlite");
    /// # let mirror = workos_mirror::Mirror::open_sqlite(emulator.client(), path).await?;
    /// mirror.backfill(|list| println!("{}: {} rows", list.table, list.rows)).await?;
    /// # Ok(()) }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Api`] and [`Error::Database`]. Call it again to go on.
    pub async fn backfill(&self, progress: impl Fn(&Progress) + Send + Sync) -> Result<(), Error> {
        on!(self, core => Box::pin(core.backfill(&progress)).await)
    }

    /// Fills the tables if they are not, as [`backfill`](Self::backfill), and follows the events until
    /// it is [stopped](MirrorHandle::stop). Failures that may pass are waited out.
    ///
    /// # Errors
    ///
    /// [`Error::Api`] when WorkOS refuses a request, for instance because the API key is not valid.
    pub async fn run(&self, progress: impl Fn(&Progress) + Send + Sync) -> Result<(), Error> {
        on!(self, core => Box::pin(core.run(&progress)).await)
    }

    /// Compares the tables with the lists of WorkOS, and mends them. It may run beside
    /// [`run`](Self::run).
    ///
    /// What changes meanwhile does not count. A row that the lists do not have is asked for by itself
    /// before it is deleted.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use workos_mirror::Reconcile;
    /// # let emulator = workos_emulator::Emulator::start().await?;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("workos.sqlite");
    /// # let mirror = workos_mirror::Mirror::open_sqlite(emulator.client(), path).await?;
    /// # mirror.backfill(|_| {}).await?;
    /// let report = mirror.reconcile(Reconcile { dry_run: true }).await?;
    /// for (table, found) in &report.tables {
    ///     println!("{table}: {} missing, {} surplus", found.missing, found.surplus);
    /// }
    /// assert!(report.is_clean());
    /// # Ok(()) }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Api`] and [`Error::Database`]. What was mended until then stays so.
    pub async fn reconcile(&self, options: Reconcile) -> Result<Report, Error> {
        on!(self, core => Box::pin(core.reconcile(options)).await)
    }

    /// How the mirror is doing. It counts the rows of all tables, so do not ask for it every second.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn status(&self) -> Result<Status, Error> {
        on!(self, core => core.status().await)
    }

    /// The events that could not be written, in the order in which they were given up.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, Error> {
        on!(self, core => core.dead_letters().await)
    }

    /// What stops and wakes this mirror.
    pub fn handle(&self) -> MirrorHandle {
        on!(self, core => MirrorHandle { events: core.events(), stop: core.stop.clone() })
    }

    /// The rows of a table as text, without `raw`: for our tests.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    #[doc(hidden)]
    pub async fn render(&self, table: &str) -> Result<Vec<String>, Error> {
        on!(self, core => core.render(table).await)
    }
}

impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirror").field("handle", &self.handle()).finish_non_exhaustive()
    }
}

/// Stops and wakes a [`Mirror`]. Clones are handles of the same mirror.
#[derive(Debug, Clone)]
pub struct MirrorHandle {
    events: EventsHandle,
    stop: Stop,
}

impl MirrorHandle {
    /// Ends [`Mirror::run`] after what it is working on, for good.
    pub fn stop(&self) {
        self.stop.now();
        self.events.stop();
    }

    /// Lets the mirror look for events at once, as when a webhook has just arrived.
    pub fn wake(&self) {
        self.events.wake();
    }
}
