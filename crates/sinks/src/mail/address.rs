//! Reads `mailto://` and `mailtos://` addresses as Apprise has them: server, login, sender and receivers in one.
//!
//! `mailtos://user:password@example.com?smtp=smtp.example.com&from=a@example.com&to=b@example.com,c@example.com`

use crate::Fault;

/// A mail server, and between whom it carries mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) server: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) login: Option<(String, String)>,
    pub(super) from: String,
    pub(super) to: Vec<String>,
}

/// When the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    /// Never.
    Plain,
    /// Once the server was asked.
    StartTls,
    /// From the beginning.
    Tls,
}

/// Providers whose servers have other names than their addresses.
const PROVIDERS: [(&[&str], &str, u16, Security); 4] = [
    (
        &["gmail.com", "googlemail.com"],
        "smtp.gmail.com",
        587,
        Security::StartTls,
    ),
    (
        &["outlook.com", "hotmail.com", "live.com", "msn.com"],
        "smtp-mail.outlook.com",
        587,
        Security::StartTls,
    ),
    (
        &["yahoo.com", "ymail.com"],
        "smtp.mail.yahoo.com",
        465,
        Security::Tls,
    ),
    (
        &["icloud.com", "me.com", "mac.com"],
        "smtp.mail.me.com",
        587,
        Security::StartTls,
    ),
];

impl Address {
    /// Reads an address.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let hint = "mailtos://user:password@example.com?to=somebody@example.com";
        let fault = |message: &str| Fault::new("mailto", message, hint);
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let is_secure = match scheme {
            "mailto" => false,
            "mailtos" => true,
            _ => return Err(fault("is no mailto:// or mailtos:// address")),
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (place, path) = place.split_once('/').unwrap_or((place, ""));
        let (login, host) = match place.rsplit_once('@') {
            Some((login, host)) => (Some(login), host),
            None => (None, place),
        };
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) => {
                let port = port
                    .parse()
                    .map_err(|_| fault("has a port that is no number"))?;
                (host, Some(port))
            }
            None => (host, None),
        };
        if host.is_empty() {
            return Err(fault("names no host"));
        }
        let options = Options::read(query);
        let login = login.map(|login| login.split_once(':').unwrap_or((login, "")));
        let login = login.map(|(user, password)| (unescaped(user), unescaped(password)));
        Self::of(host, port, is_secure, login.as_ref(), &options, path)
            .ok_or_else(|| fault("names nobody to send to"))
    }

    fn of(
        host: &str,
        port: Option<u16>,
        is_secure: bool,
        login: Option<&(String, String)>,
        options: &Options,
        path: &str,
    ) -> Option<Self> {
        let known = PROVIDERS.iter().find(|(hosts, ..)| hosts.contains(&host));
        let security = match (options.get("mode").as_deref(), known) {
            (Some("ssl"), _) => Security::Tls,
            (Some("starttls"), _) => Security::StartTls,
            (Some("insecure"), _) => Security::Plain,
            (_, Some((.., security))) => *security,
            (_, None) if is_secure => Security::StartTls,
            (_, None) => Security::Plain,
        };
        let usual = match security {
            Security::Plain => 25,
            Security::StartTls => 587,
            Security::Tls => 465,
        };
        let user = options
            .get("user")
            .or_else(|| login.map(|(user, _)| user.clone()));
        let password = options
            .get("pass")
            .or_else(|| login.map(|(_, password)| password.clone()));
        let full = |name: &str| {
            if name.contains('@') {
                name.to_owned()
            } else {
                format!("{name}@{host}")
            }
        };
        let from = options.get("from").map(|from| full(&from));
        let from = from.unwrap_or_else(|| full(user.as_deref().unwrap_or("squall")));
        let mut to: Vec<String> = path
            .split('/')
            .map(unescaped)
            .filter(|name| !name.is_empty())
            .collect();
        to.extend(
            options
                .get("to")
                .iter()
                .flat_map(|to| to.split([',', ' ']))
                .map(str::to_owned),
        );
        to.retain(|name| !name.is_empty());
        if to.is_empty() {
            to.push(from.clone());
        }
        let from = match options.get("name") {
            Some(name) => format!("{name} <{from}>"),
            None => from,
        };
        // At providers, one logs in with the whole address.
        let user = user.map(|user| if known.is_some() { full(&user) } else { user });
        let to: Vec<String> = to.iter().map(|name| full(name)).collect();
        let are_addresses = to
            .iter()
            .all(|to| to.parse::<lettre::message::Mailbox>().is_ok());
        (are_addresses && from.parse::<lettre::message::Mailbox>().is_ok()).then(|| Self {
            server: options
                .get("smtp")
                .unwrap_or_else(|| known.map_or(host, |(_, server, ..)| server).to_owned()),
            port: port.or(known.map(|(_, _, port, _)| *port)).unwrap_or(usual),
            security,
            login: user.zip(password.filter(|password| !password.is_empty())),
            from,
            to,
        })
    }
}

struct Options(Vec<(String, String)>);

impl Options {
    fn read(query: &str) -> Self {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_lowercase(), unescaped(&value.replace('+', " ")))
        };
        Self(
            query
                .split('&')
                .filter(|part| !part.is_empty())
                .map(pair)
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<String> {
        let found = self
            .0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.clone())
    }
}

/// Text in which `%40` stands for `@`.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (other, _) => {
                bytes.push(*other);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Address {
        Address::read(text).unwrap()
    }

    #[test]
    fn all_of_it_stands_in_the_address() {
        let address = read(
            "mailtos://ann%40x.org:p%3Aw@example.com:2525?smtp=mail.example.com&from=robusta@x.org&to=a@x.org,b&mode=ssl",
        );
        assert_eq!(
            (address.server.as_str(), address.port),
            ("mail.example.com", 2525)
        );
        assert_eq!(address.security, Security::Tls);
        assert_eq!(
            address.login,
            Some(("ann@x.org".to_owned(), "p:w".to_owned()))
        );
        assert_eq!(
            (address.from.as_str(), address.to.join(" ")),
            ("robusta@x.org", "a@x.org b@example.com".to_owned())
        );
    }

    #[test]
    fn what_is_left_out_follows_from_the_rest() {
        let address = read("mailtos://ann:pw@gmail.com");
        assert_eq!(
            (address.server.as_str(), address.port),
            ("smtp.gmail.com", 587)
        );
        assert_eq!(
            (address.from.as_str(), address.to.join(" ")),
            ("ann@gmail.com", "ann@gmail.com".to_owned())
        );
        assert_eq!(address.login.unwrap().0, "ann@gmail.com");
        let address = read("mailto://mail.local/ops/dev@x.org");
        assert_eq!(
            (address.port, address.security, &address.login),
            (25, Security::Plain, &None)
        );
        assert_eq!(address.to, ["ops@mail.local", "dev@x.org"]);
    }

    #[test]
    fn what_is_no_address_is_told() {
        for text in [
            "",
            "gmail://x",
            "mailto://",
            "mailto://h:x",
            "mailto://h/a@b@c",
            "mailtos://u@h?to=<>",
        ] {
            assert!(Address::read(text).is_err(), "{text}");
        }
    }
}
