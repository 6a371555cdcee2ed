//! Findings about Kubernetes events.

use squall_model::Json;
use squall_model::finding::{Finding, Severity, Source, Subject, SubjectKind};

use super::{said, word};
use crate::Case;

/// A finding about an event.
pub(crate) fn about(
    case: &mut Case<'_>,
    event: &Json,
    key: &str,
    description: Option<String>,
) -> Finding {
    let regarding = |member: &str| said(event, &format!("/regarding/{member}"));
    let (kind, name) = (
        regarding("kind").unwrap_or("None"),
        regarding("name").unwrap_or("None"),
    );
    let (reason, event_type) = (word(event, "/reason"), word(event, "/type"));
    let namespace = regarding("namespace").unwrap_or("None");
    let mut finding = case.finding(
        format!("{reason} {event_type} for {kind} {namespace}/{name}"),
        key,
    );
    finding.description = description;
    finding.source = Some(Source::KubernetesApiServer);
    finding.severity = if event_type == "Normal" {
        Severity::Info
    } else {
        Severity::Debug
    };
    finding.subject = Subject {
        name: regarding("name").map(str::to_owned),
        kind: SubjectKind::of(kind),
        namespace: regarding("namespace").map(str::to_owned),
        node: regarding("name")
            .filter(|_| kind == "Node")
            .map(str::to_owned),
        ..Subject::default()
    };
    finding.stamp();
    finding
}
