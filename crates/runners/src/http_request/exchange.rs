//! Sending one request over a connection of its own, and reading the answer.

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Response};
use hyper_util::rt::TokioIo;
use url::Position;

use super::Error;
use super::answer::Answer;
use super::connection::Connector;
use super::heard::{Heard, Listening};
use super::hosts::plain_host;
use super::request::{Request, header_value};

/// Sends a request and reads the whole answer.
pub(crate) async fn exchange(
    request: &Request,
    connector: &Connector<'_>,
) -> Result<Answer, Error> {
    let host = plain_host(&request.url);
    let broken = |error| Error::Exchange(host.clone(), error);
    let message = message(request, connector)?;
    let (stream, heard) = Listening::new(connector.connect(&request.url).await?);
    let (mut sender, connection) = http1::Builder::new()
        .title_case_headers(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let exchange = async {
        let answer = connector
            .within(sender.send_request(message))
            .await?
            .map_err(broken)?;
        read(answer, &heard, connector, &host).await
    };
    tokio::pin!(exchange);
    tokio::select! {
        answer = &mut exchange => answer,
        // The connection may end before the last of the answer is taken out of it; its errors come out there, too.
        _ = connection => exchange.await,
    }
}

/// The request as it is written. A proxy for plain HTTP is told the whole URL.
fn message(
    request: &Request,
    connector: &Connector<'_>,
) -> Result<hyper::Request<Full<Bytes>>, Error> {
    let url = &request.url;
    let mut headers = request.headers.clone();
    let mut target = url[Position::BeforePath..Position::AfterQuery].to_owned();
    if !headers.contains_key(header::HOST) {
        let host = &url[Position::BeforeHost..Position::AfterPort];
        headers.insert(header::HOST, header_value("Host", host)?);
    }
    if url.scheme() == "http"
        && let Some(proxy) = connector.proxy(url)?
    {
        let origin = &url[Position::BeforeHost..Position::AfterPort];
        target = format!("http://{origin}{target}");
        if let Some(authorization) = proxy.authorization() {
            headers.insert(header::PROXY_AUTHORIZATION, authorization);
        }
    }
    let is_read_only = matches!(request.method, Method::GET | Method::HEAD);
    if !request.body.is_empty() || !is_read_only {
        headers.insert(
            header::CONTENT_LENGTH,
            HeaderValue::from(request.body.len()),
        );
    }
    let mut message = hyper::Request::new(Full::new(request.body.clone()));
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = target
        .parse()
        .map_err(|_| Error::Scheme(url.scheme().to_owned()))?;
    *message.headers_mut() = headers;
    Ok(message)
}

async fn read(
    answer: Response<Incoming>,
    heard: &Heard,
    connector: &Connector<'_>,
    host: &str,
) -> Result<Answer, Error> {
    let status = answer.status().as_u16();
    let headers = spelled(answer.headers(), heard);
    let mut incoming = answer.into_body();
    let mut body = Vec::new();
    let limit = connector.limit();
    while let Some(frame) = connector.within(incoming.frame()).await? {
        let frame = frame.map_err(|error| Error::Exchange(host.to_owned(), error))?;
        body.extend_from_slice(frame.data_ref().map_or(&[], |data| data.as_ref()));
        if body.len() > limit {
            return Err(Error::TooLong(limit));
        }
    }
    let mut answer = Answer {
        status,
        headers,
        body,
    };
    answer.unpack(limit)?;
    Ok(answer)
}

/// Headers as the server spelled them. Values that are no UTF-8 are Latin-1.
fn spelled(headers: &HeaderMap, heard: &Heard) -> Vec<(String, String)> {
    let spelling = heard.spelling();
    let mut spelled = Vec::new();
    for (name, value) in headers {
        let name = spelling
            .get(name.as_str())
            .map_or_else(|| name.to_string(), String::clone);
        let value = std::str::from_utf8(value.as_bytes()).map_or_else(
            |_| value.as_bytes().iter().copied().map(char::from).collect(),
            str::to_owned,
        );
        spelled.push((name, value));
    }
    spelled
}
