//! `webhook_sink`: findings as plain text or as JSON, to any address.

use serde_json::json;
use squall_model::finding::{Block, Finding, FindingType, Source};
use squall_model::http::Request;
use squall_model::{Json, Object};

use crate::catalogue::Kind;
use crate::parameters::Parameters;
use crate::{Fault, Requests, Site, Told, blocks, markdown, python};

/// An address, and what it takes.
pub(crate) struct Webhook {
    url: String,
    size_limit: usize,
    authorization: Option<String>,
    is_json: bool,
    slack_webhook: bool,
}

impl Kind for Webhook {
    const KIND: &'static str = "webhook_sink";
    const ABOUT: &'static str = "text or JSON, posted to an address";
    const EXAMPLE: &'static str = r#"{"url": "https://example.com/hook"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let format = given.text("format")?;
        let is_json = match format.as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(other) => {
                return Err(Fault::new(
                    "format",
                    format!("there is no `{other}`"),
                    "text or json",
                ));
            }
        };
        Ok(Self {
            url: given.url("url")?,
            size_limit: given.whole("size_limit", 4096)?,
            authorization: given.text("authorization")?,
            is_json,
            slack_webhook: given.flag("slack_webhook", false)?,
        })
    }
}

impl Requests for Webhook {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        vec![self.request(told)]
    }
}

impl Webhook {
    fn request(&self, told: Told<'_>) -> Request {
        let mut request = Request::new("POST", &self.url).header("Idempotency-Key", told.key);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        if self.is_json {
            let message = self.json(told.finding, told.site);
            request.body("application/json", message.to_string())
        } else {
            let text = self.text(told.finding, told.site);
            request.body("text/plain; charset=utf-8", text)
        }
    }

    fn text(&self, finding: &Finding, site: &Site) -> String {
        let mut lines = vec![finding.title.clone()];
        lines.extend(
            finding
                .links
                .iter()
                .map(|link| format!("{}: {}", link.name, link.url)),
        );
        lines.push(format!("Source: {}", site.cluster_name));
        lines.extend(finding.description.clone());
        let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
        lines.extend(blocks.flat_map(|block| unformatted(&block.shown())));
        let mut message = String::new();
        for line in lines.iter().filter(|line| !line.is_empty()) {
            let line = format!("\n{}\n", dedented(line));
            if message.len() + line.len() >= self.size_limit {
                break;
            }
            message.push_str(&line);
        }
        message
    }

    fn json(&self, finding: &Finding, site: &Site) -> Json {
        let mut message = Object::new();
        let mut length = 0;
        for (key, value) in whole(finding, site) {
            // The limit counts each member as an object of its own.
            let pair = Json::Object(Object::from_iter([(key.clone(), value.clone())]));
            length += python::dumps(&pair, false).len();
            if length > self.size_limit {
                break;
            }
            message.insert(key, value);
        }
        if self.slack_webhook {
            return for_slack(&message);
        }
        Json::Object(message)
    }
}

/// All of a finding, enrichments last: they are the first to be left out.
fn whole(finding: &Finding, site: &Site) -> Object {
    let subject = &finding.subject;
    let links = finding
        .links
        .iter()
        .map(|link| json!({"name": link.name, "url": link.url, "type": link.link_type}));
    let whole = json!({
        "title": finding.title,
        "description": finding.description,
        "cluster_name": site.cluster_name,
        "account_id": site.account_id,
        "severity": finding.severity,
        "source": finding.source.map_or("NONE", Source::constant),
        "finding_type": FindingType::constant(finding.finding_type),
        "aggregation_key": finding.aggregation_key,
        "failure": finding.failure,
        "fingerprint": finding.fingerprint,
        "starts_at": finding.starts_at,
        "ends_at": finding.ends_at,
        "id": finding.id,
        "category": null,
        "service": null,
        "service_key": "",
        "creation_date": null,
        "investigate_uri": null,
        "add_silence_url": finding.add_silence_url,
        "subject": {
            "name": subject.name,
            "kind": subject.kind,
            "namespace": subject.namespace,
            "node": subject.node,
            "container": subject.container,
            "labels": subject.labels,
            "annotations": subject.annotations,
        },
        "links": links.collect::<Vec<_>>(),
        "enrichments": finding.enrichments.iter().map(|one| blocks::dumped(one, false)).collect::<Vec<_>>(),
    });
    match whole {
        Json::Object(whole) => whole,
        _ => Object::new(),
    }
}

/// What Slack's incoming webhooks take.
fn for_slack(message: &Object) -> Json {
    let text = |key: &str| message.get(key).map(python::text).unwrap_or_default();
    let labels = message
        .get("subject")
        .and_then(|subject| subject.get("labels"));
    let labels = labels
        .and_then(Json::as_object)
        .filter(|labels| !labels.is_empty());
    let labels = labels.map(|labels| {
        let pairs = labels
            .iter()
            .map(|(name, value)| format!("{name}: {}", python::text(value)));
        pairs.collect::<Vec<_>>().join(", ")
    });
    json!({"text": format!(
        "*Title:* {}\n*Description:* {}\n*Failure:* {}\n*Aggregation Key:* {}\n*labels*: {}\n",
        text("title"),
        text("description"),
        text("failure"),
        text("aggregation_key"),
        labels.unwrap_or_else(|| "None".to_owned()),
    )})
}

fn unformatted(block: &Block) -> Vec<String> {
    match block {
        Block::Header(header) => vec![header.text.clone()],
        Block::List(list) => list
            .items
            .iter()
            .map(|item| markdown::clear(item))
            .collect(),
        Block::Markdown(text) => vec![markdown::clear(&text.text)],
        Block::Json(json) => vec![json.json_str.clone()],
        Block::KubernetesDiff(diff) => blocks::diff_lines_by_path(diff, "*"),
        _ => Vec::new(),
    }
}

/// The text without what all of its lines are indented by.
fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let lines = text.split('\n');
    let common = lines
        .clone()
        .filter(|line| !line.trim().is_empty())
        .map(indent)
        .min();
    let cut = |line: &str| -> String {
        let is_blank = line.trim_matches([' ', '\t']).is_empty();
        if is_blank {
            String::new()
        } else {
            line.get(common.unwrap_or(0)..).unwrap_or(line).to_owned()
        }
    };
    lines.map(cut).collect::<Vec<_>>().join("\n")
}
