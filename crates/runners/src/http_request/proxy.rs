//! Which proxy stands between.

use std::ffi::OsString;
use std::net::Ipv4Addr;

use hyper::header::HeaderValue;
use url::Url;

use super::hosts::plain_host;
use super::request::{basic, unescaped};
use super::{Error, Params};

/// A proxy that is spoken to in clear.
pub(crate) struct Proxy(Url);

/// The proxies of an action: its own, else those of the server's environment.
pub(crate) struct Proxies {
    own: [(&'static str, String); 2],
    surrounding: [(&'static str, String); 2],
    /// Hosts that the environment's proxies are not used for.
    exempt: Vec<String>,
}

impl Proxies {
    pub(crate) fn new(params: &Params, environment: &[(OsString, OsString)]) -> Self {
        let variable = |name: &str| {
            [name.to_owned(), name.to_ascii_uppercase()]
                .iter()
                .find_map(|name| environment.iter().find(|(known, _)| known == name.as_str()))
                .map(|(_, value)| value.to_string_lossy().into_owned())
                .filter(|value| !value.is_empty())
        };
        let surrounding = |name| {
            variable(name)
                .or_else(|| variable("all_proxy"))
                .unwrap_or_default()
        };
        let exempt = variable("no_proxy").unwrap_or_default();
        let exempt = exempt
            .split(',')
            .map(|host| host.trim().to_ascii_lowercase());
        Self {
            own: [
                ("http", params.http_proxy.clone()),
                ("https", params.https_proxy.clone()),
            ],
            surrounding: [
                ("http", surrounding("http_proxy")),
                ("https", surrounding("https_proxy")),
            ],
            exempt: exempt.filter(|host| !host.is_empty()).collect(),
        }
    }

    /// The proxy for a URL, if it needs one.
    pub(crate) fn find(&self, url: &Url) -> Result<Option<Proxy>, Error> {
        let of = |proxies: &[(&str, String); 2]| {
            let found = proxies.iter().find(|(scheme, _)| *scheme == url.scheme());
            found
                .map(|(_, proxy)| proxy.clone())
                .filter(|proxy| !proxy.is_empty())
        };
        let surrounding = || of(&self.surrounding).filter(|_| !self.is_exempt(url));
        of(&self.own)
            .or_else(surrounding)
            .map(|text| read(&text))
            .transpose()
    }

    fn is_exempt(&self, url: &Url) -> bool {
        let host = plain_host(url);
        let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        self.exempt.iter().any(|exempt| {
            exempt == "*"
                || host.ends_with(exempt.as_str())
                || with_port.ends_with(exempt.as_str())
                || exempt.strip_prefix('.') == Some(host.as_str())
                || is_in_network(&host, exempt)
        })
    }
}

impl Proxy {
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// How we sign in with it.
    pub(crate) fn authorization(&self) -> Option<HeaderValue> {
        let user = self.0.username();
        let password = self.0.password().unwrap_or_default();
        (!user.is_empty()).then(|| basic(&unescaped(user), &unescaped(password)))
    }
}

fn read(text: &str) -> Result<Proxy, Error> {
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let url = Url::parse(&text).map_err(Error::Url)?;
    match url.scheme() {
        "http" => Ok(Proxy(url)),
        _ => Err(Error::Proxy(plain_host(&url))),
    }
}

/// Whether a host is an address in a network such as `10.0.0.0/8`.
fn is_in_network(host: &str, network: &str) -> bool {
    let address = host.parse::<Ipv4Addr>();
    let Some((Ok(address), (first, Ok(bits)))) = network
        .split_once('/')
        .map(|(first, bits)| (address, (first.parse::<Ipv4Addr>(), bits.parse::<u32>())))
    else {
        return false;
    };
    let (Ok(first), Some(shift)) = (first, 32_u32.checked_sub(bits)) else {
        return false;
    };
    let network_of = |address: Ipv4Addr| address.to_bits().checked_shr(shift).unwrap_or(0);
    network_of(address) == network_of(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(url: &str, own: &str, variables: &[(&str, &str)]) -> Option<String> {
        let params = Params {
            http_proxy: own.to_owned(),
            ..Params::default()
        };
        let environment: Vec<_> = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        let proxy = Proxies::new(&params, &environment)
            .find(&Url::parse(url).unwrap())
            .unwrap();
        proxy.map(|proxy| proxy.url().to_string())
    }

    #[test]
    fn the_action_comes_before_the_environment() {
        let variables = [
            ("HTTP_PROXY", "env:1"),
            ("NO_PROXY", "a.test, 10.0.0.0/8,.b.test"),
        ];
        let proxy = |own| found("http://a.test/", own, &variables);
        assert_eq!(proxy("mine:3128").unwrap(), "http://mine:3128/");
        assert_eq!(proxy(""), None);
        for (url, is_exempt) in [
            ("http://c.test/", false),
            ("http://x.a.test/", true),
            ("http://10.1.2.3/", true),
            ("http://11.1.2.3/", false),
            ("http://b.test/", true),
            ("https://c.test/", true),
        ] {
            assert_eq!(found(url, "", &variables).is_none(), is_exempt, "{url}");
        }
    }

    #[test]
    fn only_plain_proxies_are_known() {
        assert!(matches!(read("socks5://a:1"), Err(Error::Proxy(_))));
        assert!(matches!(read("http://"), Err(Error::Url(_))));
        assert!(read("http://pat:x@a:1").unwrap().authorization().is_some());
    }
}
