//! `http-request`: sends one HTTP request and gives the answer.
//!
//! The runner's parameters say where to and as whom: `url`, `headers`, `cookies`, `username` and `password`, proxies.
//! The action's own parameters say what: `method`, `params` for the query, `body`, or `file_name` and `file_content` for
//! an upload, and `timeout`. Without a method, a body makes it POST, else it is GET. With the header `Content-Type:
//! application/json` the body is made JSON, whether it was given as a value, as JSON text or as a Python literal.
//!
//! The result is `{status_code, body, parsed, headers}`: the body is text, or a value if the answer's type is exactly
//! `application/json`; header names are spelled as the server spelled them. Status 200 to 206 succeeds. Redirects are
//! followed only with `allow_redirects`, and never to a host that `url_hosts_blacklist` or `url_hosts_whitelist` refuses.
//! The time-out counts for connecting and then for each silence of the server.
//!
//! ```yaml
//! name: silence
//! runner_type: http-request
//! parameters:
//!   url:
//!     default: http://alertmanager:9093/api/v2/silences
//!     immutable: true
//!   headers:
//!     default: {Content-Type: application/json}
//!   body:
//!     type: object
//!     required: true
//! ```

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use squall_model::outcome::{Outcome, Verdict};
use squall_model::{Json, Object};

use crate::process::explain;
use crate::{Run, Runner};

pub(crate) mod answer;
mod body;
pub(crate) mod connection;
pub(crate) mod error;
pub(crate) mod exchange;
mod heard;
mod hosts;
mod proxy;
mod redirect;
pub(crate) mod request;
mod sender;
pub(crate) mod trust;

use error::Error;
use hosts::Hosts;
use redirect::Redirects;
use request::Request;
pub use sender::Sender;

/// Sends a request.
pub(crate) struct HttpRequest;

/// Where to and as whom.
#[derive(Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    url: String,
    headers: Object,
    cookies: Object,
    username: String,
    password: String,
    http_proxy: String,
    https_proxy: String,
    allow_redirects: bool,
    verify_ssl_cert: bool,
    url_hosts_blacklist: Vec<String>,
    url_hosts_whitelist: Vec<String>,
}

impl Params {
    /// For those who send requests of their own: how to connect, and nothing of what to send.
    pub(crate) fn to_connect(proxies: [&str; 2], verify_ssl_cert: bool) -> Self {
        let [http_proxy, https_proxy] = proxies.map(str::to_owned);
        Self {
            http_proxy,
            https_proxy,
            verify_ssl_cert,
            ..Self::default()
        }
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            url: String::new(),
            headers: Object::new(),
            cookies: Object::new(),
            username: String::new(),
            password: String::new(),
            http_proxy: String::new(),
            https_proxy: String::new(),
            allow_redirects: false,
            verify_ssl_cert: true,
            url_hosts_blacklist: Vec::new(),
            url_hosts_whitelist: Vec::new(),
        }
    }
}

/// What to send: parameters of the action.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wanted {
    method: String,
    params: Json,
    body: Json,
    auth: String,
    file_name: String,
    file_content: String,
    file_content_type: String,
    timeout: Option<f64>,
}

/// Seconds.
pub(crate) const USUAL_TIMEOUT: f64 = 60.0;

impl Runner for HttpRequest {
    const NAME: &'static str = "http-request";
    const DEFINITION: &'static str = r#"{
        "description": "Sends an HTTP request and gives the answer.",
        "package": "http_runner",
        "parameters": {
            "allow_redirects": {"type": "boolean", "description": "Whether redirects are followed.", "default": false},
            "cookies": {"type": "object", "description": "Cookies to send."},
            "headers": {"type": "object", "description": "Headers to send."},
            "http_proxy": {"type": "string", "description": "Proxy for http URLs, such as http://10.10.1.10:3128."},
            "https_proxy": {"type": "string", "description": "Proxy for https URLs, such as http://10.10.1.10:3128."},
            "password": {"type": "string", "description": "Password for basic authentication.", "secret": true},
            "url": {"type": "string", "description": "Where to.", "required": true},
            "username": {"type": "string", "description": "User for basic authentication."},
            "verify_ssl_cert": {"type": "boolean", "description": "Whether the certificate of an HTTPS server is checked.", "default": true},
            "url_hosts_blacklist": {"type": "array", "description": "Hosts that are refused, without ports.", "required": false, "items": {"type": "string"}},
            "url_hosts_whitelist": {"type": "array", "description": "The only hosts that are not refused, without ports.", "required": false, "items": {"type": "string"}}
        },
        "output_key": "body",
        "output_schema": {
            "type": "object",
            "properties": {
                "status_code": {"type": "integer"},
                "body": {"anyOf": [{"type": "object"}, {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {"type": "array"}, {"type": "null"}]},
                "parsed": {"type": "boolean"},
                "headers": {"type": "object"}
            },
            "additionalProperties": false
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, run: Run) -> Outcome {
        tokio::select! {
            outcome = outcome(params, &run) => outcome,
            () = run.cancel.cancelled() => Outcome {
                verdict: Verdict::Cancelled,
                ..Outcome::error("cancelled while waiting for the answer")
            },
        }
    }
}

async fn outcome(params: Params, run: &Run) -> Outcome {
    match ask(params, run).await {
        Ok(answer) if (200..=206).contains(&answer.status) => Outcome::succeeded(answer.result()),
        Ok(answer) => Outcome::failed(answer.result()),
        Err(error @ Error::Silence(_)) => Outcome {
            verdict: Verdict::TimedOut,
            result: json!({"error": explain(&error)}),
        },
        Err(error) => Outcome::error(explain(&error)),
    }
}

async fn ask(params: Params, run: &Run) -> Result<answer::Answer, Error> {
    let mut wanted = run.parameters.clone();
    wanted.retain(|_, value| !value.is_null());
    let wanted: Wanted = serde_json::from_value(wanted.into()).map_err(Error::Parameters)?;
    let seconds = wanted.timeout.unwrap_or(USUAL_TIMEOUT);
    let patience = Duration::try_from_secs_f64(seconds).map_err(|_| Error::Timeout(seconds))?;

    let hosts = Hosts::new(&params)?;
    let follow = params.allow_redirects;
    let connector = connection::Connector::new(&params, patience, &run.host);
    let mut request = Request::new(&params, &wanted, run)?;
    let mut redirects = Redirects::new(params.cookies);
    loop {
        hosts.check(&request.url)?;
        redirects.add_cookies(&mut request)?;
        let answer = exchange::exchange(&request, &connector).await?;
        match redirects.next(&request, &answer)? {
            Some(next) if follow => request = next,
            _ => return Ok(answer),
        }
    }
}

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;
