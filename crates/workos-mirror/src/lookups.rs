//! Objects that an event has only a part of: they are fetched one by one.

use std::time::Duration;

use futures_util::future::select;
use workos::helpers::events::BoxError;

use crate::apply::Origin;
use crate::core::Core;
use crate::database::{Database, Transaction};
use crate::error::Error;
use crate::events::Lookup;
use crate::tables::{Cell, Parent, TABLES, Table, sortable};

const NOTE: &str = "\
INSERT INTO workos_mirror_lookups (table_name, id, path, parent, event_id)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (table_name, id) DO UPDATE SET event_id = excluded.event_id";
const NEXT: &str = "\
SELECT table_name, id, path, parent, event_id FROM workos_mirror_lookups
ORDER BY event_id LIMIT 1";
/// Unless another event has asked for it meanwhile.
const DONE: &str = "\
DELETE FROM workos_mirror_lookups WHERE table_name = ?1 AND id = ?2 AND event_id = ?3";
/// How often to look for those of another process.
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);

impl<D: Database> Core<D> {
    /// Notes that an object has to be fetched.
    pub(crate) async fn note(
        &self,
        transaction: &Transaction<D>,
        table: &Table,
        lookup: &Lookup,
        event_id: &str,
    ) -> Result<(), BoxError> {
        let Lookup { id, path, parent } = lookup;
        let params = [Some(table.name), Some(id), Some(path), parent.as_deref(), Some(event_id)];
        self.store.write(transaction, NOTE, &params).await
    }

    /// Fetches what was noted, as long as the mirror runs.
    pub(crate) async fn keep_looking_up(&self) -> Result<(), Error> {
        loop {
            self.persist(|| self.look_up()).await?;
            let pause = self.runtime.sleep(AT_LEAST_EVERY);
            select(Box::pin(self.looks.notified()), pause).await;
        }
    }

    /// Fetches everything that was noted.
    async fn look_up(&self) -> Result<(), Error> {
        while let Some(noted) = self.store.read(NEXT, &[]).await?.pop() {
            self.look_up_one(&noted).await?;
        }
        Ok(())
    }

    async fn look_up_one(&self, noted: &[Cell]) -> Result<(), Error> {
        let [Some(name), Some(id), Some(path), parent, Some(event_id)] = noted else {
            return Err(BoxError::from("something that was noted is incomplete").into());
        };
        let table = TABLES.iter().find(|table| table.name == name);
        let table = table.ok_or_else(|| BoxError::from(format!("there is no table {name}")))?;
        let now = self.runtime.now();
        let parent = parent.clone().map(|id| Parent { id, directory_id: None });
        let rows = match self.ask(path).await? {
            Some(object) => table.read((table.adopt)(object, parent.as_ref(), now)),
            None => Ok(Vec::new()),
        };
        let rows = rows.map_err(Error::Object)?;
        let origin = Origin { at: &sortable(now), event_id: Some(event_id) };
        let transaction = self.store.begin().await?;
        for (table, row) in &rows {
            self.store.put(&transaction, table, row, origin).await?;
        }
        let done = [Some(&**name), Some(id), Some(event_id)];
        self.store.write(&transaction, DONE, &done).await?;
        self.store.commit(transaction).await
    }
}
