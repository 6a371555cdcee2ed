//! Which hosts may be asked.

use url::Url;

use super::{Error, Params};

/// The lists of an action. Names are compared without regard to case.
pub(crate) struct Hosts {
    refused: Vec<String>,
    allowed: Vec<String>,
}

impl Hosts {
    pub(crate) fn new(params: &Params) -> Result<Self, Error> {
        if !params.url_hosts_blacklist.is_empty() && !params.url_hosts_whitelist.is_empty() {
            return Err(Error::BothLists);
        }
        Ok(Self {
            refused: lower(&params.url_hosts_blacklist),
            allowed: lower(&params.url_hosts_whitelist),
        })
    }

    /// Refuses a URL whose host is on the wrong list. This is the host that is then connected to, whatever else the
    /// text of the URL looks like.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Error> {
        let host = plain_host(url);
        if self.refused.contains(&host) {
            return Err(Error::Blacklisted(host));
        }
        if !self.allowed.is_empty() && !self.allowed.contains(&host) {
            return Err(Error::NotWhitelisted(host));
        }
        Ok(())
    }
}

/// The host without the brackets of an IPv6 address.
pub(crate) fn plain_host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.trim_matches(['[', ']']).to_owned()
}

fn lower(names: &[String]) -> Vec<String> {
    names.iter().map(|name| name.to_ascii_lowercase()).collect()
}
