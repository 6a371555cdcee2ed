//! Requests that users describe, and the finding about what was answered.

use serde::Deserialize;
use squall_model::Json;
use squall_model::finding::{Block, FindingType, Source};
use squall_model::http::Request;

use crate::Case;
use crate::failure::chain;
use crate::text::form::form;
use crate::text::shown;

/// A request of the user's own words.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    /// What the URL's query has besides.
    pub(crate) query: String,
    /// A text, or a mapping or pairs that become a form.
    pub(crate) data: Json,
    pub(crate) headers: Json,
    /// Whether a finding tells what was answered.
    pub(crate) is_told: bool,
    /// What such findings have in common.
    pub(crate) key: &'static str,
}

/// What is said of a request that carries something.
#[derive(Debug, Deserialize)]
pub(crate) struct Carried {
    url: String,
    data: Json,
    headers: Json,
    get_response: Option<bool>,
}

impl Carried {
    /// The request, by a method. Its findings have `key` in common.
    pub(crate) fn by(self, method: &'static str, key: &'static str) -> Wanted {
        Wanted {
            method,
            url: self.url,
            data: self.data,
            headers: self.headers,
            is_told: self.get_response == Some(true),
            query: String::new(),
            key,
        }
    }
}

/// Sends it. Only what fails, and what is wanted, is told.
pub(crate) async fn send(case: &mut Case<'_>, wanted: Wanted) {
    let (url, is_told, key) = (wanted.url.clone(), wanted.is_told, wanted.key);
    let (title, block) = match case.means.http.send(wanted.request()).await {
        Ok(_) if !is_told => return,
        Ok(answer) => (
            format!("Response received from {url} "),
            Block::file(
                "Response.txt: ",
                String::from_utf8_lossy(&answer.body)
                    .into_owned()
                    .into_bytes(),
            ),
        ),
        Err(error) => (
            format!("{url} is un-reachable"),
            Block::markdown(format!("*Error*\n```\n{}\n```", chain(&error))),
        ),
    };
    let mut finding = case.finding(title, key);
    finding.source = Some(Source::Manual);
    finding.finding_type = FindingType::Report;
    finding.failure = false;
    finding.stamp();
    finding.add_enrichment(vec![block]);
    case.add_finding(&finding);
}

impl Wanted {
    fn request(self) -> Request {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        let url = match self.query.as_str() {
            "" => self.url,
            query => format!("{}{separator}{query}", self.url),
        };
        let mut request = Request::new(self.method, url);
        let has_type = |name: &String| name.eq_ignore_ascii_case("content-type");
        let headers = self.headers.as_object().cloned().unwrap_or_default();
        let says_type = headers.keys().any(has_type);
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_null()) {
            request = request.header(name, shown(value));
        }
        match self.data {
            Json::String(text) => request.body = text.into_bytes(),
            data @ (Json::Object(_) | Json::Array(_)) => {
                let form = form(&data);
                if !says_type && !form.is_empty() {
                    request = request.header("Content-Type", "application/x-www-form-urlencoded");
                }
                request.body = form.into_bytes();
            }
            _ => {}
        }
        request
    }
}
