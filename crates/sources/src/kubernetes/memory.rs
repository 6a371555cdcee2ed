//! What survives a restart: how far each watch came, and the objects as they were.

use std::collections::HashMap;
use std::sync::Arc;

use squall_kubernetes::{Kept, Remembered};

use crate::Later;

/// Whatever a memory could not do.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Remembers watches by their names.
pub trait Memory: Send + Sync {
    /// What is remembered of a watch; none if it never came to a position.
    fn load<'a>(&'a self, watch: &'a str) -> Later<'a, Result<Option<Remembered>, Failure>>;

    /// Remembers a batch, whole or not at all. Saving one again changes nothing.
    fn save<'a>(&'a self, batch: &'a Batch) -> Later<'a, Result<(), Failure>>;

    /// Forgets a watch that nobody wants any more.
    fn forget<'a>(&'a self, watch: &'a str) -> Later<'a, Result<(), Failure>>;
}

/// What is to be remembered next.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// The watch's name.
    pub watch: String,
    /// Whether everything that was remembered before is to be forgotten first.
    pub afresh: bool,
    /// Objects by key, as they are now; none for those that are gone.
    pub objects: HashMap<Arc<str>, Option<Kept>>,
    /// How far everything is taken once these objects are; unchanged if there is none.
    pub position: Option<String>,
}

impl Batch {
    pub(super) fn of(watch: &str) -> Self {
        Self {
            watch: watch.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.afresh && self.objects.is_empty() && self.position.is_none()
    }
}
