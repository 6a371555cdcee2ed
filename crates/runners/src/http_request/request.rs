//! Making the request that parameters describe.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use squall_expression::value::{access, json::from_json, text};
use squall_model::{Json, Object};
use url::{Url, form_urlencoded};

use super::body::{Body, File};
use super::{Error, Params, Wanted};
use crate::Run;

/// Receivers know StackStorm's name; ours stands behind it.
pub(crate) const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("st2/v3.9.0 squall/", env!("CARGO_PKG_VERSION")));

/// One request, ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn new(params: &Params, wanted: &Wanted, run: &Run) -> Result<Self, Error> {
        let mut url = read_url(&params.url)?;
        let mut headers = headers(&params.headers)?;
        headers.insert(header::USER_AGENT, USER_AGENT);
        let action = run.action.reference.name();
        headers.insert(
            "x-stanley-action",
            header_value("X-Stanley-Action", action)?,
        );
        if let Some(authorization) = authorization(params, wanted, &url) {
            headers.insert(header::AUTHORIZATION, authorization);
        }
        add_query(&mut url, &wanted.params)?;

        let file = File::of(wanted);
        let has_body = file.is_some() || access::truth(&from_json(&wanted.body)).unwrap_or(true);
        let method = method(&wanted.method, has_body)?;
        let body = Body::new(&wanted.body, file.as_ref(), is_json(&headers))?;
        if let (Some(kind), false) = (body.kind, headers.contains_key(header::CONTENT_TYPE)) {
            headers.insert(header::CONTENT_TYPE, header_value("Content-Type", &kind)?);
        }
        Ok(Self {
            method,
            url,
            headers,
            body: body.bytes.into(),
        })
    }
}

/// Reads a URL; only those of http and https can be asked.
pub(crate) fn read_url(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(Error::Url)?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(Error::Scheme(other.to_owned())),
    }
}

/// The value of a header or cookie as text: what is no text becomes what Python writes.
pub(crate) fn as_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => {
            text::str(&from_json(other)).map_or_else(|_| other.to_string(), |text| text.to_string())
        }
    }
}

/// A header's value: characters of Latin-1, none of them a control.
pub(crate) fn header_value(name: &str, value: &str) -> Result<HeaderValue, Error> {
    let latin: Result<Vec<u8>, _> = value.chars().map(u8::try_from).collect();
    latin
        .ok()
        .and_then(|bytes| HeaderValue::from_maybe_shared(Bytes::from(bytes)).ok())
        .ok_or_else(|| Error::Header(name.to_owned()))
}

/// What every request carries unless the action says otherwise, and what the action says. Null takes one away.
pub(crate) fn headers(given: &Object) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("gzip, deflate"),
    );
    headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
    for (name, value) in given {
        let key = HeaderName::try_from(name).map_err(|_| Error::Header(name.clone()))?;
        if value.is_null() {
            headers.remove(key);
        } else {
            headers.insert(key, header_value(name, &as_text(value))?);
        }
    }
    // How long the body is and how it is framed is seen when it is sent.
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::TRANSFER_ENCODING);
    Ok(headers)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json")
}

fn method(wanted: &str, has_body: bool) -> Result<Method, Error> {
    match wanted {
        "" if has_body => Ok(Method::POST),
        "" => Ok(Method::GET),
        other => Method::from_bytes(other.to_ascii_uppercase().as_bytes())
            .map_err(|_| Error::Method(other.to_owned())),
    }
}

/// Basic authentication: by the runner's user and password, by `auth` (`user:password`), or by the URL.
fn authorization(params: &Params, wanted: &Wanted, url: &Url) -> Option<HeaderValue> {
    let pair = if !params.username.is_empty() || !params.password.is_empty() {
        (params.username.clone(), params.password.clone())
    } else if let Some((user, password)) = wanted.auth.split_once(':') {
        (user.to_owned(), password.to_owned())
    } else {
        let password = url.password().unwrap_or_default();
        (unescaped(url.username()), unescaped(password))
    };
    if pair == (String::new(), String::new()) {
        return None;
    }
    Some(basic(&pair.0, &pair.1))
}

/// `Basic ...` for a user and a password: in Latin-1 where that can write them, else in UTF-8.
pub(crate) fn basic(user: &str, password: &str) -> HeaderValue {
    let pair = format!("{user}:{password}");
    let latin: Result<Vec<u8>, _> = pair.chars().map(u8::try_from).collect();
    let encoded = BASE64_STANDARD.encode(latin.unwrap_or_else(|_| pair.into_bytes()));
    let mut value = HeaderValue::try_from(format!("Basic {encoded}"))
        .expect("base64 has no character that a header refuses");
    value.set_sensitive(true);
    value
}

/// A part of a URL without its percent signs.
pub(crate) fn unescaped(text: &str) -> String {
    // Forms also write blanks as `+`, which stands for itself here.
    let pairs = text.replace('+', "%2B");
    let mut read = form_urlencoded::parse(pairs.as_bytes());
    read.next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

fn add_query(url: &mut Url, params: &Json) -> Result<(), Error> {
    let more = match params {
        Json::Null => return Ok(()),
        Json::String(text) => text.clone(),
        Json::Object(pairs) => form(pairs),
        other => return Err(Error::Header(format!("params: {other}"))),
    };
    if more.is_empty() {
        return Ok(());
    }
    let query = match url.query() {
        Some(query) if !query.is_empty() => format!("{query}&{more}"),
        _ => more,
    };
    url.set_query(Some(&query));
    Ok(())
}

/// Pairs as a form: a list gives a pair for each item, null gives none.
pub(crate) fn form(pairs: &Object) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        match value {
            Json::Array(items) => {
                for item in items.iter().filter(|item| !item.is_null()) {
                    form.append_pair(name, &as_text(item));
                }
            }
            Json::Object(members) => {
                for member in members.keys() {
                    form.append_pair(name, member);
                }
            }
            Json::Null => {}
            other => {
                form.append_pair(name, &as_text(other));
            }
        }
    }
    form.finish()
}
