//! What a server is told: by its settings file, by variables, by flags. Each later one wins.
//!
//! [`catalogue`] holds every setting there is; everything else here is made of its rows.

pub(crate) mod catalogue;
pub(crate) mod flags;
pub(crate) mod print;

mod file;
mod nearest;
mod quantity;
mod setting;
mod together;
mod value;
mod webhooks;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use squall_model::problem::{Problem, Severity};

use crate::console::Console;
use crate::environment::Environment;
use crate::input;
use crate::logs::LogFormat;
use crate::serving::StackstormPorts;
use flags::Flags;
use setting::Setting;
use value::{Given, Refused};
use webhooks::Hook;

/// The settings file of `squall serve`, if there is one.
const USUAL_FILE: &str = "/etc/squall/squall.toml";

/// The variable that names another.
const FILE_VARIABLE: &str = "SQUALL_CONFIG";

/// What a server is told, all of it.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// How it works.
    pub(crate) server: squall_server::Settings,
    /// How it is talked to; who may ask is made of the fields below.
    pub(crate) wire: squall_api::Settings,
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// Where StackStorm's own services listen.
    pub(crate) stackstorm_ports: StackstormPorts,
    /// The address by which others reach it, if that is not the one it listens at.
    pub(crate) public_url: Option<String>,
    /// The file of its certificate.
    pub(crate) certificate: Option<PathBuf>,
    /// The file of the certificate's key.
    pub(crate) certificate_key: Option<PathBuf>,
    /// The file of names and passwords.
    pub(crate) htpasswd: Option<PathBuf>,
    /// Whether nobody is asked who they are.
    pub(crate) open: bool,
    /// Whether that is allowed where others could connect.
    pub(crate) insecure: bool,
    /// How log lines are written.
    pub(crate) log: LogFormat,
    /// What is logged.
    pub(crate) log_level: String,
    /// The settings file, if there is one.
    pub(crate) file: Option<PathBuf>,
    /// Webhooks whose senders sign, until their secrets are found.
    webhooks: Vec<(Hook, Origin)>,
    /// Who said so, for every setting that is not just its default.
    said: BTreeMap<&'static str, Origin>,
}

/// Who has said something.
#[derive(Debug, Clone)]
enum Origin {
    /// The settings file, at this line and column.
    File(PathBuf, usize, usize),
    /// A variable.
    Variable(String),
    /// A flag.
    Flag(&'static str),
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The settings file cannot be read.
    #[error("cannot use the settings file")]
    File(#[source] input::Error),
    /// They have been read, and what is wrong has been told.
    #[error("cannot use the settings: {count} of them {}", are(*count))]
    Wrong { count: usize },
}

/// Puts together what a server is told. All that is wrong is told at once.
pub(crate) fn choose<const IN_DEV: bool>(
    flags: &Flags<IN_DEV>,
    console: &mut Console,
) -> Result<Chosen, Error> {
    let environment = &mut console.environment;
    let mut chosen = Chosen::usual(IN_DEV);
    chosen.file = settings_file(IN_DEV, flags.config.as_deref(), environment);
    let mut problems = Vec::new();
    if let Some(file) = chosen.file.clone() {
        problems.extend(chosen.read(&file)?);
    }
    problems.extend(chosen.settle_webhooks(environment));
    problems.extend(chosen.hear(environment));
    for (setting, flag, given) in &flags.given {
        problems.extend(chosen.take(setting, given, Origin::Flag(flag.name)));
    }
    problems.extend(together::check(&chosen));
    let count = tell(&problems, console);
    match count {
        0 => Ok(chosen),
        count => Err(Error::Wrong { count }),
    }
}

/// All that is wrong with one settings file.
pub(crate) fn check(file: &Path) -> Result<Vec<Problem>, Error> {
    let mut chosen = Chosen::usual(false);
    let mut problems = chosen.read(file)?;
    problems.extend(together::contradictions(&chosen));
    Ok(problems)
}

fn settings_file(in_dev: bool, named: Option<&Path>, environment: &Environment) -> Option<PathBuf> {
    let usual = Path::new(USUAL_FILE);
    named
        .or_else(|| environment.text(FILE_VARIABLE).map(Path::new))
        .or_else(|| (!in_dev && usual.exists()).then_some(usual))
        .map(Path::to_owned)
}

/// Tells of each; gives how many of them are errors.
fn tell(problems: &[Problem], console: &mut Console) -> usize {
    for problem in problems {
        console.note(problem);
    }
    let errors = problems.iter().map(|problem| problem.severity);
    errors
        .filter(|severity| *severity == Severity::Error)
        .count()
}

impl Chosen {
    /// What holds if nobody says anything.
    fn usual(in_dev: bool) -> Self {
        let mut chosen = Self::blank();
        for setting in catalogue::ALL {
            if let Some(text) = setting.default(in_dev) {
                let given = Given::Text(text.to_owned());
                let put = setting.put(&given, Path::new(""), &mut chosen);
                put.expect("a test puts every default");
            }
        }
        chosen
    }

    /// Before the defaults of the catalogue.
    fn blank() -> Self {
        let server = squall_server::Settings::for_development(PathBuf::new());
        Self {
            wire: squall_api::Settings::for_development(&server.system_user),
            server: squall_server::Settings {
                configs: None,
                overrides: None,
                node: String::new(),
                ..server
            },
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            stackstorm_ports: StackstormPorts::Off,
            public_url: None,
            certificate: None,
            certificate_key: None,
            htpasswd: None,
            open: false,
            insecure: false,
            log: LogFormat::default(),
            log_level: String::new(),
            file: None,
            webhooks: Vec::new(),
            said: BTreeMap::new(),
        }
    }

    /// Whether somebody has said something about a setting.
    pub(crate) fn is_said(&self, key: &str) -> bool {
        self.said.contains_key(key)
    }

    fn read(&mut self, file: &Path) -> Result<Vec<Problem>, Error> {
        let text = input::text(file).map_err(Error::File)?;
        let mut parsed = file::parse(file, &text);
        let origin = |line, column| Origin::File(file.to_owned(), line, column);
        let mut problems = std::mem::take(&mut parsed.problems);
        for entry in parsed.entries {
            let origin = origin(entry.line, entry.column);
            problems.extend(self.take(entry.setting, &entry.given, origin));
        }
        for (hook, line, column) in parsed.webhooks {
            self.webhooks.push((hook, origin(line, column)));
        }
        problems.sort_by_key(|problem| (problem.line, problem.column));
        Ok(problems)
    }

    /// Finds the secrets of webhooks that are in variables.
    fn settle_webhooks(&mut self, environment: &mut Environment) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (hook, origin) in &self.webhooks {
            match hook.settle(environment) {
                Ok((url, webhook)) => {
                    self.wire.webhooks.insert(url, webhook);
                }
                Err(refused) => problems.push(origin.problem("webhooks", refused)),
            }
        }
        problems
    }

    fn hear(&mut self, environment: &Environment) -> Vec<Problem> {
        let mut problems = Vec::new();
        for setting in catalogue::ALL {
            let variable = setting.variable();
            if let Some(text) = environment.text(&variable) {
                let given = Given::Text(text.to_owned());
                problems.extend(self.take(setting, &given, Origin::Variable(variable)));
            }
        }
        problems.extend(environment.own().filter_map(slip));
        problems
    }

    fn take(&mut self, setting: &Setting, given: &Given, origin: Origin) -> Option<Problem> {
        let folder = match &origin {
            Origin::File(file, ..) => file.parent().unwrap_or(Path::new("")),
            Origin::Variable(_) | Origin::Flag(_) => Path::new(""),
        };
        let refused = setting.put(given, folder, self).err();
        let problem = refused.map(|refused| origin.problem(setting.key, refused));
        self.said.insert(setting.key, origin);
        problem
    }

    /// Tells of a setting that it does not fit the others.
    fn wrong(&self, key: &str, refused: Refused) -> Problem {
        match self.said.get(key) {
            Some(origin) => origin.problem(key, refused),
            None => problem(key, refused),
        }
    }
}

impl Origin {
    fn problem(&self, key: &str, refused: Refused) -> Problem {
        match self {
            Self::File(file, line, column) => Problem {
                file: file.clone(),
                line: Some(*line),
                column: Some(*column),
                ..problem(key, refused)
            },
            Self::Variable(name) => problem(name, refused),
            Self::Flag(name) => problem(&format!("--{name}"), refused),
        }
    }
}

fn problem(key: &str, refused: Refused) -> Problem {
    Problem {
        severity: Severity::Error,
        file: PathBuf::new(),
        line: None,
        column: None,
        key: key.to_owned(),
        message: refused.message,
        hint: Some(refused.hint),
    }
}

/// A variable that is nearly one of ours does nothing, which was probably not meant.
fn slip(name: &str) -> Option<Problem> {
    let variables: Vec<String> = catalogue::ALL.iter().map(Setting::variable).collect();
    if variables.iter().any(|known| known == name) {
        return None;
    }
    let near = nearest::nearest(name, variables.iter().map(String::as_str))?;
    let refused = Refused {
        message: "this variable sets nothing".to_owned(),
        hint: format!("did you mean {near}?"),
    };
    Some(Problem {
        severity: Severity::Warning,
        ..problem(name, refused)
    })
}

fn are(count: usize) -> &'static str {
    if count == 1 {
        "is not right"
    } else {
        "are not right"
    }
}

#[cfg(test)]
mod tests;
