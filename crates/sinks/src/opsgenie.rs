//! `opsgenie_sink`: alerts of OpsGenie, closed when they are resolved.

use serde_json::json;
use squall_model::finding::{Finding, Severity, Source, SubjectKind};
use squall_model::http::Request;
use squall_model::{Json, Object};

use crate::catalogue::Kind;
use crate::channel::{self, Filling};
use crate::html::Page;
use crate::parameters::Parameters;
use crate::slack::escaped as escaped_in_url;
use crate::{Fault, Requests, Site, Told, markdown, plain};

/// An integration by its API.
pub(crate) struct OpsGenie {
    host: String,
    api_key: String,
    teams: Vec<String>,
    default_team: Option<String>,
    tags: Vec<String>,
    extra_details_labels: bool,
}

/// What OpsGenie takes of a message, a description, an alias, an entity, of all details, of a tag and of tags and teams.
const MOST_OF_MESSAGE: usize = 130;
const MOST_OF_DESCRIPTION: usize = 15_000;
const MOST_OF_ALIAS: usize = 512;
const MOST_OF_DETAILS: usize = 8000;
const MOST_OF_TAG: usize = 50;
const MOST_TAGS: usize = 20;
const MOST_TEAMS: usize = 50;

impl Kind for OpsGenie {
    const KIND: &'static str = "opsgenie_sink";
    const ABOUT: &'static str = "alerts of OpsGenie";
    const EXAMPLE: &'static str = r#"{"api_key": "key"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let host = match given.text("host")? {
            Some(_) => given.url("host")?,
            None => "https://api.opsgenie.com".to_owned(),
        };
        Ok(Self {
            host: host.trim_end_matches('/').to_owned(),
            api_key: given.needed("api_key")?,
            teams: given.texts("teams")?,
            default_team: given.text("default_team")?,
            tags: given.texts("tags")?,
            extra_details_labels: given.flag("extra_details_labels", false)?,
        })
    }
}

impl Requests for OpsGenie {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let alias = plain::key(told.finding, MOST_OF_ALIAS);
        let (path, body) = if told.finding.is_resolved() {
            let path = format!("/{}/close?identifierType=alias", escaped_in_url(&alias));
            (
                path,
                json!({"user": "Squall", "note": "The finding is resolved", "source": "Squall"}),
            )
        } else {
            (String::new(), self.alert(told, &alias))
        };
        let request = Request::new("POST", format!("{}/v2/alerts{path}", self.host))
            .header("Authorization", format!("GenieKey {}", self.api_key))
            .header("Idempotency-Key", told.key);
        vec![request.body("application/json", body.to_string())]
    }
}

impl OpsGenie {
    fn alert(&self, told: Told<'_>, alias: &str) -> Json {
        let finding = told.finding;
        let mut teams = filled(
            &self.teams,
            self.default_team.as_deref(),
            finding,
            told.site,
        );
        if teams.is_empty() {
            teams.extend(self.default_team.clone());
        }
        let mut tags = vec![told.site.cluster_name.clone()];
        for tag in filled(&self.tags, None, finding, told.site) {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let responder = |team: &String| json!({"name": team, "type": "team"});
        let tags = tags
            .iter()
            .take(MOST_TAGS)
            .map(|tag| markdown::cut(tag, MOST_OF_TAG));
        json!({
            "source": "Squall",
            "message": plain::headline(finding, MOST_OF_MESSAGE),
            "description": markdown::cut(&description(finding), MOST_OF_DESCRIPTION),
            "alias": alias,
            "responders": teams.iter().take(MOST_TEAMS).map(responder).collect::<Vec<_>>(),
            "details": self.details(finding, told.site),
            "tags": tags.collect::<Vec<_>>(),
            "entity": entity(finding),
            "priority": priority(finding.severity),
        })
    }

    fn details(&self, finding: &Finding, site: &Site) -> Object {
        let subject = &finding.subject;
        let mut details = Object::new();
        let fixed = [
            ("Resource", subject.name.as_deref()),
            ("Cluster", Some(site.cluster_name.as_str())),
            ("Namespace", subject.namespace.as_deref()),
            ("Node", subject.node.as_deref()),
            (
                "Source",
                Some(finding.source.map_or("NONE", Source::constant)),
            ),
        ];
        let mut left = MOST_OF_DETAILS;
        let labels = subject.labels.iter().filter(|(name, _)| {
            let is_fixed = |(known, _): &(&str, _)| known.to_lowercase() == **name;
            self.extra_details_labels && !fixed.iter().any(is_fixed)
        });
        let labels = labels.map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in fixed.into_iter().chain(labels) {
            let value = value.map(|value| markdown::cut(value, MOST_OF_ALIAS));
            let weight =
                name.chars().count() + value.as_ref().map_or(0, |value| value.chars().count());
            if weight > left {
                break;
            }
            left -= weight;
            details.insert(name.to_owned(), json!(value));
        }
        details
    }
}

/// Teams or tags with the finding's labels and annotations filled in.
fn filled(
    written: &[String],
    otherwise: Option<&str>,
    finding: &Finding,
    site: &Site,
) -> Vec<String> {
    let with = Filling {
        cluster_name: &site.cluster_name,
        labels: &finding.subject.labels,
        annotations: &finding.subject.annotations,
    };
    let mut found: Vec<String> = Vec::new();
    for text in written {
        let text = if text.contains('$') {
            channel::fill(Some(text), otherwise.unwrap_or_default(), with)
        } else {
            text.clone()
        };
        if !text.is_empty() && !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

const fn priority(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "P1",
        Severity::Low => "P4",
        Severity::Info => "P5",
        Severity::Debug => "P3",
    }
}

fn entity(finding: &Finding) -> String {
    let subject = &finding.subject;
    let kind = subject.kind.map(SubjectKind::as_str);
    let parts = [subject.namespace.as_deref(), kind, subject.name.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    markdown::cut(&parts.join("/"), MOST_OF_ALIAS)
}

fn description(finding: &Finding) -> String {
    let links = finding
        .links
        .iter()
        .map(|link| crate::html::link(&link.url, &link.shown()));
    let links: Vec<String> = links.collect();
    let mut page = Page::default();
    if !links.is_empty() {
        page.html.push(links.join(" "));
    }
    for block in finding.enrichments.iter().flat_map(|one| &one.blocks) {
        let block = block.shown();
        if block.as_file().is_none() {
            page.add(&block);
        }
    }
    page.html.join("\n")
}
