//! The ports of a server: its own, and those that StackStorm's client asks.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use squall_api::serve::{Mount, Port};
use squall_api::tls::Certificate;

use super::Error;

/// StackStorm's services, with the ports where its client looks for them.
const SERVICES: [(&str, Mount, u16); 3] = [
    ("auth", Mount::Auth, 9100),
    ("api", Mount::Api, 9101),
    ("stream", Mount::Stream, 9102),
];

/// Where StackStorm's own services listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StackstormPorts {
    /// Where their client looks for them.
    Default,
    /// On ports that are free.
    Random,
    /// Nowhere but below the main port.
    Off,
}

impl StackstormPorts {
    /// How they are chosen, each with what it means.
    pub(crate) const WORDS: &'static [(&'static str, &'static str)] = &[
        (
            "default",
            "9100 (auth), 9101 (api) and 9102 (stream): the stock client needs no settings",
        ),
        ("random", "On ports that are free"),
        ("off", "Nowhere but below the main port"),
    ];

    /// What a word stands for.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "default" => Self::Default,
            "random" => Self::Random,
            _ => Self::Off,
        }
    }
}

/// Where a server can be found.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// The main address.
    pub(crate) url: String,
    /// StackStorm's services, each with its name.
    pub(crate) stackstorm: Vec<(&'static str, SocketAddr)>,
}

/// Opens all ports. Who connects from now on waits until they are served.
pub(super) async fn open(
    listen: SocketAddr,
    stackstorm: StackstormPorts,
    certificate: Option<Arc<Certificate>>,
) -> Result<(Vec<Port>, Opened), Error> {
    let scheme = if certificate.is_some() {
        "https"
    } else {
        "http"
    };
    let (main, address) = open_one(listen, Mount::Everything, certificate.clone()).await?;
    let mut opened = Opened {
        url: format!("{scheme}://{}", reachable(address)),
        stackstorm: Vec::new(),
    };
    let mut ports = vec![main];
    for (name, mount, usual) in SERVICES {
        let number = match stackstorm {
            StackstormPorts::Default => usual,
            StackstormPorts::Random => 0,
            StackstormPorts::Off => continue,
        };
        let wanted = SocketAddr::new(listen.ip(), number);
        let (port, address) = open_one(wanted, mount, certificate.clone()).await?;
        ports.push(port);
        opened.stackstorm.push((name, address));
    }
    Ok((ports, opened))
}

async fn open_one(
    address: SocketAddr,
    mount: Mount,
    certificate: Option<Arc<Certificate>>,
) -> Result<(Port, SocketAddr), Error> {
    let wrong = |source| Error::Listen { address, source };
    let port = Port::open(address, mount, certificate)
        .await
        .map_err(wrong)?;
    let address = port.address().map_err(wrong)?;
    Ok((port, address))
}

/// An address that can be connected to: a server that listens everywhere is reached on this machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
