//! Tables about nodes.

use squall_kubernetes::{Error, Kind, Selection};
use squall_model::Json;
use squall_model::finding::Block;

use super::{MOST, is_name, items, pods, word};
use crate::Case;
use crate::blocks::table;
use crate::failure::chain;

/// The pods on a node, each with whether it is ready; nothing if they cannot be listed, which is noted.
pub(crate) async fn running_pods(case: &mut Case<'_>, node: &Json) -> Option<Block> {
    let name = word(node, "/metadata/name");
    let rows = match pods_on(case, name).await? {
        Ok(found) => found,
        Err(error) => {
            case.note(format!(
                "cannot list the pods on the node {name}: {}",
                chain(&error)
            ));
            return None;
        }
    };
    let rows = rows.iter().map(|pod| {
        let text = |pointer: &str| pod.pointer(pointer).cloned().unwrap_or_default();
        vec![
            text("/metadata/namespace"),
            text("/metadata/name"),
            pods::ready(pod).into(),
        ]
    });
    let made = table(
        "Pods running on the node",
        &["namespace", "name", "ready"],
        rows.collect(),
    );
    Some(Block::Table(made))
}

/// The pods on the node of this name; nothing without a cluster.
pub(crate) async fn pods_on(case: &Case<'_>, name: &str) -> Option<Result<Vec<Json>, Error>> {
    if !is_name(name) {
        return Some(Ok(Vec::new()));
    }
    let selection = Selection::default().fields(format!("spec.nodeName={name}"));
    Some(case.means.cluster?.list(&Kind::POD, &selection, MOST).await)
}

/// What of a node pods can have.
pub(crate) fn allocatable(node: &Json, name: &str) -> Block {
    let given = node
        .pointer("/status/allocatable")
        .and_then(Json::as_object);
    let rows = given.into_iter().flatten();
    let rows = rows.map(|(resource, amount)| vec![resource.as_str().into(), amount.clone()]);
    Block::Table(table(name, &["resource", "value"], rows.collect()))
}

/// How a node says it is.
pub(crate) fn status(node: &Json) -> Block {
    let rows = items(node, "/status/conditions").map(|condition| {
        let text = |name: &str| condition.get(name).cloned().unwrap_or_default();
        vec![text("type"), text("status")]
    });
    Block::Table(table(
        "*Node status details:*",
        &["Type", "Status"],
        rows.collect(),
    ))
}
