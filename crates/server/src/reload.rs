//! Changes of what is registered, one at a time: each makes a new state beside the one in force and puts it in its place.
//!
//! Whoever decides an event holds one state from beginning to end, so an event under way is decided by the rules that
//! were in force when it was taken up.

use std::sync::Arc;

use squall_engine::rule::RuleSet;
use squall_model::problem::Problem;
use squall_model::record::{Batch, Resource};
use squall_model::runner::RunnerType;
use squall_model::trigger::Trigger;
use squall_store::Store;
use tracing::{info, warn};

use crate::clock;
use crate::handle::{Error, Handle, Result};
use crate::registry::{self, Loaded, Look, PackInForce, Packs, Parts, Registration, Registrations};
use crate::settings::Settings;

/// How much of the folders is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// What has changed.
    Changes,
    /// All of it; what is gone is given up at once.
    Everything,
}

/// Reads all packs for the first time, and puts on top what is recorded as registered over REST.
pub(crate) async fn first(
    settings: &Settings,
    runners: &[RunnerType],
    store: &dyn Store,
) -> std::result::Result<Loaded, squall_store::Error> {
    let registrations = Registrations::of(store.resources().await?);
    let kinds = registry::kinds(runners);
    let now = clock::now();
    let look = Look {
        settings,
        kinds: &kinds,
        before: &Packs::new(),
        generation: 1,
        now,
        is_thorough: true,
    };
    let seen = look.look();
    let missing = registry::missing(&seen.packs, &kinds);
    let parts = Parts {
        seen,
        missing,
        registrations,
        of_playbooks: Vec::new(),
        generation: 1,
        loaded_at: now,
    };
    let (loaded, void) = Loaded::new(parts, runners, &RuleSet::default());
    for problem in loaded.problems() {
        warn!("{problem}");
    }
    forget(store, &void).await?;
    Ok(loaded)
}

/// Drops registrations that the files of their packs have made void.
async fn forget(
    store: &dyn Store,
    void: &[Resource],
) -> std::result::Result<(), squall_store::Error> {
    for resource in void {
        let (kind, reference) = (resource.kind.as_str(), &resource.reference);
        info!(
            kind,
            reference, "the pack's file says something else: the change over REST is dropped"
        );
    }
    if void.is_empty() {
        return Ok(());
    }
    let records = void.iter().map(registry::deleted).collect();
    store.commit(Batch { records }).await
}

impl Handle {
    /// Records a registration, then puts it in force.
    pub async fn register(&self, registration: Registration) -> Result<()> {
        let one_at_a_time = self.0.registering.lock().await;
        let loaded = self.loaded();
        let (registrations, record) = loaded.registrations.with(registration, &loaded.packs)?;
        let records = vec![record];
        self.0.store.commit(Batch { records }).await?;
        let parts = Parts {
            registrations,
            ..loaded.parts()
        };
        let (state, _) = Loaded::new(parts, &self.0.runners, &loaded.rules);
        self.put_in_force(&loaded, &Arc::new(state));
        drop(one_at_a_time);
        Ok(())
    }

    /// Makes the triggers of packs known that playbooks name: a webhook is one.
    pub(crate) async fn register_for_playbooks(&self, triggers: Vec<Trigger>) {
        let one_at_a_time = self.0.registering.lock().await;
        let loaded = self.loaded();
        if loaded.of_playbooks != triggers {
            let parts = Parts {
                of_playbooks: triggers,
                ..loaded.parts()
            };
            let (state, _) = Loaded::new(parts, &self.0.runners, &loaded.rules);
            self.put_in_force(&loaded, &Arc::new(state));
        }
        drop(one_at_a_time);
    }

    fn put_in_force(&self, before: &Loaded, state: &Arc<Loaded>) {
        self.0.loaded.store(Arc::clone(state));
        let mut rules = [&before.rules, &state.rules].into_iter();
        if rules.any(|rules| !rules.playbook_triggers().is_empty()) {
            self.0.playbooks.tell_awaited();
        }
    }

    /// Reads the packs' folders again and puts what they hold in force, with what was registered over REST on top. A
    /// pack that has got worse stays as it was; the new state says so.
    ///
    /// Whoever writes a file of a pack, or its config, calls this to have it in force at once.
    pub async fn reload(&self, reading: Reading) -> Result<Arc<Loaded>> {
        let one_at_a_time = self.0.registering.lock().await;
        let before = self.loaded();
        let handle = self.clone();
        let known = Arc::clone(&before);
        let read = tokio::task::spawn_blocking(move || handle.look(&known, reading));
        let parts = read
            .await
            .map_err(|error| Error::Invalid(format!("the packs could not be read: {error}")))?;
        let Some(parts) = parts else {
            return Ok(before);
        };
        let (state, void) = Loaded::new(parts, &self.0.runners, &before.rules);
        // What is void stays so if this fails: it is found again at the next start.
        if let Err(error) = forget(self.store(), &void).await {
            warn!(
                error = &error as &dyn std::error::Error,
                "cannot drop changes over REST that are void"
            );
        }
        let state = Arc::new(state);
        self.put_in_force(&before, &state);
        self.tell_reload(&before, &state);
        self.prepare_virtualenvs(&state.packs);
        drop(one_at_a_time);
        Ok(state)
    }

    /// What a new state is to be made of; nothing if the folders hold what is in force.
    fn look(&self, before: &Loaded, reading: Reading) -> Option<Parts> {
        let kinds = registry::kinds(&self.0.runners);
        let generation = before.generation.saturating_add(1);
        let now = clock::now();
        let look = Look {
            settings: &self.0.settings,
            kinds: &kinds,
            before: &before.packs,
            generation,
            now,
            is_thorough: reading == Reading::Everything,
        };
        let seen = look.look();
        let is_same = seen.is_same_as(&before.packs);
        if is_same && seen.problems == before.folder_problems() {
            return None;
        }
        let missing = registry::missing(&seen.packs, &kinds);
        let is_new = |pack: &Arc<PackInForce>| pack.generation == generation;
        let is_other = seen.packs.values().any(is_new) || seen.packs.len() != before.packs.len();
        let known = before.parts();
        Some(Parts {
            seen,
            missing,
            registrations: known.registrations,
            of_playbooks: known.of_playbooks,
            generation: if is_other {
                generation
            } else {
                known.generation
            },
            loaded_at: if is_other { now } else { known.loaded_at },
        })
    }

    /// Tells what a reload has changed, in the log and in the counters.
    fn tell_reload(&self, before: &Loaded, state: &Loaded) {
        for (name, pack) in &state.packs {
            let known = before.packs.get(name);
            if pack.generation == state.generation && pack.generation != before.generation {
                info!(
                    pack = name,
                    version = pack.content.pack.version,
                    generation = pack.generation,
                    "pack in force"
                );
                tell_problems(&pack.problems, known.map(|known| known.problems.as_slice()));
            }
            let refused = known.and_then(|known| known.refused.as_ref());
            match &pack.refused {
                Some(now) if refused != Some(now) => {
                    self.0.metrics.pack_reload_failures.add_one();
                    warn!(
                        pack = name,
                        version = pack.content.pack.version,
                        "the pack's files have got worse: what was in force stays in force"
                    );
                    tell_problems(&now.problems, None);
                }
                None if refused.is_some() => info!(pack = name, "the pack's files are good again"),
                _ => {}
            }
        }
        for name in before
            .packs
            .keys()
            .filter(|name| !state.packs.contains_key(*name))
        {
            info!(pack = name, "pack gone");
        }
        tell_problems(state.folder_problems(), Some(before.folder_problems()));
        if state.generation != before.generation {
            self.0.metrics.pack_reloads.add_one();
        }
    }
}

fn tell_problems(problems: &[Problem], known: Option<&[Problem]>) {
    let known = known.unwrap_or_default();
    for problem in problems.iter().filter(|problem| !known.contains(problem)) {
        warn!("{problem}");
    }
}
