//! The only way to make a route.
//!
//! A request meets, in this order: the limits of the connection ([`crate::serve`]), the allowed hosts and origins, the
//! size its body claims, the question who asks, the size and time its body really takes, the handler. A route that does
//! not say what it needs cannot be written.

use std::future::Future;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::middleware::{from_fn_with_state, map_request};
use axum::response::Response;
use axum::routing::MethodRouter;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, SET_COOKIE};
use http::{HeaderMap, Method};
use http_body_util::{BodyExt as _, Limited};
use squall_identity::door::{Principal, Refusal, Shown};
use squall_identity::permission::Permission;

use crate::call::{Call, Query};
use crate::stackstorm::fault::Fault;
use crate::wire::{SignIn, Wire};
use crate::{cookie, envelope, origin};

/// What it takes to use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: probes and sign-in.
    Anyone,
    /// Somebody signed in, whoever it is.
    Somebody,
    /// Somebody with this permission. Without roles everybody signed in has every permission, as in StackStorm.
    Needs(Permission),
}

impl From<Permission> for Access {
    fn from(permission: Permission) -> Self {
        Self::Needs(permission)
    }
}

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
}

/// Routes and the table of them.
#[derive(Default)]
pub struct Routes {
    router: Router<Wire>,
    table: Vec<Line>,
}

/// One route.
pub fn route<F, H>(method: Method, path: &str, access: impl Into<Access>, handler: H) -> Routes
where
    H: Fn(Wire, Call) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let access = access.into();
    let guarded = move |State(wire): State<Wire>,
                        Path(parts): Path<Vec<(String, String)>>,
                        request: Request| {
        let handler = handler.clone();
        async move {
            let call = match admit(&wire, access, parts, request).await {
                Ok(call) => call,
                Err(fault) => return fault.into_response(),
            };
            let cookie = cookie::of(&call);
            let mut response = handler(wire, call)
                .await
                .unwrap_or_else(Fault::into_response);
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
        }],
    }
}

impl Routes {
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
            path: format!("{prefix}{}", line.path),
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

/// Everything between the head of a request and its handler.
async fn admit(
    wire: &Wire,
    access: Access,
    parts: Vec<(String, String)>,
    request: Request,
) -> Result<Call, Fault> {
    let (head, body) = request.into_parts();
    let limit = wire.settings().body_limit;
    origin::admit(wire.settings(), &head.headers)?;
    let claimed = head
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if claimed.is_some_and(|claimed| claimed > limit) {
        return Err(too_large(limit));
    }
    let query = Query::parse(head.uri.query().unwrap_or_default());
    let principal = principal(wire, access, &head.headers, &query).await?;
    if principal.is_known_by_cookie() {
        origin::admit_cookie(wire.settings(), &head.method, &head.headers)?;
    }
    let body = read(wire, body).await?;
    Ok(Call {
        principal,
        path: parts.into_iter().collect(),
        query,
        headers: head.headers,
        body,
    })
}

async fn principal(
    wire: &Wire,
    access: Access,
    headers: &HeaderMap,
    query: &Query,
) -> Result<Principal, Fault> {
    if access == Access::Anyone {
        return Ok(Principal::open(""));
    }
    if let SignIn::Open { user } = &wire.settings().sign_in {
        return Ok(Principal::open(user));
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let shown = Shown {
        token_in_header: text("x-auth-token"),
        api_key_in_header: text("st2-api-key"),
        token_in_query: query.get("x-auth-token"),
        api_key_in_query: query.get("st2-api-key"),
        token_in_cookie: cookie::shown(headers),
    };
    let admitted = wire.handle().admit(&shown).await?;
    admitted.map_err(|refusal: Refusal| Fault::new(401, refusal.to_string()))
}

async fn read(wire: &Wire, body: Body) -> Result<Bytes, Fault> {
    let limit = wire.settings().body_limit;
    let reading = Limited::new(body, limit).collect();
    match tokio::time::timeout(wire.settings().body_within, reading).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(Fault::new(400, "The body broke off.")),
        Err(_) => Err(Fault::new(408, "The body took too long.")),
    }
}

fn too_large(limit: usize) -> Fault {
    Fault::new(413, format!("The body is larger than {limit} bytes."))
}

#[cfg(test)]
mod tests;
