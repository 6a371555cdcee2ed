//! The only way to make a route.
//!
//! A request meets, in this order: the limits of the connection ([`crate::serve`]), the allowed hosts and origins, the
//! size its body claims, the question who asks, the size and time its body really takes, the handler. Whoever proves who
//! they are by a signature is asked after the body was read, which then takes its room from what strangers may have. A
//! route that does not say what it needs cannot be written.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::middleware::{from_fn_with_state, map_request};
use axum::response::Response;
use axum::routing::MethodRouter;
use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, SET_COOKIE};
use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use squall_identity::door::{Credential, Principal, Refusal, Shown};
use squall_identity::permission::Permission;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::about::About;
use crate::call::{Call, Query};
use crate::signed;
use crate::stackstorm::fault::Fault;
use crate::wire::{SignIn, Wire};
use crate::{cookie, envelope, origin, robusta};

/// What it takes to use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: probes and sign-in.
    Anyone,
    /// Somebody signed in, whoever it is.
    Somebody,
    /// Somebody with this permission. Without roles everybody signed in has every permission, as in StackStorm.
    Needs(Permission),
    /// The same, or a valid signature where the webhook that the path names has a secret.
    NeedsOrSigned(Permission),
    /// The same, unless a setting opens the intake of playbooks to anybody.
    NeedsUnlessOpen(Permission),
}

impl From<Permission> for Access {
    fn from(permission: Permission) -> Self {
        Self::Needs(permission)
    }
}

/// What a body takes of the room that all have together, in KiB.
type Room = Option<OwnedSemaphorePermit>;

/// What a handler gives: a response, or a fault in StackStorm's form.
pub type Answer = Result<Response, Fault>;

/// One line of the table of routes.
#[derive(Debug, Clone)]
pub struct Line {
    /// The method.
    pub method: Method,
    /// The path, with `{name}` for its named parts.
    pub path: String,
    /// What it takes.
    pub access: Access,
    /// What it says of itself.
    pub about: Arc<About>,
}

/// Routes and the table of them.
#[derive(Default)]
pub struct Routes {
    router: Router<Wire>,
    table: Vec<Line>,
}

/// One route, in StackStorm's dialect.
pub fn route<F, H>(method: Method, path: &str, access: impl Into<Access>, handler: H) -> Routes
where
    H: Fn(Wire, Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    told(Fault::into_response, (method, path, access.into()), handler)
}

/// One route, in our own dialect.
pub fn own_route<F, H>(method: Method, path: &str, access: impl Into<Access>, handler: H) -> Routes
where
    H: Fn(Wire, Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    told(Fault::into_problem, (method, path, access.into()), handler)
}

/// One route, in Robusta's dialect.
pub fn playbook_route<F, H>(
    method: Method,
    path: &str,
    access: impl Into<Access>,
    handler: H,
) -> Routes
where
    H: Fn(Wire, Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    told(robusta::refused, (method, path, access.into()), handler)
}

/// One route, whose faults are told in this way.
fn told<F, H>(
    tell: fn(Fault) -> Response,
    (method, path, access): (Method, &str, Access),
    handler: H,
) -> Routes
where
    H: Fn(Wire, Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let guarded = move |State(wire): State<Wire>,
                        parts: Result<Path<Vec<(String, String)>>, PathRejection>,
                        request: Request| {
        let handler = handler.clone();
        async move {
            let (call, room) = match admit(&wire, access, parts, request).await {
                Ok(admitted) => admitted,
                Err(fault) => return tell(fault),
            };
            let cookie = cookie::of(&call);
            let answered = handler(wire, call).await;
            drop(room);
            let mut response = answered.unwrap_or_else(tell);
            response
                .headers_mut()
                .extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
            response
        }
    };
    let filter = axum::routing::MethodFilter::try_from(method.clone())
        .unwrap_or(axum::routing::MethodFilter::GET);
    let router = Router::new().route(path, MethodRouter::new().on(filter, guarded));
    Routes {
        router,
        table: vec![Line {
            method,
            path: path.to_owned(),
            access,
            about: Arc::default(),
        }],
    }
}

impl Routes {
    /// These, and what they say of themselves.
    #[must_use]
    pub fn says(self, about: About) -> Self {
        let about = Arc::new(about);
        let said = |line| Line {
            about: Arc::clone(&about),
            ..line
        };
        Self {
            table: self.table.into_iter().map(said).collect(),
            ..self
        }
    }

    /// These and others.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.table.extend(other.table);
        Self {
            router: self.router.merge(other.router),
            table: self.table,
        }
    }

    /// These under a prefix.
    #[must_use]
    pub fn nest(self, prefix: &str) -> Self {
        if prefix.is_empty() {
            return self;
        }
        let under = |line: Line| Line {
            path: format!("{prefix}{}", line.path.trim_end_matches('/')),
            ..line
        };
        Self {
            router: Router::new().nest(prefix, self.router),
            table: self.table.into_iter().map(under).collect(),
        }
    }

    /// Every route there is, for those who check them all.
    pub fn table(&self) -> &[Line] {
        &self.table
    }

    /// Ready to be served.
    pub fn into_router(self, wire: Wire) -> Router {
        let routes = self
            .router
            .fallback(not_found)
            .method_not_allowed_fallback(not_allowed)
            .with_state(wire.clone());
        Router::new()
            .fallback_service(routes)
            .layer(map_request(without_last_slash))
            .layer(from_fn_with_state(wire, envelope::put_on))
    }
}

/// `/rules/` is `/rules`: the stock client asks for every list in this way.
async fn without_last_slash(mut request: Request) -> Request {
    let uri = request.uri();
    let Some(path) = uri.path().strip_suffix('/') else {
        return request;
    };
    let target = match uri.query() {
        _ if path.is_empty() => return request,
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    if let Ok(target) = target.parse() {
        *request.uri_mut() = target;
    }
    request
}

async fn not_found() -> Response {
    Fault::new(404, "The resource could not be found.").into_response()
}

async fn not_allowed() -> Response {
    Fault::new(405, "The method is not allowed for this resource.").into_response()
}

/// What the original says of a path that is no text.
const UNREADABLE_PATH: &str =
    "Failed to parse request path. URL likely contains invalid or incorrectly URL encoded values.";

/// Everything between the head of a request and its handler. The room is to be given back after the handler.
async fn admit(
    wire: &Wire,
    access: Access,
    parts: Result<Path<Vec<(String, String)>>, PathRejection>,
    request: Request,
) -> Result<(Call, Room), Fault> {
    let (head, body) = request.into_parts();
    origin::admit(wire.settings(), &head.headers)?;
    refuse_large(wire, &head.headers)?;
    let query = Query::parse(head.uri.query().unwrap_or_default());
    let Path(parts) = parts.map_err(|_| Fault::bad_request(UNREADABLE_PATH))?;
    let path: BTreeMap<_, _> = parts.into_iter().collect();
    let credential = credential(&head.headers, &query);
    let hook = match access {
        Access::NeedsOrSigned(_) => signed::asked(wire, &path, &head.headers, credential.is_ok()),
        Access::Anyone | Access::Somebody | Access::Needs(_) | Access::NeedsUnlessOpen(_) => None,
    };
    let (principal, once, (body, room)) = match hook {
        None if is_open(wire, access) && matches!(credential, Err(Refusal::NothingShown)) => {
            let read = read(wire, wire.room_for_strangers(), body).await?;
            (Principal::open(""), None, read)
        }
        None => {
            let principal = principal(wire, access, credential).await?;
            if principal.is_known_by_cookie() {
                origin::admit_cookie(wire.settings(), &head.method, &head.headers)?;
            }
            (principal, None, read(wire, wire.room(), body).await?)
        }
        Some((url, hook)) => {
            let (body, room) = read(wire, wire.room_for_strangers(), body).await?;
            let once = hook.check(wire, url, (&head.headers, &body)).await?;
            (Principal::signed(url), once, (body, room))
        }
    };
    let call = Call {
        principal,
        path,
        query,
        headers: head.headers,
        body,
        once,
    };
    Ok((call, room))
}

fn refuse_large(wire: &Wire, headers: &HeaderMap) -> Result<(), Fault> {
    let limit = wire.settings().body_limit;
    let claimed = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match claimed.map(usize::try_from) {
        Some(Ok(claimed)) if claimed > limit => Err(too_large(limit)),
        Some(Err(_)) => Err(too_large(limit)),
        _ => Ok(()),
    }
}

/// Whether a setting lets anybody in.
fn is_open(wire: &Wire, access: Access) -> bool {
    matches!(access, Access::NeedsUnlessOpen(_)) && wire.settings().open_intake
}

async fn principal(
    wire: &Wire,
    access: Access,
    credential: Result<Credential, Refusal>,
) -> Result<Principal, Fault> {
    if access == Access::Anyone {
        return Ok(Principal::open(""));
    }
    if let SignIn::Open { user } = &wire.settings().sign_in {
        return Ok(Principal::open(user));
    }
    let refused = |refusal: Refusal| Fault::new(401, refusal.to_string());
    let credential = credential.map_err(refused)?;
    wire.handle().admit(credential).await?.map_err(refused)
}

/// What a request shows of who asks.
fn credential(headers: &HeaderMap, query: &Query) -> Result<Credential, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let shown = Shown {
        token_in_header: text("x-auth-token"),
        api_key_in_header: text("st2-api-key"),
        token_in_query: query.get("x-auth-token"),
        api_key_in_query: query.get("st2-api-key"),
        token_in_cookie: cookie::shown(headers),
        bearer: text(AUTHORIZATION.as_str())
            .and_then(|value| value.strip_prefix("Bearer "))
            .or_else(|| query.get("access_token")),
    };
    shown.credential()
}

/// Reads a body, and takes room for what it is long: all bodies together are bounded, too.
async fn read(wire: &Wire, room: &Arc<Semaphore>, mut body: Body) -> Result<(Bytes, Room), Fault> {
    let limit = wire.settings().body_limit;
    let reading = async {
        let (mut whole, mut taken) = (BytesMut::new(), None);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Fault::new(400, "The body broke off."))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if whole.len().saturating_add(data.len()) > limit {
                return Err(too_large(limit));
            }
            whole.extend_from_slice(&data);
            grow(&mut taken, whole.len(), room)?;
        }
        Ok((whole.freeze(), taken))
    };
    tokio::time::timeout(wire.settings().body_within, reading)
        .await
        .unwrap_or_else(|_| Err(Fault::new(408, "The body took too long.")))
}

/// Takes more room, without waiting: whoever waited would hold what they have.
fn grow(taken: &mut Room, length: usize, room: &Arc<Semaphore>) -> Result<(), Fault> {
    let held = taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let more = length.div_ceil(1024).saturating_sub(held);
    if more == 0 {
        return Ok(());
    }
    let more = u32::try_from(more).unwrap_or(u32::MAX);
    let more = Arc::clone(room)
        .try_acquire_many_owned(more)
        .map_err(|_| Fault::new(503, "Too much is being received; try again later."))?;
    match taken {
        Some(taken) => taken.merge(more),
        None => *taken = Some(more),
    }
    Ok(())
}

fn too_large(limit: usize) -> Fault {
    Fault::new(413, format!("The body is larger than {limit} bytes."))
}

#[cfg(test)]
mod tests;
