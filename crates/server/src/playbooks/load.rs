//! From files of playbooks to what can run them: repositories are fetched, asked what actions they have, and every
//! playbook is held against these.

use std::path::PathBuf;

use squall_model::playbook::actions::{KnownAction, RepositoryProblem};
use squall_model::playbook::{Place, Playbooks, Repository};
use squall_model::problem::{Problem, Severity};
use squall_pack::{ReadPlaybooks, check_actions};
use squall_runners::{Host, python};

use super::repositories::Fetcher;
use crate::virtualenvs::explain;

/// Playbooks and what can run them.
#[derive(Debug)]
pub struct Loaded {
    /// The playbooks, with all that stands beside them.
    pub playbooks: Playbooks,
    /// Their repositories on this machine; later ones win.
    pub repositories: Vec<python::Repository>,
    /// The actions there are: Squall's own, then those of repositories, which win.
    pub actions: Vec<KnownAction>,
    /// Everything that is wrong. With an error among it the playbooks are not to be run.
    pub problems: Vec<Problem>,
}

/// Loads what was read. Fetching repositories, and installing what they need, may take minutes.
pub async fn load(read: ReadPlaybooks, fetcher: &Fetcher, host: &Host) -> Loaded {
    let ReadPlaybooks {
        playbooks,
        mut problems,
    } = read;
    let mut repositories = Vec::new();
    for repository in &playbooks.repositories {
        match fetcher.fetch(repository).await {
            Ok(fetched) => {
                if let Some(error) = fetched.stale {
                    let message = format!("is used as it was fetched last: {}", explain(&error));
                    problems.push(of_repository(repository, Severity::Warning, message));
                }
                repositories.push(python::Repository {
                    name: repository.name.clone(),
                    folder: fetched.folder,
                    install: repository.pip_install,
                });
            }
            Err(error) => {
                let message = explain(&error);
                problems.push(of_repository(repository, Severity::Error, message));
            }
        }
    }
    let mut actions: Vec<KnownAction> = squall_actions::ALL
        .iter()
        .map(squall_actions::Entry::known)
        .collect();
    if !repositories.is_empty() {
        match host.inspect_playbooks(&repositories).await {
            Ok(inspected) => {
                actions.extend(inspected.actions);
                problems.extend(inspected.problems.into_iter().map(of_module));
            }
            Err(error) => {
                let all = playbooks.repositories.iter();
                problems.extend(
                    all.map(|repository| {
                        of_repository(repository, Severity::Error, explain(&error))
                    }),
                );
            }
        }
    }
    problems.extend(check_actions(&playbooks, &actions));
    Loaded {
        playbooks,
        repositories,
        actions,
        problems,
    }
}

fn of_repository(repository: &Repository, severity: Severity, message: String) -> Problem {
    let Place { file, line, key } = repository.place.clone();
    Problem {
        severity,
        file,
        line: Some(line).filter(|line| *line > 0),
        column: None,
        key: if key.is_empty() {
            repository.name.clone()
        } else {
            key
        },
        message,
        hint: None,
    }
}

/// A module that cannot be imported hides no other, as in Robusta. Whoever names an action of it is told besides.
fn of_module(problem: RepositoryProblem) -> Problem {
    Problem {
        severity: Severity::Warning,
        file: problem.file.map(PathBuf::from).unwrap_or_default(),
        line: problem.line,
        column: None,
        key: problem.module,
        message: problem.message,
        hint: Some("what it brings is left out".to_owned()),
    }
}
