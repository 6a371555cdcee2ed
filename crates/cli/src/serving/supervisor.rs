//! Tells systemd, or whoever started the server and listens in the same way, how it goes.

use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use tracing::warn;

use crate::environment::Environment;

/// The variable that says where the supervisor listens.
const SOCKET: &str = "NOTIFY_SOCKET";

/// Who wants to know, if anybody does.
#[derive(Debug, Default)]
pub(crate) struct Supervisor(Option<SocketAddr>);

impl Supervisor {
    /// The one that the environment names.
    pub(crate) fn of(environment: &Environment) -> Self {
        let Some(name) = environment.text(SOCKET) else {
            return Self::default();
        };
        match address(name) {
            Ok(address) => Self(Some(address)),
            Err(error) => {
                warn!(name, %error, "the supervisor's socket cannot be used");
                Self::default()
            }
        }
    }

    /// Everything accepts.
    pub(crate) fn ready(&self) {
        self.tell("READY=1");
    }

    /// The server has been asked to stop.
    pub(crate) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    fn tell(&self, state: &str) {
        let Some(address) = &self.0 else { return };
        let told = UnixDatagram::unbound()
            .and_then(|socket| socket.send_to_addr(state.as_bytes(), address));
        if let Err(error) = told {
            warn!(state, %error, "cannot tell the supervisor");
        }
    }
}

/// A path, or behind an `@` a name that stands in no folder.
fn address(name: &str) -> io::Result<SocketAddr> {
    match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let listening = UnixDatagram::bind(&path).unwrap();
        let name = path.to_str().unwrap();
        let supervisor = Supervisor::of(&Environment::of(&[(SOCKET, name)]));
        supervisor.ready();
        supervisor.stopping();
        let heard = || {
            let mut bytes = [0; 64];
            let length = listening.recv(&mut bytes).unwrap();
            String::from_utf8(bytes[..length].to_vec()).unwrap()
        };
        assert_eq!(heard(), "READY=1");
        assert_eq!(heard(), "STOPPING=1");
    }

    #[test]
    fn nobody_need_listen() {
        Supervisor::of(&Environment::default()).ready();
        Supervisor::of(&Environment::of(&[(SOCKET, "/no/such/socket")])).ready();
    }
}
