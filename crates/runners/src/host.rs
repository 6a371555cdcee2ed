//! What runners share on this machine.

use std::ffi::OsString;
use std::sync::Arc;

use crate::python;

/// How the host is to be; made by whoever reads the settings file and the environment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The variables every process of an action starts from: the server's own, without Squall's secrets.
    pub environment: Vec<(OsString, OsString)>,
    /// How Python actions are carried out.
    pub python: python::Settings,
    /// Bytes kept of standard output and of standard error, and of an HTTP response, of one action.
    pub output_limit: usize,
}

impl Default for Settings {
    /// An empty environment, 10 MB of output.
    fn default() -> Self {
        Self {
            environment: Vec::new(),
            python: python::Settings::default(),
            output_limit: 10_000_000,
        }
    }
}

/// What runners share on this machine: made once at start, dropped after the last attempt has ended.
pub struct Host {
    /// How it was asked to be.
    pub settings: Settings,
    /// The fork servers of Python actions.
    pub python: python::Servers,
}

/// The host could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum Error {}

impl Host {
    /// Makes the host ready. Call it inside the runtime that will run the actions.
    pub fn start(settings: Settings) -> Result<Arc<Self>, Error> {
        let python = python::Servers::new(settings.python.clone(), settings.environment.clone());
        Ok(Arc::new(Self { settings, python }))
    }
}
