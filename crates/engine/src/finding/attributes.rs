//! What a sink can ask of a finding.

use squall_model::Object;
use squall_model::finding::{Finding, FindingType, Severity, Source, SubjectKind};

/// The attributes that are texts; besides them there are [`MAPS`].
pub(super) const TEXTS: [&str; 9] = [
    "title",
    "identifier",
    "severity",
    "source",
    "type",
    "kind",
    "namespace",
    "node",
    "name",
];

/// The attributes that are maps.
pub(super) const MAPS: [&str; 2] = ["labels", "annotations"];

/// An attribute's text; what a subject has not is `None`, as Python writes it.
pub(super) fn text<'a>(finding: &'a Finding, attribute: &str) -> Option<&'a str> {
    let subject = &finding.subject;
    let or_none = |text: &'a Option<String>| text.as_deref().unwrap_or("None");
    Some(match attribute {
        "title" => &finding.title,
        "identifier" => &finding.aggregation_key,
        "severity" => Severity::as_str(finding.severity),
        "source" => finding.source.map_or("NONE", Source::constant),
        "type" => FindingType::constant(finding.finding_type),
        "kind" => subject.kind.map_or("None", SubjectKind::as_str),
        "namespace" => or_none(&subject.namespace),
        "node" => or_none(&subject.node),
        "name" => or_none(&subject.name),
        _ => return None,
    })
}

/// The subject's labels or annotations.
pub(super) fn map<'a>(finding: &'a Finding, attribute: &str) -> Option<&'a Object> {
    match attribute {
        "labels" => Some(&finding.subject.labels),
        "annotations" => Some(&finding.subject.annotations),
        _ => None,
    }
}
