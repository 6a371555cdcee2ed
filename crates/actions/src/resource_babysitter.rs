//! `resource_babysitter`: a finding that tells what changed of an object.

use serde::Deserialize;
use squall_model::Json;
use squall_model::change::{Change, Operation};
use squall_model::finding::{
    Block, Difference, Enrichment, FindingType, KubernetesDiff, Source, Subject,
};

use crate::blocks::titled;
use crate::case::Filtered;
use crate::cluster::said;
use crate::failure::Failure;
use crate::text::shown;
use crate::{Action, Case};

/// Tells of changes.
pub(crate) struct ResourceBabysitter;

#[derive(Deserialize)]
pub(crate) struct Params {
    ignored_namespaces: Vec<String>,
}

/// How many changed attributes a description names.
const NAMED: usize = 5;

impl Action for ResourceBabysitter {
    const NAME: &'static str = "resource_babysitter";
    const EVENT: &'static str = "KubernetesAnyChangeEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Makes a finding that tells what changed of an object, as far as the trigger's `change_filters` let it through.",
        "class": "BabysitterConfig",
        "parameters": {
            "ignored_namespaces": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Namespaces of which nothing is told."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(change) = case.event.change().cloned() else {
            return Ok(());
        };
        let namespace = said(&change.obj, "/metadata/namespace");
        let is_ignored = namespace.is_some_and(|own| {
            params
                .ignored_namespaces
                .iter()
                .any(|ignored| ignored == own)
        });
        if is_ignored || change.obj.get("metadata").is_none() {
            return Ok(());
        }
        let block = difference(&change, case.filtered.clone());
        let operation = change.operation.as_str();
        let title = format!(
            "{} {operation}d",
            block.resource_name.clone().unwrap_or_default()
        );
        let mut finding = case.finding(title, "ConfigurationChange/KubernetesResource/Change");
        finding.description = Some(block.description.clone());
        finding.source = Some(Source::KubernetesApiServer);
        finding.finding_type = FindingType::ConfigurationChange;
        finding.failure = false;
        finding.subject = subject(&change);
        finding.stamp();
        let mut enrichment: Enrichment = titled(
            vec![Block::KubernetesDiff(block)],
            "diff",
            "Kubernetes Manifest Change",
        );
        enrichment
            .annotations
            .insert("operation".to_owned(), operation.to_uppercase().into());
        finding.enrichments.push(enrichment);
        case.add_finding(&finding);
        Ok(())
    }
}

/// Only of nodes is the node named.
fn subject(change: &Change) -> Subject {
    let mut object = change.obj.clone();
    if let Some(members) = object.as_object_mut() {
        members
            .entry("kind")
            .or_insert_with(|| change.kind.as_str().into());
    }
    let mut subject = Subject::of(&object);
    if change.kind != "Node" {
        subject.node = None;
    }
    subject
}

fn difference(change: &Change, filtered: Option<Filtered>) -> KubernetesDiff {
    let filtered = filtered.unwrap_or_else(|| Filtered {
        obj: change.obj.clone(),
        old_obj: change.old_obj.clone(),
        diffs: Vec::new(),
    });
    let (old, new) = match change.operation {
        Operation::Delete => (Some(filtered.obj), None),
        Operation::Create | Operation::Update => (filtered.old_obj, Some(filtered.obj)),
    };
    let diffs: Vec<Difference> = filtered.diffs.into_iter().map(with_words).collect();
    let count = |kind: &str| {
        diffs
            .iter()
            .filter(|one| one.difference_type == kind)
            .count() as u64
    };
    let (additions, deletions) = (count("ADDED"), count("REMOVED"));
    let description = description(&change.kind, old.as_ref(), new.as_ref(), &diffs);
    KubernetesDiff {
        resource_name: Some(resource_name(change)),
        num_additions: Some(additions),
        num_deletions: Some(deletions),
        num_modifications: Some(diffs.len() as u64 - additions - deletions),
        kind: change.kind.clone(),
        description,
        old: old.unwrap_or_default(),
        new: new.unwrap_or_default(),
        diffs,
    }
}

/// A name as of a file.
fn resource_name(change: &Change) -> String {
    let name = said(&change.obj, "/metadata/name").unwrap_or("None");
    let kind = change.kind.to_lowercase();
    match said(&change.obj, "/metadata/namespace").filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => format!("{kind}/{namespace}/{name}.yaml"),
        None => format!("{kind}/{name}.yaml"),
    }
}

fn description(kind: &str, old: Option<&Json>, new: Option<&Json>, diffs: &[Difference]) -> String {
    if old.is_none() {
        return format!("{kind} created");
    }
    if new.is_none() {
        return format!("{kind} deleted");
    }
    let attributes: Vec<String> = diffs.iter().filter_map(attribute).collect();
    if attributes.is_empty() {
        return format!("{kind} updated");
    }
    let named = attributes
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let more = match attributes.len().checked_sub(NAMED) {
        Some(more) => format!(" ... (and {more} more)"),
        None => String::new(),
    };
    format!("{kind} updated\n ● Attributes: {named}{more}")
}

/// With places in lists as words too, as findings have them.
fn with_words(difference: Difference) -> Difference {
    let path = difference.path.iter().map(|one| Json::from(shown(one)));
    Difference {
        path: path.collect(),
        ..difference
    }
}

/// The last word of a path.
fn attribute(difference: &Difference) -> Option<String> {
    let mut words = difference.path.iter().filter_map(Json::as_str);
    let is_word =
        |word: &&str| word.is_empty() || !word.chars().all(|letter| letter.is_ascii_digit());
    words.rfind(is_word).map(str::to_owned)
}
