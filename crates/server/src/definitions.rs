//! Definitions that are in use, so that they are written once and read rarely.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use squall_model::event::Event;
use squall_model::execution::{Definition, Digest, Execution};
use squall_model::record::Record;
use squall_model::{Id, Json};
use squall_store::Error as StoreError;

use crate::handle::{Handle, Result};

/// How many definitions are kept in memory before all are forgotten and read again.
const MOST: usize = 10_000;

/// Known definitions, and which of them are known to be on disk.
#[derive(Debug, Default)]
pub(crate) struct Definitions(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    by_digest: HashMap<Digest, Arc<Definition>>,
    recorded: HashSet<Digest>,
}

impl Definitions {
    /// Remembers a definition, and gives the record that writes it unless it is on disk already.
    pub(crate) fn record(&self, digest: Digest, definition: &Arc<Definition>) -> Option<Record> {
        self.with(|known| {
            known
                .by_digest
                .entry(digest)
                .or_insert_with(|| Arc::clone(definition));
            (!known.recorded.contains(&digest))
                .then(|| Record::Definition(digest, Box::new(Definition::clone(definition))))
        })
    }

    /// It is on disk now.
    pub(crate) fn recorded(&self, digest: Digest) {
        self.with(|known| known.recorded.insert(digest));
    }

    fn get(&self, digest: Digest) -> Option<Arc<Definition>> {
        self.with(|known| known.by_digest.get(&digest).cloned())
    }

    fn remember(&self, digest: Digest, definition: &Arc<Definition>) {
        self.with(|known| {
            known.by_digest.insert(digest, Arc::clone(definition));
            known.recorded.insert(digest);
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.by_digest.len() > MOST {
            *known = Known::default();
        }
        act(&mut known)
    }
}

/// What was read, or nothing if it is damaged: the store has told of it, and what else there is can still be shown.
fn sound<T>(read: std::result::Result<Option<T>, StoreError>) -> Result<Option<T>> {
    match read {
        Err(StoreError::Damaged { .. }) => Ok(None),
        read => Ok(read?),
    }
}

impl Handle {
    /// What an execution's digest stands for; nothing if that is damaged, too.
    pub async fn definition(&self, digest: Digest) -> Result<Option<Arc<Definition>>> {
        if let Some(known) = self.0.definitions.get(digest) {
            return Ok(Some(known));
        }
        let found = sound(self.0.store.definition(digest).await)?.map(Arc::new);
        if let Some(definition) = &found {
            self.0.definitions.remember(digest, definition);
        }
        Ok(found)
    }

    /// The result of an execution; nothing if it is damaged.
    pub async fn result(&self, execution: Id) -> Result<Option<Json>> {
        sound(self.0.store.result(execution).await)
    }

    /// The event that an execution answers; nothing if it has been forgotten, or is damaged.
    pub async fn event_answered(&self, execution: &Execution) -> Result<Option<Event>> {
        match execution.event {
            Some(event) => sound(self.0.store.event(event).await),
            None => Ok(None),
        }
    }
}
