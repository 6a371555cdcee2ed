//! Requests of the server itself, of sinks and of native actions, by the proxies and the trust that actions have.

use std::pin::Pin;
use std::sync::Arc;

use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName};
use squall_model::http::{Answer, Http, NoAnswer, Request as Asked};
use tokio::time::timeout;

use super::connection::Connector;
use super::exchange::exchange;
use super::request::{Request, header_value, read_url};
use super::{Error, Params};
use crate::Host;

/// Sends requests from a host, to nowhere its settings refuse.
#[derive(Clone)]
pub struct Sender(Arc<Host>);

impl Sender {
    /// Sends from this host.
    pub fn new(host: Arc<Host>) -> Self {
        Self(host)
    }

    async fn ask(&self, asked: Asked) -> Result<Answer, Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in &asked.headers {
            let key = HeaderName::try_from(name).map_err(|_| Error::Header(name.clone()))?;
            headers.append(key, header_value(name, value)?);
        }
        let method = Method::from_bytes(asked.method.as_bytes());
        let request = Request {
            method: method.map_err(|_| Error::Method(asked.method.to_owned()))?,
            url: read_url(&asked.url)?,
            headers,
            body: Bytes::from(asked.body),
        };
        let params = Params::default();
        let connector = Connector::new(&params, asked.patience, &self.0);
        let answered = timeout(asked.patience, exchange(&request, &connector)).await;
        let answer = answered.map_err(|_| Error::Silence(asked.patience.as_secs_f64()))??;
        let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        Ok(Answer {
            status: answer.status,
            headers: answer.headers.into_iter().map(lower).collect(),
            body: answer.body,
        })
    }
}

impl Http for Sender {
    fn send(
        &self,
        request: Asked,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send + '_>> {
        Box::pin(async move {
            let host = read_url(&request.url).ok();
            let host = host.and_then(|url| url.host_str().map(str::to_owned));
            self.ask(request).await.map_err(|error| NoAnswer {
                host: host.unwrap_or_default(),
                source: Box::new(error),
            })
        })
    }
}
