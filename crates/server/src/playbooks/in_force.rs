//! The playbooks in force.

use std::collections::BTreeSet;
use std::sync::Arc;

use squall_engine::finding::Sinks;
use squall_engine::playbook::{PlaybookSet, playbook_id};
use squall_model::Timestamp;
use squall_model::playbook::actions::KnownAction;
use squall_model::playbook::{Playbooks, SinkConfig};
use squall_model::problem::{Problem, Severity};
use squall_pack::names_packs;
use squall_runners::python::Repository;

use super::Loaded;
use crate::registry::Refused;

/// The playbooks in force, made ready. What files hold that got worse is kept with it.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    /// As they are written.
    pub playbooks: Arc<Playbooks>,
    /// Made ready for events.
    pub set: Arc<PlaybookSet>,
    /// What names each playbook in what is remembered.
    pub ids: Vec<String>,
    /// Which findings go where.
    pub sinks: Arc<Sinks>,
    /// Where Python actions are.
    pub repositories: Vec<Repository>,
    /// The names of the actions written in Python.
    pub python: Arc<BTreeSet<String>>,
    /// Every action that playbooks can name, those of packs aside.
    pub actions: Vec<KnownAction>,
    /// Whether what the files hold names triggers or actions of packs.
    pub names_packs: bool,
    /// What is wrong with what is in force.
    pub problems: Vec<Problem>,
    /// Counts the times that files were put in force since the start; 0 if none were.
    pub generation: u64,
    /// When.
    pub since: Option<Timestamp>,
    /// What the files hold now, if that cannot be put in force.
    pub refused: Option<Refused>,
}

impl InForce {
    /// Why what the files hold now is not in force; empty if it is.
    pub fn refused_because(&self) -> &[Problem] {
        self.refused
            .as_ref()
            .map_or(&[], |refused| &refused.problems)
    }

    /// The same, while what the files hold now is refused.
    pub(super) fn with_refused(&self, refused: Refused) -> Self {
        Self {
            refused: Some(refused),
            ..self.clone()
        }
    }

    /// Makes playbooks ready that were loaded; gives everything that is wrong with them. With an error among it they are
    /// not to be put in force.
    pub fn of(loaded: Loaded) -> (Self, Vec<Problem>) {
        let Loaded {
            playbooks,
            repositories,
            actions,
            mut problems,
        } = loaded;
        let in_python = actions.iter().filter(|one| one.module.is_some());
        let python: BTreeSet<String> = in_python.map(|one| one.name.clone()).collect();
        let set = PlaybookSet::compile(&playbooks).unwrap_or_else(|wrong| {
            problems.extend(wrong);
            PlaybookSet::default()
        });
        problems.extend(set.warnings().iter().cloned());
        let (sinks, wrong) = Sinks::read(&playbooks.sinks);
        problems.extend(wrong);
        problems.extend(playbooks.sinks.iter().filter_map(fault));
        let in_force = Self {
            ids: playbooks.playbooks.iter().map(playbook_id).collect(),
            set: Arc::new(set),
            sinks: Arc::new(sinks),
            repositories,
            python: Arc::new(python),
            actions,
            names_packs: playbooks.playbooks.iter().any(names_packs),
            playbooks: Arc::new(playbooks),
            ..Self::default()
        };
        (in_force, problems)
    }
}

/// Why a sink cannot be used.
fn fault(config: &SinkConfig) -> Option<Problem> {
    let fault = squall_sinks::find(&config.kind)?
        .open(&config.parameters)
        .err()?;
    Some(Problem {
        severity: Severity::Error,
        file: config.place.file.clone(),
        line: Some(config.place.line).filter(|line| *line > 0),
        column: None,
        key: format!("{}.{}", config.place.key, fault.key),
        message: fault.message,
        hint: fault.hint,
    })
}

/// Whether anything in it keeps files out of force.
pub(super) fn has_errors(problems: &[Problem]) -> bool {
    let mut severities = problems.iter().map(|problem| problem.severity);
    severities.any(|severity| severity == Severity::Error)
}
