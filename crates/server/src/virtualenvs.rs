//! What packs need of Python is made when they come, in the background: their first action shall not wait for it.
//!
//! An action that is started earlier waits all the same, and says so (see the Python runner). What fails is tried again
//! after a while, because most of what fails is the network.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use squall_model::Timestamp;
use tokio::sync::Semaphore;
use tracing::warn;

use crate::clock;
use crate::handle::Handle;
use crate::registry::{PackInForce, Packs};

/// The file that says what a pack needs.
const REQUIREMENTS: &str = "requirements.txt";

/// How many are made at a time.
const AT_A_TIME: usize = 2;

/// How long to wait before what failed is tried again: at first, and at most.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(30);
const TRY_AGAIN_AT_MOST: Duration = Duration::from_secs(600);

/// Packs that come with Squall: they do not say that Python will be used.
const BUILT_IN: [&str; 3] = ["core", "default", "examples"];

/// How far the virtualenv of a pack is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Virtualenv {
    /// It is being made, since then.
    Preparing(Timestamp),
    /// It is there.
    Ready,
    /// It could not be made; it will be tried again.
    Failed {
        /// When it was found out first.
        since: Timestamp,
        /// Why.
        reason: String,
    },
}

/// The virtualenvs of all packs that need one.
pub(crate) struct Virtualenvs {
    known: Mutex<BTreeMap<String, Known>>,
    room: Arc<Semaphore>,
}

struct Known {
    /// The pack it was made for; another makes it again.
    pack: Arc<PackInForce>,
    state: Virtualenv,
}

impl Default for Virtualenvs {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            room: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }
}

impl Virtualenvs {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Known>) -> T) -> T {
        act(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes how far the one of a pack is, unless the pack has become another; false then.
    fn note(&self, pack: &Arc<PackInForce>, state: Virtualenv) -> bool {
        self.with(|known| {
            let current = known.get_mut(pack.reference());
            match current.filter(|current| Arc::ptr_eq(&current.pack, pack)) {
                Some(current) => {
                    current.state = state;
                    true
                }
                None => false,
            }
        })
    }
}

impl Handle {
    /// How far the virtualenv of a pack is; nothing if it needs none.
    pub fn virtualenv(&self, pack: &str) -> Option<Virtualenv> {
        self.0
            .virtualenvs
            .with(|known| known.get(pack).map(|known| known.state.clone()))
    }

    /// Begins to make what these packs need of Python, as far as they are not those it was made for.
    pub(crate) fn prepare_virtualenvs(&self, packs: &Packs) {
        if packs.values().any(|pack| runs_python(pack)) {
            // What is not warm now is started by the first action, which says what is wrong.
            drop(self.0.host.python.warm());
        }
        let fresh = self.0.virtualenvs.with(|known| {
            known.retain(|name, _| packs.get(name).is_some_and(|pack| needs_one(pack)));
            let mut fresh = Vec::new();
            for (name, pack) in packs.iter().filter(|(_, pack)| needs_one(pack)) {
                let is_known = known
                    .get(name)
                    .is_some_and(|known| Arc::ptr_eq(&known.pack, pack));
                if !is_known {
                    let state = Virtualenv::Preparing(clock::now());
                    let pack = Arc::clone(pack);
                    fresh.push(Arc::clone(&pack));
                    known.insert(name.clone(), Known { pack, state });
                }
            }
            fresh
        });
        for pack in fresh {
            let preparing = prepare(self.clone(), pack);
            self.0.tasks.spawn("virtualenv", preparing);
        }
    }
}

/// Makes one, or tries until the pack becomes another or the server stops.
async fn prepare(handle: Handle, pack: Arc<PackInForce>) {
    let all = &handle.0.virtualenvs;
    let stopping = handle.0.tasks.stopping().clone();
    let folder = pack.content.pack.path.clone();
    let mut pause = TRY_AGAIN_AFTER;
    let mut failing_since = None;
    loop {
        let Ok(room) = Arc::clone(&all.room).acquire_owned().await else {
            return;
        };
        let made = tokio::select! {
            () = stopping.cancelled() => return,
            made = handle.0.host.python.prepare(pack.reference(), &folder) => made,
        };
        drop(room);
        let Err(error) = made else {
            all.note(&pack, Virtualenv::Ready);
            return;
        };
        let reason = explain(&error);
        handle.0.metrics.virtualenv_failures.add_one();
        warn!(
            pack = pack.reference(),
            reason,
            again_in = pause.as_secs(),
            "cannot make what the pack needs of Python"
        );
        let since = *failing_since.get_or_insert_with(clock::now);
        if !all.note(&pack, Virtualenv::Failed { since, reason }) {
            return;
        }
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = pause.saturating_mul(2).min(TRY_AGAIN_AT_MOST);
    }
}

fn needs_one(pack: &PackInForce) -> bool {
    pack.content
        .pack
        .files
        .iter()
        .any(|file| file == REQUIREMENTS)
}

fn runs_python(pack: &PackInForce) -> bool {
    let mut actions = pack.content.actions.iter();
    !BUILT_IN.contains(&pack.reference())
        && actions
            .any(|action| matches!(action.runner_type.as_str(), "python-script" | "run-python"))
}

/// The error with its causes.
pub(crate) fn explain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
