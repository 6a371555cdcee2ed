//! `pagerduty_sink`: incidents by the Events API, second version, and changes by its change events.

use serde_json::json;
use squall_model::finding::{Block, Finding, KubernetesDiff, Severity, Source, SubjectKind};
use squall_model::http::Request;
use squall_model::{Json, Object};

use crate::catalogue::Kind;
use crate::parameters::Parameters;
use crate::{Fault, Requests, Told, markdown, plain};

/// A service of PagerDuty.
pub(crate) struct PagerDuty {
    routing_key: String,
}

const EVENTS: &str = "https://events.pagerduty.com/v2/enqueue";
const CHANGES: &str = "https://events.pagerduty.com/v2/change/enqueue";

/// The key of findings that tell of a change.
const CHANGE: &str = "ConfigurationChange/KubernetesResource/Change";

/// What PagerDuty takes of a summary, of a key, and of everything.
const MOST_OF_SUMMARY: usize = 1024;
const MOST_OF_KEY: usize = 255;
const MOST_OF_ALL: usize = 512 * 1024;

/// What is left of the whole once all but the message's text is in it.
const MOST_OF_TEXT: usize = 256 * 1024;

impl Kind for PagerDuty {
    const KIND: &'static str = "pagerduty_sink";
    const ABOUT: &'static str = "incidents and changes in PagerDuty";
    const EXAMPLE: &'static str = r#"{"api_key": "routing-key"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        Ok(Self {
            routing_key: given.needed("api_key")?,
        })
    }
}

impl Requests for PagerDuty {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let post = |url: &str, body: Json| {
            let request = Request::new("POST", url).header("Idempotency-Key", told.key);
            request.body("application/json", body.to_string())
        };
        if told.finding.aggregation_key == CHANGE {
            let changes = self.changes(told);
            return changes
                .into_iter()
                .map(|body| post(CHANGES, body))
                .collect();
        }
        vec![post(EVENTS, self.incident(told))]
    }
}

impl PagerDuty {
    fn incident(&self, told: Told<'_>) -> Json {
        let (finding, cluster) = (told.finding, &told.site.cluster_name);
        let mut links = graph_link(finding);
        let state_message = state_message(finding, &mut links);
        let subject = &finding.subject;
        let severity = severity(finding.severity);
        let mut body = json!({
            "payload": {
                "summary": plain::headline(finding, MOST_OF_SUMMARY),
                "severity": severity,
                "source": cluster,
                "component": component(finding),
                "group": "",
                "class": finding.aggregation_key,
                "custom_details": {
                    "Resource": subject.name,
                    "Cluster running Robusta": cluster,
                    "Namespace": subject.namespace,
                    "Node": subject.node,
                    "Source of the Alert": finding.source.map_or("NONE", Source::constant),
                    "Severity": severity.to_uppercase(),
                    "Fingerprint ID": finding.fingerprint,
                    "Description": finding.description,
                    "Caption": format!("{} {severity} - {}", finding.severity.emoji(), finding.title),
                    "state_message": state_message,
                },
            },
            "routing_key": self.routing_key,
            "event_action": if finding.is_resolved() { "resolve" } else { "trigger" },
            "dedup_key": plain::key(finding, MOST_OF_KEY),
            "links": links,
        });
        fit(&mut body);
        body
    }

    fn changes(&self, told: Told<'_>) -> Vec<Json> {
        let finding = told.finding;
        let subject = &finding.subject;
        let kind = subject.kind.map_or("None", SubjectKind::as_str);
        let mut details = Object::new();
        details.insert("namespace".to_owned(), json!(subject.namespace));
        let name = subject.name.as_deref().unwrap_or("None");
        details.insert("resource".to_owned(), json!(format!("{kind}/{name}")));
        if let Some(node) = &subject.node {
            details.insert("node".to_owned(), json!(node));
        }
        let mut bodies = Vec::new();
        for enrichment in &finding.enrichments {
            let operation = enrichment
                .annotations
                .get("operation")
                .and_then(Json::as_str);
            let Some(operation) = operation.filter(|operation| !operation.is_empty()) else {
                continue;
            };
            for block in &enrichment.blocks {
                if let Block::KubernetesDiff(diff) = &*block.shown() {
                    let summary = self.describe(told, operation, diff, &mut details);
                    let mut body = self.change(told, &summary, &details);
                    fit(&mut body);
                    bodies.push(body);
                }
            }
        }
        bodies
    }

    /// Fills in the details of one change, and sums it up.
    fn describe(
        &self,
        told: Told<'_>,
        operation: &str,
        diff: &KubernetesDiff,
        details: &mut Object,
    ) -> String {
        for (number, one) in diff.diffs.iter().enumerate() {
            details.insert(format!("Change {}", number + 1), json!(one.formatted_path));
        }
        let mut counted = String::new();
        let description = told
            .finding
            .description
            .as_deref()
            .filter(|text| !text.is_empty());
        if let Some(description) = description {
            let remarks = if operation == "update" {
                let count = diff.num_modifications.unwrap_or(0);
                let noun = if count == 1 { "change" } else { "changes" };
                counted = format!(" ({count} {noun})");
                description.to_owned()
            } else {
                format!("Resource {operation}d")
            };
            details.insert("Remarks".to_owned(), json!(remarks));
        }
        let subject = &told.finding.subject;
        let kind = subject.kind.map_or("None", SubjectKind::as_str);
        let namespace = subject.namespace.as_deref().unwrap_or("None");
        let name = subject.name.as_deref().unwrap_or("None");
        let cluster = &told.site.cluster_name;
        format!("{kind} {namespace}/{name} {operation}d in cluster {cluster}{counted}")
    }

    fn change(&self, told: Told<'_>, summary: &str, details: &Object) -> Json {
        json!({
            "routing_key": self.routing_key,
            "payload": {
                "summary": markdown::cut(summary, MOST_OF_SUMMARY),
                "timestamp": told.finding.starts_at,
                "source": told.site.cluster_name,
                "custom_details": details,
            },
            "links": [],
        })
    }
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "critical",
        Severity::Low => "warning",
        Severity::Info | Severity::Debug => "info",
    }
}

fn component(finding: &Finding) -> String {
    let subject = &finding.subject;
    let kind = subject.kind.map_or("None", SubjectKind::as_str);
    let name = subject.name.as_deref().unwrap_or("None");
    match &subject.namespace {
        Some(namespace) => format!("{namespace}/{kind}/{name}"),
        None => format!("{kind}/{name}"),
    }
}

fn graph_link(finding: &Finding) -> Vec<Json> {
    let is_graph = |link: &&squall_model::finding::Link| {
        link.link_type.as_deref() == Some("prometheus_generator_url")
    };
    let link = finding.links.iter().find(is_graph);
    link.map(|link| json!({"text": link.shown(), "href": link.url}))
        .into_iter()
        .collect()
}

/// All that is text in the finding. Links among it go where PagerDuty shows links.
fn state_message(finding: &Finding, links: &mut Vec<Json>) -> String {
    for block in finding.enrichments.iter().flat_map(|one| &one.blocks) {
        if let Block::Links(block) = &*block.shown() {
            let link = |link: &squall_model::finding::LinksItem| json!({"text": link.text, "href": link.url});
            links.extend(block.links.iter().map(link));
        }
    }
    plain::whole(finding, |one| format!("* {}", one.formatted_path))
}

/// Cuts what is too long for PagerDuty: first the text, then all other details.
fn fit(body: &mut Json) {
    if body.to_string().len() <= MOST_OF_ALL {
        return;
    }
    let Some(details) = body
        .pointer_mut("/payload/custom_details")
        .and_then(Json::as_object_mut)
    else {
        return;
    };
    let most = MOST_OF_TEXT / 4 / details.len().max(1);
    for value in details.values_mut() {
        if let Some(text) = value.as_str() {
            *value = json!(markdown::cut(text, most.max(MOST_OF_KEY)));
        }
    }
    if body.to_string().len() > MOST_OF_ALL
        && let Some(body) = body.as_object_mut()
    {
        body.insert("links".to_owned(), json!([]));
    }
}
