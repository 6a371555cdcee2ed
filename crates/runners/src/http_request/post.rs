//! Posting something for the server itself, by the proxies and the trust that actions have.

use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName};

use super::connection::Connector;
use super::exchange::exchange;
use super::request::{Request, header_value, read_url};
use super::{Error, Params};
use crate::Host;

/// What is posted.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// Where to.
    pub url: &'a str,
    /// The headers.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
    /// For each step: connecting, an answer's begin, each piece of it.
    pub patience: Duration,
}

/// Nobody answered, or nobody could be asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot post to the receiver")]
pub struct PostError(#[source] Error);

impl Post<'_> {
    /// Posts it, and gives the status of the answer.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn send(self, host: &Host) -> Result<u16, PostError> {
        self.ask(host).await.map_err(PostError)
    }

    async fn ask(self, host: &Host) -> Result<u16, Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers {
            let key = HeaderName::try_from(name).map_err(|_| Error::Header(name.clone()))?;
            headers.insert(key, header_value(name, value)?);
        }
        let request = Request {
            method: Method::POST,
            url: read_url(self.url)?,
            headers,
            body: Bytes::copy_from_slice(self.body),
        };
        let params = Params::default();
        let connector = Connector::new(&params, self.patience, host);
        Ok(exchange(&request, &connector).await?.status)
    }
}
