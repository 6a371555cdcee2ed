//! Where actions of ours may connect to: the one way out for everything that this process itself sends.
//!
//! Names are resolved here, and what is connected to is the address that was looked at: a name that means something else
//! a moment later, or a redirect, gets no further than the first.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use tokio::net::{TcpStream, lookup_host};

/// Addresses that are refused: all that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: Ipv6Addr,
    bits: u32,
}

/// The text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network such as 169.254.0.0/16")]
pub struct NotANetwork(String);

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let refuse = || NotANetwork(text.to_owned());
        let (first, bits) = match text.split_once('/') {
            Some((first, bits)) => (first, Some(bits.parse::<u32>().map_err(|_| refuse())?)),
            None => (text, None),
        };
        let first: IpAddr = first.parse().map_err(|_| refuse())?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(refuse());
        }
        Ok(Self {
            first: plain(first),
            bits: bits + 128 - most,
        })
    }
}

impl Network {
    /// Whether an address is in it.
    pub fn has(&self, address: IpAddr) -> bool {
        let shift = 128 - self.bits;
        let network = |address: Ipv6Addr| address.to_bits().checked_shr(shift).unwrap_or(0);
        network(plain(address)) == network(self.first)
    }
}

/// Every address as one of IPv6: `::ffff:127.0.0.1` is `127.0.0.1`, and so are the forms that are translated to it.
fn plain(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => match address.segments() {
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low)
            }
            [0, 0, 0, 0, 0, 0, high, low] if high != 0 => {
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low)
            }
            // "This host", whichever that is, answers on it.
            [0, 0, 0, 0, 0, 0, 0, 0] => std::net::Ipv4Addr::UNSPECIFIED.to_ipv6_mapped(),
            _ => address,
        },
    }
}

/// The addresses of a host, unless one of them is refused.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
    refused: &[Network],
) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
    for address in &found {
        if refused.iter().any(|network| network.has(address.ip())) {
            let message = format!("the settings refuse the address {}", address.ip());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
    }
    Ok(found)
}

/// A connection to a host, unless one of its addresses is refused.
pub(crate) async fn connect(host: &str, port: u16, refused: &[Network]) -> io::Result<TcpStream> {
    let addresses = resolve(host, port, refused).await?;
    TcpStream::connect(addresses.as_slice()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_address_is_the_address() {
        let metadata: Network = "169.254.0.0/16".parse().unwrap();
        let loopback: Network = "127.0.0.0/8".parse().unwrap();
        for (network, address, expected) in [
            (metadata, "169.254.169.254", true),
            (metadata, "::ffff:169.254.169.254", true),
            (metadata, "64:ff9b::169.254.169.254", true),
            (metadata, "169.253.255.255", false),
            (loopback, "127.9.9.9", true),
            (loopback, "::127.0.0.1", true),
            (loopback, "128.0.0.1", false),
            ("::1".parse().unwrap(), "::1", true),
            ("fe80::/10".parse().unwrap(), "fe80::1", true),
            ("fe80::/10".parse().unwrap(), "fec0::1", false),
            ("0.0.0.0/8".parse().unwrap(), "::", true),
            ("0.0.0.0/0".parse().unwrap(), "8.8.8.8", true),
            ("0.0.0.0/0".parse().unwrap(), "2001:db8::1", false),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(network.has(address), expected, "{network:?} {address}");
        }
        for wrong in [
            "",
            "localhost",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/x",
            "10/8",
        ] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
