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

/// What can run playbooks.
#[derive(Debug, Clone)]
pub struct Code {
    repositories: Vec<python::Repository>,
    actions: Vec<KnownAction>,
    problems: Vec<Problem>,
}

/// Loads what was read. Fetching repositories, and installing what they need, may take minutes.
pub async fn load(read: ReadPlaybooks, fetcher: &Fetcher, host: &Host) -> Loaded {
    let code = Code::of(&read.playbooks.repositories, fetcher, host).await;
    Loaded::of(read, code)
}

impl Loaded {
    /// Holds what was read against what can run it.
    pub fn of(read: ReadPlaybooks, code: Code) -> Self {
        let mut problems = read.problems;
        problems.extend(code.problems);
        problems.extend(check_actions(&read.playbooks, &code.actions));
        Self {
            playbooks: read.playbooks,
            repositories: code.repositories,
            actions: code.actions,
            problems,
        }
    }
}

impl Code {
    /// What is wrong with it: what of it cannot be fetched or imported.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Squall's own actions, and those of repositories, which are fetched and asked.
    pub async fn of(named: &[Repository], fetcher: &Fetcher, host: &Host) -> Self {
        let own = squall_actions::ALL.iter();
        let mut code = Self {
            repositories: Vec::new(),
            actions: own.map(squall_actions::Entry::known).collect(),
            problems: Vec::new(),
        };
        for repository in named {
            code.fetch(repository, fetcher).await;
        }
        if code.repositories.is_empty() {
            return code;
        }
        match host.inspect_playbooks(&code.repositories).await {
            Ok(inspected) => {
                code.actions.extend(inspected.actions);
                let problems = inspected.problems.into_iter().map(of_module);
                code.problems.extend(problems);
            }
            Err(error) => {
                let of_each = named
                    .iter()
                    .map(|one| of_repository(one, Severity::Error, explain(&error)));
                code.problems.extend(of_each);
            }
        }
        code
    }

    async fn fetch(&mut self, repository: &Repository, fetcher: &Fetcher) {
        let fetched = match fetcher.fetch(repository).await {
            Ok(fetched) => fetched,
            Err(error) => {
                let problem = of_repository(repository, Severity::Error, explain(&error));
                return self.problems.push(problem);
            }
        };
        if let Some(error) = fetched.stale {
            let message = format!("is used as it was fetched last: {}", explain(&error));
            let problem = of_repository(repository, Severity::Warning, message);
            self.problems.push(problem);
        }
        self.repositories.push(python::Repository {
            name: repository.name.clone(),
            folder: fetched.folder,
            install: repository.pip_install,
        });
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
