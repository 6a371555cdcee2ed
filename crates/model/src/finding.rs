//! Findings: what actions tell people, before any sink has given it a form.
//!
//! The JSON form is the one in which Python actions hand their findings over (`robusta/core/reporting/neutral.py` of the
//! worker): what is read and written again is the same. Only `title` and `aggregation_key` must be there.

mod block;
mod kinds;
mod pieces;
mod subject;
pub mod summary;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};

use crate::time::Timestamp;
use crate::{Json, Object};

pub use block::{Block, OwnBlock};
pub use kinds::{
    Callback, Chat, Choice, Difference, Divider, EmptyFile, Events, EventsRef, File, Graph, Header,
    Holmes, KubernetesDiff, Links, LinksItem, List, Look, MARKDOWN_LIMIT, Markdown,
    ObjectReference, Prometheus, ScanReport, ScanRow, Table, TextOfJson,
};
pub use pieces::{Enrichment, FindingType, Link, Severity, Source};
pub use subject::{Subject, SubjectKind};

/// Something that sinks should tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Its id; a UUID as text.
    pub id: String,
    /// One line. A resolved alert's begins with [`RESOLVED`].
    pub title: String,
    /// More lines.
    pub description: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// What told of it; nothing if that is not known.
    pub source: Option<Source>,
    /// What it is.
    #[serde(rename = "type")]
    pub finding_type: FindingType,
    /// Whether something failed.
    pub failure: bool,
    /// What findings of the same kind have in common, such as the alert's name.
    pub aggregation_key: String,
    /// What findings about the same thing have in common.
    pub fingerprint: String,
    /// What it is about.
    pub subject: Subject,
    /// Links beside it.
    pub links: Vec<Link>,
    /// What was found out.
    pub enrichments: Vec<Enrichment>,
    /// When it began, as Python writes times.
    pub starts_at: Option<String>,
    /// When it ended.
    pub ends_at: Option<String>,
    /// Whether a silence can be made for it.
    pub add_silence_url: bool,
    /// The labels that a silence is made of.
    pub silence_labels: Option<Object>,
}

/// What the title of a resolved alert begins with; every sink goes by it.
pub const RESOLVED: &str = "[RESOLVED]";

impl Finding {
    /// A finding about nothing in particular. Whoever gives it a subject or a source afterwards calls
    /// [`Finding::stamp`].
    pub fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        aggregation_key: impl Into<String>,
    ) -> Self {
        let mut finding = Self {
            id: id.into(),
            title: title.into(),
            description: None,
            severity: Severity::Info,
            source: None,
            finding_type: FindingType::Issue,
            failure: true,
            aggregation_key: aggregation_key.into(),
            fingerprint: String::new(),
            subject: Subject::default(),
            links: Vec::new(),
            enrichments: Vec::new(),
            starts_at: None,
            ends_at: None,
            add_silence_url: false,
            silence_labels: None,
        };
        finding.stamp();
        finding
    }

    /// Gives it the fingerprint that follows from its subject, source and key.
    pub fn stamp(&mut self) {
        self.fingerprint = fingerprint(&self.subject, self.source, &self.aggregation_key);
    }

    /// Adds blocks, if there are any.
    pub fn add_enrichment(&mut self, blocks: Vec<Block>) {
        if !blocks.is_empty() {
            self.enrichments.push(Enrichment::of(blocks));
        }
    }

    /// Whether it says that an alert is over.
    pub fn is_resolved(&self) -> bool {
        self.title.starts_with(RESOLVED)
    }
}

/// The fingerprint of findings that are given none: the same subject, source and key have the same.
pub fn fingerprint(subject: &Subject, source: Option<Source>, aggregation_key: &str) -> String {
    let or_none = |text: Option<&str>| text.unwrap_or("None").to_owned();
    let text = format!(
        "FindingSubjectType.{},{},{},{},{}{aggregation_key}",
        subject.kind.map_or("TYPE_NONE", SubjectKind::constant),
        or_none(subject.name.as_deref()),
        or_none(subject.namespace.as_deref()),
        or_none(subject.node.as_deref()),
        or_none(source.map(Source::as_str)),
    );
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A moment as Python's `isoformat` writes it: no fraction where there is none.
pub fn python_time(at: Timestamp) -> String {
    let form = if at.micros() % 1_000_000 == 0 {
        "%Y-%m-%dT%H:%M:%S+00:00"
    } else {
        "%Y-%m-%dT%H:%M:%S%.6f+00:00"
    };
    at.calendar().format(form).to_string()
}

/// As findings are written: actions may leave out most of it, and titles are whatever Python code gave.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    id: String,
    title: Json,
    #[serde(default)]
    description: Json,
    #[serde(default)]
    severity: Severity,
    #[serde(default)]
    source: Option<Source>,
    #[serde(default, rename = "type")]
    finding_type: FindingType,
    #[serde(default = "yes")]
    failure: bool,
    aggregation_key: Json,
    #[serde(default)]
    fingerprint: Json,
    #[serde(default)]
    subject: Subject,
    #[serde(default)]
    links: Vec<Link>,
    #[serde(default)]
    enrichments: Vec<Enrichment>,
    #[serde(default)]
    starts_at: Option<String>,
    #[serde(default)]
    ends_at: Option<String>,
    #[serde(default)]
    add_silence_url: bool,
    #[serde(default)]
    silence_labels: Option<Object>,
}

fn yes() -> bool {
    true
}

impl<'de> Deserialize<'de> for Finding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let told = Told::deserialize(deserializer)?;
        let mut finding = Self {
            id: told.id,
            title: text(told.title).unwrap_or_default(),
            description: text(told.description),
            severity: told.severity,
            source: told.source,
            finding_type: told.finding_type,
            failure: told.failure,
            aggregation_key: text(told.aggregation_key).unwrap_or_else(|| "None".to_owned()),
            fingerprint: text(told.fingerprint).unwrap_or_default(),
            subject: told.subject,
            links: told.links,
            enrichments: told.enrichments,
            starts_at: told.starts_at,
            ends_at: told.ends_at,
            add_silence_url: told.add_silence_url,
            silence_labels: told.silence_labels,
        };
        if finding.fingerprint.is_empty() {
            finding.stamp();
        }
        Ok(finding)
    }
}

/// A value as the text that is shown of it; nothing of null.
fn text(value: Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}
