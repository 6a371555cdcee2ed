//! Following redirects: where to, with what, and with which cookies.

use hyper::body::Bytes;
use hyper::{Method, header};
use squall_model::Object;
use url::Url;

use super::Error;
use super::answer::Answer;
use super::request::{Request, as_text, header_value, read_url};

/// The most redirects that are followed for one request.
const MOST: usize = 30;

/// What is remembered on the way.
pub(crate) struct Redirects {
    followed: usize,
    /// The action's cookies and those that answers have set, with the host each belongs to.
    cookies: Vec<Cookie>,
}

struct Cookie {
    host: Option<String>,
    name: String,
    value: String,
}

impl Redirects {
    pub(crate) fn new(cookies: Object) -> Self {
        let cookies = cookies.into_iter().map(|(name, value)| Cookie {
            host: None,
            name,
            value: as_text(&value),
        });
        Self {
            followed: 0,
            cookies: cookies.collect(),
        }
    }

    /// Adds the cookies for the request's host. An action's own cookies belong to the first host that is asked; a
    /// `Cookie` header of the action comes before them all.
    pub(crate) fn add_cookies(&mut self, request: &mut Request) -> Result<(), Error> {
        let host = request.url.host_str();
        for cookie in &mut self.cookies {
            cookie.host = cookie.host.take().or_else(|| host.map(str::to_owned));
        }
        let fitting = self
            .cookies
            .iter()
            .filter(|cookie| cookie.host.as_deref() == host);
        let line: Vec<_> = fitting
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        if !line.is_empty() && !request.headers.contains_key(header::COOKIE) {
            let value = header_value("Cookie", &line.join("; "))?;
            request.headers.insert(header::COOKIE, value);
        }
        Ok(())
    }

    /// The request that an answer redirects to, if it does.
    pub(crate) fn next(
        &mut self,
        asked: &Request,
        answer: &Answer,
    ) -> Result<Option<Request>, Error> {
        let Some(location) = answer.location() else {
            return Ok(None);
        };
        self.followed += 1;
        if self.followed > MOST {
            return Err(Error::Redirects(MOST));
        }
        for line in answer.all("set-cookie") {
            self.remember(&asked.url, line);
        }
        let url = asked.url.join(location).map_err(Error::Url)?;
        let url = read_url(url.as_str())?;
        let mut next = asked.clone();
        next.headers.remove(header::COOKIE);
        next.method = method(answer.status, &asked.method);
        if !matches!(answer.status, 307 | 308) {
            next.body = Bytes::new();
            next.headers.remove(header::CONTENT_TYPE);
        }
        if !keeps_authorization(&asked.url, &url) {
            next.headers.remove(header::AUTHORIZATION);
        }
        next.url = url;
        Ok(Some(next))
    }

    fn remember(&mut self, url: &Url, line: &str) {
        let pair = line.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.split_once('=') else {
            return;
        };
        let host = url.host_str().map(str::to_owned);
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        self.cookies
            .retain(|known| (&known.name, &known.host) != (&name, &host));
        self.cookies.push(Cookie { host, name, value });
    }
}

fn method(status: u16, asked: &Method) -> Method {
    match status {
        302 | 303 if *asked != Method::HEAD => Method::GET,
        301 if *asked == Method::POST => Method::GET,
        _ => asked.clone(),
    }
}

/// A password stays with its host; from http to https of one host it may go on.
fn keeps_authorization(from: &Url, to: &Url) -> bool {
    let is_upgrade = from.scheme() == "http"
        && to.scheme() == "https"
        && from.port().is_none()
        && to.port().is_none();
    let is_same =
        from.scheme() == to.scheme() && from.port_or_known_default() == to.port_or_known_default();
    from.host() == to.host() && (is_upgrade || is_same)
}
