//! How a server is to be, as far as it is decided before anything is opened.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use squall_api::SignIn;

use super::{Error, StackstormPorts, crypto_key, folders, guard, node};
use crate::environment::Environment;
use crate::settings::Chosen;

/// How a server is to be.
pub(crate) struct Plan {
    /// What it does.
    pub(crate) server: squall_server::Settings,
    /// How it is talked to.
    pub(crate) wire: squall_api::Settings,
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// Where StackStorm's own services listen.
    pub(crate) stackstorm_ports: StackstormPorts,
    /// The files of its certificate and of its key, for TLS.
    pub(crate) certificate: Option<(PathBuf, PathBuf)>,
    /// The address by which actions reach it, if that is not the one it listens at.
    pub(crate) public_url: Option<String>,
    /// What actions inherit.
    pub(crate) environment: Vec<(OsString, OsString)>,
}

/// Makes what is missing in the data folder, and fills in what depends on it.
pub(crate) fn of(chosen: Chosen, in_dev: bool, environment: &Environment) -> Result<Plan, Error> {
    let mut server = chosen.server;
    let data = folders::data(&server.data)?;
    server.packs = folders::packs(&data, &server.packs)?;
    server.configs.get_or_insert_with(|| data.join("configs"));
    server
        .overrides
        .get_or_insert_with(|| data.join("overrides"));
    if server.crypto_key.is_none() {
        server.crypto_key = if in_dev {
            Some(crypto_key::of_data(&data)?)
        } else {
            Some(data.join(crypto_key::NAME)).filter(|file| file.exists())
        };
    }
    if server.node.is_empty() {
        server.node = node();
    }
    server.guard = guard();
    server.data = data;
    let sign_in = match chosen.htpasswd {
        Some(file) => SignIn::Passwords { file },
        None => SignIn::Open {
            user: server.system_user.clone(),
        },
    };
    Ok(Plan {
        server,
        wire: squall_api::Settings {
            sign_in,
            ..chosen.wire
        },
        listen: chosen.listen,
        stackstorm_ports: chosen.stackstorm_ports,
        certificate: chosen.certificate.zip(chosen.certificate_key),
        public_url: chosen.public_url,
        environment: environment.for_actions(),
    })
}
