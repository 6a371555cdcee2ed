//! The cookie by which a browser stays signed in: StackStorm's, under its name.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use squall_identity::door::{Place, Proof};

use crate::call::Call;

/// Its name.
const NAME: &str = "auth-token";

/// The token that a request's cookie shows.
pub(crate) fn shown(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == NAME)
        .map(|(_, value)| value)
}

/// The cookie to be set for a request that has shown a valid token in a header or in the query: scripts cannot read it,
/// it crosses the network only under TLS, and other sites' pages cannot send it along when they post.
pub(crate) fn of(call: &Call) -> Option<HeaderValue> {
    let Proof::Token {
        place,
        expires_at,
        service: false,
    } = call.principal.proof
    else {
        return None;
    };
    let token = match place {
        Place::Header => call.header("x-auth-token"),
        Place::Query => call.query.get("x-auth-token"),
        Place::Cookie => None,
    };
    let seconds = expires_at.seconds_since(squall_server::clock::now());
    let text = format!(
        "{NAME}={}; Max-Age={seconds:.0}; Path=/; HttpOnly; Secure; SameSite=lax",
        token?
    );
    HeaderValue::from_str(&text).ok()
}
