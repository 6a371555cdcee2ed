//! Getting a connection: directly or through a proxy, in clear or with TLS.

use std::io;
use std::time::Duration;

use hyper::header::HeaderValue;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use super::hosts::plain_host;
use super::proxy::{Proxies, Proxy};
use super::{Error, Params};
use crate::{Host, egress};

/// The most a proxy may say before it connects.
const LONGEST_GREETING: usize = 16 * 1024;

/// A connection.
pub(crate) type Stream = Box<dyn Duplex>;

/// What goes both ways.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// How to connect for one action.
pub(crate) struct Connector<'a> {
    proxies: Proxies,
    checks_certificate: bool,
    patience: Duration,
    host: &'a Host,
}

impl<'a> Connector<'a> {
    /// `patience` is for each step: connecting, an answer's begin, each piece of it.
    pub(crate) fn new(params: &Params, patience: Duration, host: &'a Host) -> Self {
        Self {
            proxies: Proxies::new(params, &host.settings.environment),
            checks_certificate: params.verify_ssl_cert,
            patience,
            host,
        }
    }

    /// The proxy for a URL.
    pub(crate) fn proxy(&self, url: &Url) -> Result<Option<Proxy>, Error> {
        self.proxies.find(url)
    }

    /// The most bytes of an answer.
    pub(crate) fn limit(&self) -> usize {
        self.host.settings.output_limit
    }

    /// Waits for one step.
    pub(crate) async fn within<T>(&self, step: impl Future<Output = T>) -> Result<T, Error> {
        timeout(self.patience, step)
            .await
            .map_err(|_| Error::Silence(self.patience.as_secs_f64()))
    }

    /// A connection over which `url` can be asked.
    pub(crate) async fn connect(&self, url: &Url) -> Result<Stream, Error> {
        let proxy = self.proxy(url)?;
        let next = proxy.as_ref().map_or(url, Proxy::url);
        let host = plain_host(next);
        let refused = |error| Error::Connect(host.clone(), error);
        let port = next.port_or_known_default().unwrap_or_default();
        let networks = &self.host.settings.refused_networks;
        if proxy.is_some() && !networks.is_empty() {
            // The proxy would connect to it for us.
            let (far, port) = (plain_host(url), url.port_or_known_default().unwrap_or(0));
            let resolving = egress::resolve(&far, port, networks);
            let resolved = self.within(resolving).await?;
            resolved.map_err(|error| Error::Connect(far.clone(), error))?;
        }
        let connecting = egress::connect(&host, port, networks);
        let mut stream = self.within(connecting).await?.map_err(refused)?;
        // Small requests must not wait for more; where this fails they only come later.
        let _or_slower = stream.set_nodelay(true);
        if url.scheme() == "http" {
            return Ok(Box::new(stream));
        }
        if let Some(proxy) = proxy {
            self.within(tunnel(&mut stream, &proxy, url)).await??;
        }
        self.secure(stream, url).await
    }

    async fn secure(&self, stream: TcpStream, url: &Url) -> Result<Stream, Error> {
        let host = plain_host(url);
        let refused = |error| Error::Connect(host.clone(), error);
        let name = ServerName::try_from(host.clone());
        let name = name.map_err(|error| refused(io::Error::other(error)))?;
        let trust = self.host.trust.config(self.checks_certificate).await?;
        let securing = TlsConnector::from(trust).connect(name, stream);
        let stream = self.within(securing).await?.map_err(refused)?;
        Ok(Box::new(stream))
    }
}

/// Asks a proxy to pass on what follows to the URL's host.
async fn tunnel(stream: &mut TcpStream, proxy: &Proxy, url: &Url) -> Result<(), Error> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let authorization = proxy.authorization();
    let authorization = authorization
        .as_ref()
        .map_or(&[][..], HeaderValue::as_bytes);
    let mut greeting =
        format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
    if !authorization.is_empty() {
        greeting.extend_from_slice(b"Proxy-Authorization: ");
        greeting.extend_from_slice(authorization);
        greeting.extend_from_slice(b"\r\n");
    }
    greeting.extend_from_slice(b"\r\n");
    let refused = |error| Error::Connect(plain_host(proxy.url()), error);
    stream.write_all(&greeting).await.map_err(refused)?;

    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") && answer.len() < LONGEST_GREETING {
        // Byte by byte: what comes after the empty line is not for us.
        answer.push(stream.read_u8().await.map_err(refused)?);
    }
    let first = answer
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    match first.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(Error::Tunnel {
            host: host.to_owned(),
            answer: first.into_owned(),
        }),
    }
}
