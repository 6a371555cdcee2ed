//! Why a request got no answer.

use std::io;

use squall_expression::value;

/// A request got no answer. Texts name hosts, never a whole URL: it may hold a password or a token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot read the action's parameters")]
    Parameters(#[source] serde_json::Error),
    #[error("cannot wait for {0} seconds")]
    Timeout(f64),
    #[error("cannot read the URL: write http:// or https://, a host and a path")]
    Url(#[source] url::ParseError),
    #[error("cannot ask a URL of `{0}`: only http and https are known")]
    Scheme(String),
    #[error("give `url_hosts_blacklist` or `url_hosts_whitelist`, not both")]
    BothLists,
    #[error("the host `{0}` is blacklisted")]
    Blacklisted(String),
    #[error("the host `{0}` is not whitelisted")]
    NotWhitelisted(String),
    #[error("cannot send the method `{0}`")]
    Method(String),
    #[error("cannot send the header `{0}`")]
    Header(String),
    #[error("cannot make JSON of the body")]
    Body(#[source] value::Error),
    #[error("cannot send a file beside a body that is no object")]
    FileAndBody,
    #[error("cannot use the proxy `{0}`: only http:// proxies are known")]
    Proxy(String),
    #[error("cannot connect to `{0}`")]
    Connect(String, #[source] io::Error),
    #[error("the proxy does not connect to `{host}`: {answer}")]
    Tunnel { host: String, answer: String },
    #[error("cannot find certificates to trust")]
    Trust(#[source] io::Error),
    #[error("cannot get an answer from `{0}`")]
    Exchange(String, #[source] hyper::Error),
    #[error("no answer within {0} seconds")]
    Silence(f64),
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("cannot unpack the answer")]
    Packed(#[source] io::Error),
    #[error("redirected more than {0} times")]
    Redirects(usize),
}
