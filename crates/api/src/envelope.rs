//! What every answer bears, whatever it says: the id of its request, and what keeps browsers from taking data for a page.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use squall_identity::secret;

use crate::origin;
use crate::wire::Wire;

/// The header by which a request and its answer are known in logs.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header by which a sender of CloudEvents asks whether it is welcome. No browser lets a page send it unasked.
const SENDER: HeaderName = HeaderName::from_static("webhook-request-origin");

/// A sender's own id for a request is given back up to this length.
const LONGEST_ID: usize = 256;

/// Headers of every answer that does not say otherwise. Data is never to be run, framed or guessed at; what events and
/// outputs hold is data.
const ALWAYS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; sandbox",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Puts a request's answer into its envelope; answers what browsers ask beforehand.
pub(crate) async fn put_on(State(wire): State<Wire>, request: Request, next: Next) -> Response {
    let settings = wire.settings();
    let asked = request_id(request.headers());
    let headers = request.headers().clone();
    let is_of_sender = headers.contains_key(SENDER);
    let mut response = if request.method() == Method::OPTIONS && !is_of_sender {
        origin::preflight(settings, &headers)
    } else {
        next.run(request).await
    };
    wire.handle().metrics().answered(response.status().as_u16());
    let answered = response.headers_mut();
    answered.extend(asked.map(|asked| (REQUEST_ID, asked)));
    origin::tell(origin::of(settings, &headers), answered);
    for (name, value) in ALWAYS {
        answered
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The sender's own id for the request, or a new one.
fn request_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let given = headers.get(REQUEST_ID);
    let new = || HeaderValue::from_str(&secret::token_text().ok()?).ok();
    given
        .filter(|given| !given.is_empty() && given.len() <= LONGEST_ID)
        .cloned()
        .or_else(new)
}
