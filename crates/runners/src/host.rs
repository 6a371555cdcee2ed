//! What runners share on this machine.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use crate::egress::Network;
use crate::guard::lifeline::Lifeline;
use crate::http_request::trust::Trust;
use crate::process::limits::Limits;
use crate::python;

/// How the host is to be; made by whoever reads the settings file and the environment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The variables every process of an action starts from: the server's own, without Squall's secrets.
    pub environment: Vec<(OsString, OsString)>,
    /// How Python actions are carried out.
    pub python: python::Settings,
    /// What starts the guard: a program that ends in [`guard::main`](crate::guard::main), and its arguments. Without
    /// one, actions outlive a server that is killed.
    pub guard: Option<Vec<OsString>>,
    /// Bytes kept of standard output and of standard error, and of an HTTP response, of one action.
    pub output_limit: usize,
    /// Networks that no HTTP action may connect to, whatever name or redirect leads there.
    pub refused_networks: Vec<Network>,
    /// The user that shell commands run as, through `sudo`; the server's own if none or the same.
    pub system_user: Option<String>,
    /// What shell commands may use.
    pub limits: Limits,
}

impl Default for Settings {
    /// An empty environment, no guard, 10 MB of output, the server's own user, no other limits.
    fn default() -> Self {
        Self {
            environment: Vec::new(),
            python: python::Settings::default(),
            guard: None,
            output_limit: 10_000_000,
            refused_networks: Vec::new(),
            system_user: None,
            limits: Limits::default(),
        }
    }
}

/// What runners share on this machine: made once at start, dropped after the last attempt has ended.
pub struct Host {
    /// How it was asked to be.
    pub settings: Settings,
    /// The fork servers of Python actions.
    pub python: python::Servers,
    pub(crate) lifeline: Arc<Lifeline>,
    pub(crate) trust: Trust,
    /// Where the shell is: bash, as with StackStorm's usual installation; else the system's.
    pub(crate) shell: PathBuf,
    pub(crate) sudo: PathBuf,
    /// The user that shell commands run as, if it is another than the server's.
    pub(crate) other_user: Option<String>,
}

/// The host could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Without its guard the server would leave orphans.
    #[error("cannot start the guard that ends actions when the server dies")]
    Guard(#[source] io::Error),
}

impl Host {
    /// Makes the host ready. Call it inside the runtime that will run the actions.
    pub fn start(settings: Settings) -> Result<Arc<Self>, Error> {
        let python = python::Servers::new(settings.python.clone(), settings.environment.clone());
        let lifeline = Lifeline::start(settings.guard.clone()).map_err(Error::Guard)?;
        let found = |name| program(name, &settings.environment);
        Ok(Arc::new(Self {
            lifeline,
            trust: Trust::new(&settings.environment),
            python,
            shell: found("bash").unwrap_or_else(|| PathBuf::from("/bin/sh")),
            sudo: found("sudo").unwrap_or_else(|| PathBuf::from("/usr/bin/sudo")),
            other_user: settings.system_user.clone().filter(|user| !is_own(user)),
            settings,
        }))
    }
}

/// Whether the server runs as `user`, as far as the system's own list of users knows.
fn is_own(user: &str) -> bool {
    let own = rustix::process::geteuid().as_raw().to_string();
    fs_err::read_to_string("/etc/passwd").is_ok_and(|users| {
        users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .any(|fields| matches!(fields.as_slice(), [name, _, id, ..] if *name == user && *id == own))
    })
}

/// Where a program is, by the `PATH` of an environment.
pub(crate) fn program(name: &str, environment: &[(OsString, OsString)]) -> Option<PathBuf> {
    let usual = OsStr::new("/usr/local/bin:/usr/bin:/bin");
    let path = environment.iter().find(|(name, _)| name == "PATH");
    std::env::split_paths(path.map_or(usual, |(_, path)| path))
        .map(|folder| folder.join(name))
        .filter(|file| file.is_absolute())
        .find(|file| {
            fs_err::metadata(file)
                .is_ok_and(|entry| entry.is_file() && entry.permissions().mode() & 0o111 != 0)
        })
}
