//! Pages of other sites: which of them may call, and what browsers are told about it.
//!
//! A browser sends a user's cookie along with whatever a page asks for, so the page has to be one of ours. Origins are
//! compared whole: no pattern, no suffix, and `null` (a sandboxed page, a file) is nobody's origin.

use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, HOST, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

use crate::stackstorm::fault::Fault;
use crate::wire::Settings;

/// Where a request comes from, as the browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From<'a> {
    /// It does not say: a program, or a page that only shows what it gets.
    Unsaid,
    /// A page of this very server.
    Here,
    /// A page of a site that the settings name.
    Allowed(&'a HeaderValue),
    /// Any other page.
    Elsewhere,
}

/// Where a request comes from.
pub(crate) fn of<'a>(settings: &Settings, headers: &'a HeaderMap) -> From<'a> {
    let Some(value) = headers.get(ORIGIN) else {
        return From::Unsaid;
    };
    let origin = value.as_bytes();
    if settings
        .origins
        .iter()
        .any(|known| known.as_bytes() == origin && known != "null")
    {
        return From::Allowed(value);
    }
    let host = headers.get(HOST).map(HeaderValue::as_bytes);
    let site = [b"http://".as_slice(), b"https://"]
        .into_iter()
        .find_map(|scheme| origin.strip_prefix(scheme));
    if host.is_some() && site == host {
        From::Here
    } else {
        From::Elsewhere
    }
}

/// Refuses what a page of another site asks for, and hosts that are not this server's names.
pub(crate) fn admit(settings: &Settings, headers: &HeaderMap) -> Result<(), Fault> {
    admit_host(settings, headers)?;
    match of(settings, headers) {
        From::Unsaid | From::Here | From::Allowed(_) => Ok(()),
        From::Elsewhere => Err(Fault::new(
            403,
            "Pages of other sites may not call this server.",
        )),
    }
}

/// A laptop's server answers to its own names only, so that no other site's name can lead a browser to it.
fn admit_host(settings: &Settings, headers: &HeaderMap) -> Result<(), Fault> {
    if settings.hosts.is_empty() {
        return Ok(());
    }
    let host = headers
        .get(HOST)
        .map_or("", |host| host.to_str().unwrap_or("?"));
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    if settings.hosts.iter().any(|known| known == name) {
        return Ok(());
    }
    Err(Fault::new(
        403,
        format!("The host \"{name}\" is not one of this server's names."),
    ))
}

/// Refuses to change anything for a cookie alone unless the browser says that a page of ours asks for it: a cookie is
/// sent by the browser whoever asks, while a header is sent by who knows the token.
pub(crate) fn admit_cookie(
    settings: &Settings,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Fault> {
    if method.is_safe() {
        return Ok(());
    }
    let is_ours = match of(settings, headers) {
        From::Here | From::Allowed(_) => true,
        From::Unsaid => headers
            .get("sec-fetch-site")
            .is_some_and(|site| site == "same-origin"),
        From::Elsewhere => false,
    };
    if is_ours {
        return Ok(());
    }
    Err(Fault::new(
        403,
        "A cookie alone changes nothing unless a page of this server asks for it.",
    ))
}

/// What a browser asks before it lets a page of another site ask something itself.
pub(crate) fn preflight(settings: &Settings, headers: &HeaderMap) -> Response {
    match admit(settings, headers) {
        Ok(()) => Response::default(),
        Err(fault) => fault.into_response(),
    }
}

/// Tells a browser what a page of an allowed site may see.
pub(crate) fn tell(from: From<'_>, headers: &mut HeaderMap) {
    headers.append(VARY, HeaderValue::from_static("Origin"));
    let From::Allowed(origin) = from else { return };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET,POST,PUT,DELETE,OPTIONS"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "Content-Type,Authorization,X-Auth-Token,St2-Api-Key,X-Request-ID",
        ),
        (
            ACCESS_CONTROL_EXPOSE_HEADERS,
            "Content-Type,X-Limit,X-Total-Count,X-Request-ID",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
