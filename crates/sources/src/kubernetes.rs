//! What happens to the objects of a Kubernetes cluster: each version of each object that anybody wants to hear of, once
//! while this process lives, at least once across its lives.
//!
//! There is one watch for each kind (and namespace, where some are named). What it sees is handed to a [`Taker`], in
//! order for each object; the watch waits while the taker is busy. How far everything is taken is remembered by a
//! [`Memory`], together with the objects as they were, so that a restart misses nothing and can still compare.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use squall_kubernetes::watch::Patience;
use squall_kubernetes::{Cluster, Error, Keep, Kind, Kinds, Seen, Selection, Watch, Watched};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

mod figures;
mod follow;
mod memory;
mod taker;
mod wanted;

pub use figures::Figures;
pub use memory::{Batch, Failure, Memory};
pub use taker::{Note, Refused, Taker};
pub use wanted::Wanted;

use follow::{Ended, Follower};
use wanted::{absorb, merge};

/// How long after a definition of a custom resource has changed the kinds are looked for: others mostly change with it.
const SETTLES_WITHIN: Duration = Duration::from_secs(1);

/// How long until kinds that do not exist are looked for again without any sign.
const LOOKS_EVERY: Duration = Duration::from_secs(300);

/// The source.
#[derive(Clone)]
pub struct Source {
    cluster: Cluster,
    kinds: Kinds,
    taker: Arc<dyn Taker>,
    memory: Arc<dyn Memory>,
    patience: Patience,
    figures: Arc<Mutex<BTreeMap<String, Figures>>>,
}

impl Source {
    /// A source over a cluster. Nothing is asked yet.
    pub fn new(cluster: Cluster, taker: Arc<dyn Taker>, memory: Arc<dyn Memory>) -> Self {
        Self {
            kinds: Kinds::new(cluster.clone()),
            cluster,
            taker,
            memory,
            patience: Patience::default(),
            figures: Arc::default(),
        }
    }

    /// With another patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// What each watch has been through so far, by its name.
    pub fn figures(&self) -> BTreeMap<String, Figures> {
        let figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        figures.clone()
    }

    /// Watches what is wanted until `stop` fires; then what is being taken is waited for, and remembered. What is wanted
    /// may change at any time: watches that are wanted as before go on undisturbed.
    pub async fn run(self, mut wanted: watch::Receiver<Vec<Wanted>>, stop: CancellationToken) {
        let mut running = Running {
            source: self,
            watches: BTreeMap::new(),
            tasks: JoinSet::new(),
            resting: BTreeSet::new(),
            left: BTreeSet::new(),
            absent: BTreeSet::new(),
            look_at: None,
            definitions: None,
            stop: stop.clone(),
        };
        let mut is_wanted = true;
        loop {
            let now = wanted.borrow_and_update().clone();
            tokio::select! {
                () = stop.cancelled() => break,
                () = running.reconcile(&now) => {}
            }
            tokio::select! {
                () = stop.cancelled() => break,
                changed = wanted.changed(), if is_wanted => {
                    is_wanted = changed.is_ok();
                    running.source.kinds.forget();
                }
                ended = running.tasks.join_next(), if !running.tasks.is_empty() => running.ended(ended),
                () = until(running.look_at) => running.look_again(),
                seen = next(&mut running.definitions) => running.definition(&seen),
            }
        }
        while let Some(ended) = running.tasks.join_next().await {
            running.ended(Some(ended));
        }
    }
}

/// What runs now.
struct Running {
    source: Source,
    watches: BTreeMap<String, One>,
    tasks: JoinSet<Ended>,
    /// The watches that ended by a fault of ours and wait to be started again.
    resting: BTreeSet<String>,
    /// The watches that ended because nobody wanted them, and may still be remembered.
    left: BTreeSet<String>,
    /// The kinds that are wanted and do not exist, as they were told.
    absent: BTreeSet<String>,
    /// When kinds are looked for again.
    look_at: Option<Instant>,
    /// The definitions of custom resources, while a kind is missing.
    definitions: Option<Watch>,
    stop: CancellationToken,
}

struct One {
    watched: Watched,
    task: tokio::task::Id,
    stop: CancellationToken,
}

impl Running {
    /// Starts what is wanted and does not run, and ends what runs and is not wanted.
    async fn reconcile(&mut self, wanted: &[Wanted]) {
        let Some(watched) = self.find(wanted).await else {
            return;
        };
        for (name, one) in &self.watches {
            if watched.get(name) != Some(&one.watched) {
                one.stop.cancel();
            }
        }
        for (name, watched) in watched {
            self.left.remove(&name);
            // One that is ending is started again when it has ended.
            if !self.watches.contains_key(&name) && !self.resting.contains(&name) {
                self.start(name, watched);
            }
        }
        self.forget_left().await;
    }

    async fn forget_left(&mut self) {
        while let Some(name) = self.left.first().cloned() {
            if let Err(error) = self.source.memory.forget(&name).await {
                let error = &*error as &dyn std::error::Error;
                tracing::warn!(
                    watch = name,
                    error,
                    "cannot forget a watch that nobody wants"
                );
            }
            self.left.remove(&name);
        }
    }

    /// What is to be watched, by name; nothing if the cluster cannot say which kinds there are.
    async fn find(&mut self, wanted: &[Wanted]) -> Option<BTreeMap<String, Watched>> {
        let mut found = BTreeMap::new();
        let mut absent = BTreeSet::new();
        for wanted in wanted {
            let kind = self.source.kinds.find_known(&wanted.kind).await;
            let kind = match kind {
                Ok(kind) => kind,
                Err(error) => return self.cannot_find(&error),
            };
            let Some(kind) = kind else {
                absent.insert(wanted.kind.clone());
                continue;
            };
            for watched in wanted.watched(&kind, self.source.patience) {
                merge(&mut found, watched);
            }
        }
        absorb(&mut found);
        self.tell_absent(absent);
        Some(found)
    }

    fn cannot_find(&mut self, error: &Error) -> Option<BTreeMap<String, Watched>> {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "cannot find out which kinds the cluster has"
        );
        self.look_at = Some(Instant::now() + self.source.patience.longest_pause);
        None
    }

    /// Tells what was not told yet, and watches for it to appear.
    fn tell_absent(&mut self, absent: BTreeSet<String>) {
        let taker = &self.source.taker;
        for kind in absent.difference(&self.absent) {
            tracing::warn!(kind, "the cluster has no such kind; waiting for it");
            taker.note(Note::Missing { kind });
        }
        for kind in self.absent.difference(&absent) {
            tracing::info!(kind, "the cluster has this kind now");
            taker.note(Note::Found { kind });
        }
        self.absent = absent;
        if self.absent.is_empty() {
            self.definitions = None;
            self.look_at = None;
        } else if self.definitions.is_none() {
            self.definitions = Some(self.watch_definitions());
        }
        if !self.absent.is_empty() && self.look_at.is_none() {
            self.look_at = Some(Instant::now() + LOOKS_EVERY);
        }
    }

    fn watch_definitions(&self) -> Watch {
        let watched = Watched {
            kind: Kind::CUSTOM_RESOURCE_DEFINITION,
            selection: Selection::default(),
            keep: Keep::Versions,
            tell_first: false,
            patience: self.source.patience,
        };
        Watch::new(self.source.cluster.clone(), watched, None)
    }

    fn definition(&mut self, seen: &Seen) {
        // Between the search and this listing a definition may have come.
        if matches!(seen, Seen::Version(_) | Seen::Synced { .. }) {
            let soon = Instant::now() + SETTLES_WITHIN.min(self.source.patience.longest_pause);
            self.look_at = Some(self.look_at.map_or(soon, |at| at.min(soon)));
        }
    }

    fn look_again(&mut self) {
        self.look_at = None;
        self.resting.clear();
        self.source.kinds.forget();
    }

    fn start(&mut self, name: String, watched: Watched) {
        let stop = self.stop.child_token();
        let follower = Follower {
            name: name.clone(),
            source: self.source.clone(),
            watched: watched.clone(),
            stop: stop.clone(),
        };
        let task = self.tasks.spawn(follower.run()).id();
        let one = One {
            watched,
            task,
            stop,
        };
        self.watches.insert(name, one);
    }

    fn ended(&mut self, ended: Option<Result<Ended, tokio::task::JoinError>>) {
        let name = match ended {
            Some(Ok(ended)) => {
                if !ended.is_missing {
                    self.left.insert(ended.name.clone());
                }
                ended.name
            }
            Some(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a watch ended by a fault of ours"
                );
                let mut watches = self.watches.iter();
                let Some((name, _)) = watches.find(|(_, one)| one.task == error.id()) else {
                    return;
                };
                let name = name.clone();
                self.resting.insert(name.clone());
                self.look_at = Some(Instant::now() + self.source.patience.longest_pause);
                name
            }
            None => return,
        };
        self.watches.remove(&name);
        let mut figures = self
            .source
            .figures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        figures.remove(&name);
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

async fn next(watch: &mut Option<Watch>) -> Seen {
    match watch {
        Some(watch) => watch.next().await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests;
