//! Who is told what happens.

use squall_kubernetes::{Error, Version};

use crate::Later;

/// Takes what happened.
pub trait Taker: Send + Sync {
    /// Takes one version of one object; done when it is durable, or decided that it need not be. Several are offered at the
    /// same time, never two versions of one object. What is refused is offered again after a moment.
    fn take<'a>(&'a self, version: &'a Version) -> Later<'a, Result<(), Refused>>;

    /// Is told what else happened. Must not wait.
    fn note(&self, note: Note<'_>);
}

/// Not now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot take what happened in the cluster: {0}")]
pub struct Refused(pub String);

/// What happens to a watch.
#[derive(Debug)]
#[non_exhaustive]
pub enum Note<'a> {
    /// The cluster has no such kind. Told once, until it is found.
    Missing {
        /// The kind, as it is wanted.
        kind: &'a str,
    },
    /// A kind that was missing is there.
    Found {
        /// The kind, as it is wanted.
        kind: &'a str,
    },
    /// All objects of a watch are known.
    Synced {
        /// The watch's name.
        watch: &'a str,
        /// How many there are.
        objects: usize,
    },
    /// What happened since a version is not known. What has changed is told next, as it is now.
    Gap {
        /// The watch's name.
        watch: &'a str,
        /// The last version that is known.
        since: &'a str,
    },
    /// The cluster does not let us watch. Told once, until it changes its mind or its words.
    Forbidden {
        /// The watch's name.
        watch: &'a str,
        /// What it said.
        error: &'a Error,
    },
}
