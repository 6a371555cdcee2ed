//! Files of playbooks are read when the server starts, when they change, and when somebody asks. What has got worse is
//! not put in force, and says so.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use fs_err as fs;
use squall_model::playbook::{PlaybookTrigger, Playbooks, Repository};
use squall_model::problem::{Problem, Severity};
use squall_model::trigger::Trigger;
use squall_pack::{PacksAtHand, ReadPlaybooks, check_packs, read_playbooks};
use tracing::{info, warn};

use super::in_force::{InForce, has_errors};
use super::load;
use super::repositories::Fetcher;
use crate::clock;
use crate::handle::Handle;
use crate::registry::{self, Refused};
use crate::settings;

/// Looks at the files every now and then until the server stops.
pub(crate) async fn watch(handle: Handle) {
    let stopping = handle.0.tasks.stopping().clone();
    let every = handle.0.settings.playbooks.rescan;
    let mut seen = handle.look_at_playbooks().await;
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let now = handle.look_at_playbooks().await;
        if now != seen {
            seen = now;
            handle.reload_playbooks().await;
        }
    }
}

impl Handle {
    /// Reads the files of playbooks again, and puts them in force if nothing is wrong with them. Gives what is in force.
    pub async fn reload_playbooks(&self) -> Arc<InForce> {
        let one_at_a_time = self.0.playbooks.reading.lock().await;
        let before = self.playbooks();
        let (fresh, problems) = self.read_playbooks().await;
        let state = if has_errors(&problems) {
            InForce {
                names_packs: before.names_packs || fresh.names_packs,
                ..refused(&before, problems)
            }
        } else {
            InForce {
                problems,
                generation: before.generation.saturating_add(1),
                since: Some(clock::now()),
                ..fresh
            }
        };
        tell(&before, &state);
        let state = Arc::new(state);
        self.0.playbooks.in_force.store(Arc::clone(&state));
        self.register_for_playbooks(triggers_of_packs(&state.playbooks))
            .await;
        if state.generation != before.generation {
            self.0.playbooks.generation.send_replace(state.generation);
            self.0.playbooks.tell_awaited();
        }
        drop(one_at_a_time);
        state
    }

    async fn read_playbooks(&self) -> (InForce, Vec<Problem>) {
        let settings = self.0.settings.playbooks.clone();
        let read = tokio::task::spawn_blocking(move || read(&settings)).await;
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                let problem = problem(format!("the files cannot be read: {error}"));
                return (InForce::default(), vec![problem]);
            }
        };
        let folder = self.0.settings.data.join("playbook-repositories");
        let fetcher = Fetcher::new(folder, &self.0.host);
        let loaded = load(read, &fetcher, &self.0.host).await;
        let (fresh, mut problems) = InForce::of(loaded);
        let packs = PacksAtHand {
            content: &self.loaded().content,
            kinds: &registry::kinds(&self.0.runners),
            are_all: true,
        };
        problems.extend(check_packs(&fresh.playbooks, &packs));
        (fresh, problems)
    }

    /// What changes when a file does.
    async fn look_at_playbooks(&self) -> u64 {
        let settings = self.0.settings.playbooks.clone();
        let in_force = self.playbooks();
        let repositories = in_force.repositories.clone();
        let loaded = in_force.names_packs.then(|| self.loaded());
        let look = move || {
            let mut digest = DefaultHasher::new();
            if let Some(loaded) = loaded {
                let content = &loaded.content;
                content
                    .actions
                    .keys()
                    .for_each(|name| name.hash(&mut digest));
                let types = content.trigger_types.keys();
                types.for_each(|name| name.hash(&mut digest));
            }
            for file in &settings.files {
                look_at(file, &mut digest);
            }
            for repository in &repositories {
                look_into(&repository.folder, DEEPEST, &mut digest);
            }
            digest.finish()
        };
        tokio::task::spawn_blocking(look).await.unwrap_or_default()
    }
}

/// The triggers of packs that playbooks name, each once.
fn triggers_of_packs(playbooks: &Playbooks) -> Vec<Trigger> {
    let triggers = playbooks.playbooks.iter();
    let triggers = triggers.flat_map(|playbook| &playbook.triggers);
    let mut all: Vec<Trigger> = triggers.filter_map(PlaybookTrigger::of_a_pack).collect();
    all.sort_by(|one, other| one.reference.cmp(&other.reference));
    all.dedup();
    all
}

/// How deep folders of Python code are looked into.
const DEEPEST: usize = 8;

fn look_into(folder: &Path, deepest: usize, digest: &mut DefaultHasher) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if name.starts_with('.') || name == "__pycache__" {
            continue;
        }
        if path.is_dir() && deepest > 0 {
            look_into(&path, deepest.saturating_sub(1), digest);
        } else if name.ends_with(".py") || name.ends_with(".toml") || name.ends_with(".txt") {
            look_at(&path, digest);
        }
    }
}

/// A file behind a link is another one when the link is: so Kubernetes replaces what it mounts.
fn look_at(file: &Path, digest: &mut DefaultHasher) {
    file.hash(digest);
    fs::canonicalize(file).ok().hash(digest);
    let told = fs::metadata(file).ok();
    let modified = told.as_ref().and_then(|told| told.modified().ok());
    modified.unwrap_or(SystemTime::UNIX_EPOCH).hash(digest);
    told.map(|told| told.len()).hash(digest);
}

/// The files, and the folders that stand beside them.
fn read(settings: &settings::Playbooks) -> ReadPlaybooks {
    let environment = |name: &str| settings.environment.get(name).cloned();
    let mut read = read_playbooks(&settings.files, &environment);
    let folders = settings.repositories.iter();
    read.playbooks.repositories.extend(folders.map(|folder| {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
        Repository::in_folder(&folder)
    }));
    read
}

fn problem(message: String) -> Problem {
    Problem {
        severity: Severity::Error,
        file: PathBuf::new(),
        line: None,
        column: None,
        key: String::new(),
        message,
        hint: None,
    }
}

/// What is in force stays so, and knows what is not.
fn refused(before: &InForce, problems: Vec<Problem>) -> InForce {
    let since = match &before.refused {
        Some(refused) if refused.problems == problems => refused.since,
        _ => clock::now(),
    };
    before.with_refused(Refused { since, problems })
}

fn tell(before: &InForce, state: &InForce) {
    let told = |problems: &[Problem]| {
        for problem in problems {
            warn!("{problem}");
        }
    };
    match &state.refused {
        Some(refused) if before.refused.as_ref() != Some(refused) => {
            warn!("the files of playbooks cannot be put in force: what was in force stays so");
            told(&refused.problems);
        }
        Some(_) => {}
        None => {
            let playbooks = state.playbooks.playbooks.len();
            info!(
                playbooks,
                generation = state.generation,
                "playbooks in force"
            );
            told(&state.problems);
        }
    }
}
