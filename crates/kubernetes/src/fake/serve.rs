//! Connections, and the way of a request from one of them to its answer.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::from_slice;
use squall_model::Json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tracing::debug;

use super::aggregated;
use super::answers::Refusal;
use super::dispatch::{self, Reply};
use super::exec::{Handshake, Session};
use super::route::Query;
use super::state::State;

/// The longest body that is read, in bytes; the original's.
const LONGEST_BODY: usize = 3 * 1024 * 1024;

/// How many connections are served at a time.
const CONNECTIONS: usize = 4096;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// One request, read.
#[derive(Debug)]
pub(super) struct Asked {
    /// What is to be done.
    pub(super) method: Method,
    /// To what.
    pub(super) path: String,
    /// In which way.
    pub(super) query: Query,
    /// The headers.
    pub(super) headers: HeaderMap,
    /// What was sent.
    pub(super) body: Bytes,
}

impl Asked {
    /// A header; empty if it is missing or no text.
    pub(super) fn header(&self, name: &HeaderName) -> &str {
        text(&self.headers, name)
    }

    /// The body, which must be JSON.
    pub(super) fn json(&self) -> Result<Json, Refusal> {
        let content_type = self.header(&header::CONTENT_TYPE);
        if content_type.contains("protobuf") || content_type.contains("cbor") {
            let known = "application/json";
            return Err(Refusal::unsupported_type(content_type, known));
        }
        from_slice(&self.body).map_err(|error| {
            let message = format!("the object provided is unrecognized: {error}");
            Refusal::bad_request(message)
        })
    }

    /// The body, if there is any.
    pub(super) fn json_if_any(&self) -> Result<Json, Refusal> {
        if self.body.is_empty() {
            return Ok(Json::Null);
        }
        self.json()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// Serves everybody who connects.
pub(super) async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    continue;
                };
                let is_down = state.faults.signals().borrow().is_down;
                if !is_down && connections.len() < CONNECTIONS {
                    connections.spawn(connection(stream, Arc::clone(&state)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    let mut signals = state.faults.signals();
    let closed = signals.borrow().closed;
    // What a connection becomes after its last answer.
    let session = Mutex::new(None);
    let service = service_fn(|request| answer(&state, request, &session));
    let serving = async {
        stream.set_nodelay(true)?;
        let mut builder = http1::Builder::new();
        let serving = builder
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        serving.await.map_err(io::Error::other)?;
        let session = locked(&session).take();
        if let Some(session) = session {
            session.run(&state).await?;
        }
        Ok::<_, io::Error>(())
    };
    tokio::select! {
        ended = serving => {
            if let Err(error) = ended {
                debug!(%error, "a connection to the fake cluster broke off");
            }
        }
        _ = signals.wait_for(|signals| signals.closed != closed) => {}
    }
}

type Slot = Mutex<Option<Session>>;

fn locked(slot: &Slot) -> MutexGuard<'_, Option<Session>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    state: &Arc<State>,
    mut request: Request<Incoming>,
    slot: &Slot,
) -> Result<Response<Body>, Infallible> {
    let upgrade = hyper::upgrade::on(&mut request);
    Ok(match reply(state, request).await {
        Err(refusal) => refused(&refusal),
        Ok(Reply::Json(status, text)) => response(status, "application/json", whole(text)),
        Ok(Reply::Discovery(text)) => response(200, aggregated::CONTENT_TYPE, whole(text)),
        Ok(Reply::Text(text)) => response(200, "text/plain", whole(text.into())),
        Ok(Reply::Printed(printed)) => {
            let told = printed.told().map(|bytes| Ok(Frame::data(bytes)));
            response(200, "text/plain", StreamBody::new(told).boxed_unsync())
        }
        Ok(Reply::Watch(watcher)) => {
            let told = watcher.told().map_ok(Frame::data);
            let body = StreamBody::new(told).boxed_unsync();
            response(200, "application/json;stream=watch", body)
        }
        Ok(Reply::Upgrade(handshake)) => {
            let response = switched(&handshake);
            *locked(slot) = Some((*handshake).agreed(upgrade));
            response
        }
    })
}

/// From now on the connection speaks something else.
fn switched(handshake: &Handshake) -> Response<Body> {
    let mut response = Response::new(whole(Vec::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    for (name, value) in handshake.headers() {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn reply(state: &Arc<State>, request: Request<Incoming>) -> Result<Reply, Refusal> {
    let (head, body) = request.into_parts();
    let query = Query::read(head.uri.query().unwrap_or_default());
    state.remember(super::Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: query.0.clone(),
    });
    let mut signals = state.faults.signals();
    let stalled = signals.wait_for(|signals| signals.stalls == 0).await;
    drop(stalled);
    if let Some(refusal) = state.faults.planned(head.uri.path()) {
        return Err(refusal);
    }
    if let Some(token) = &state.settings.token {
        let shown = text(&head.headers, &header::AUTHORIZATION);
        if shown.strip_prefix("Bearer ") != Some(token) {
            return Err(Refusal::unauthorized());
        }
    }
    let body = Limited::new(body, LONGEST_BODY).collect().await;
    let body = body.map_err(|error| {
        if error.is::<LengthLimitError>() {
            let message = format!("Request entity too large: limit is {LONGEST_BODY}");
            Refusal::new(413, "RequestEntityTooLarge", message)
        } else {
            Refusal::bad_request(error.to_string())
        }
    })?;
    let asked = Asked {
        method: head.method,
        path: head.uri.path().to_owned(),
        query,
        headers: head.headers,
        body: body.to_bytes(),
    };
    dispatch::reply(state, &asked)
}

fn refused(refusal: &Refusal) -> Response<Body> {
    let body = whole(refusal.status().to_string().into_bytes());
    let mut response = response(refusal.code, "application/json", body);
    if let Some(seconds) = refusal.retry_after() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn response(status: u16, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().unwrap_or_default();
    let content_type = header::HeaderValue::from_static(content_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

fn whole(text: Vec<u8>) -> Body {
    Full::new(Bytes::from(text))
        .map_err(|never| match never {})
        .boxed_unsync()
}
