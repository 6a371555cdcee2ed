//! Pods that no node takes, and why.

use serde_json::json;
use squall_expression::value::text::float_repr;
use squall_model::Json;
use squall_model::finding::{Block, Enrichment};

use super::events::{events_named, moment};
use super::pods::{self, Resources};
use super::{items, said, word};
use crate::Case;
use crate::blocks::{titled, vertical};
use crate::failure::Failure;
use crate::text::shown;

/// What is known of a pod that waits for a node.
pub(crate) async fn pending_report(case: &Case<'_>, pod: &Json) -> Result<Enrichment, Failure> {
    let mut rows = vec![vec![json!("Pod"), json!(said(pod, "/metadata/name"))]];
    let message = message(pod);
    if let Some(message) = message.filter(|message| !message.is_empty()) {
        rows.push(vec![json!("Reason"), json!(message)]);
    }
    let mut blocks = vec![vertical("", &["label", "value"], rows)];
    let events = events_named(case, pod).await?;
    if let Some(message) = message.filter(|message| !message.is_empty()) {
        let failed = events.iter().filter(|event| is_refusal(event));
        let newest = failed.max_by(|one, other| moment(one).cmp(moment(other)));
        let said = newest.map_or(message, |event| word(event, "/note"));
        if lacks_resources(said) {
            blocks.push(Block::markdown(format!(
                "*Pod requires:* {}",
                required(pod)
            )));
        }
    }
    Ok(titled(
        blocks,
        "pending_pod_info",
        "Unscheduled Pod Information",
    ))
}

/// Why the pod is not scheduled, by its own word.
fn message(pod: &Json) -> Option<&str> {
    let mut conditions = items(pod, "/status/conditions");
    let found = conditions.find(|one| said(one, "/type") == Some("PodScheduled"));
    found.and_then(|one| said(one, "/message"))
}

/// Whether the scheduler says in an event of which nodes it speaks.
fn is_refusal(event: &Json) -> bool {
    let is_meant =
        word(event, "/type") == "Warning" && word(event, "/reason") == "FailedScheduling";
    let rest = word(event, "/note").trim_start_matches(|letter: char| letter.is_ascii_digit());
    let rest = rest
        .strip_prefix('/')
        .map(|rest| rest.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    is_meant && rest.is_some_and(|rest| rest.starts_with(" nodes are available:"))
}

fn lacks_resources(message: &str) -> bool {
    let lacks_gpu = message.split("Insufficient ").skip(1).any(|rest| {
        let word = rest.split('/').next().unwrap_or_default();
        rest.strip_prefix(word)
            .is_some_and(|rest| rest.starts_with("/gpu"))
    });
    lacks_gpu || message.contains("Insufficient cpu") || message.contains("Insufficient memory")
}

/// What the pod's containers ask for together.
fn required(pod: &Json) -> String {
    let containers = || items(pod, "/spec/containers");
    let asked = containers().map(|container| pods::resources(container, "requests"));
    let sum = asked.fold(Resources::default(), |sum, one| Resources {
        cpu: sum.cpu + one.cpu,
        memory: sum.memory + one.memory,
    });
    let mut parts = Vec::new();
    if sum.cpu > 0.0 {
        parts.push(format!("{} CPU", float_repr(sum.cpu)));
    }
    if sum.memory > 0 {
        parts.push(format!("{} Memory", sum.memory));
    }
    let mut others: Vec<(String, f64)> = Vec::new();
    for container in containers() {
        let asked = container
            .pointer("/resources/requests")
            .and_then(Json::as_object);
        for (name, amount) in asked.into_iter().flatten() {
            let Ok(amount) = shown(amount).parse::<f64>() else {
                continue;
            };
            match others.iter_mut().find(|(known, _)| known == name) {
                _ if name == "cpu" || name == "memory" => {}
                Some((_, sum)) => *sum += amount,
                None => others.push((name.clone(), amount)),
            }
        }
    }
    parts.extend(
        others
            .iter()
            .map(|(name, amount)| format!("{} {name}", float_repr(*amount))),
    );
    parts.join(", ")
}
