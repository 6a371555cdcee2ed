//! Whether new pods may come to a node.

use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde_json::json;
use squall_kubernetes::Ask;
use squall_model::Json;
use squall_model::finding::Block;

use super::change::Change;
use super::word;
use crate::Case;
use crate::failure::{Code, Failure, chain};

/// What both are told.
#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    pub(crate) dry_run: bool,
}

/// The node that the event is about.
pub(crate) async fn node(case: &mut Case<'_>, action: &'static str) -> Result<Arc<Json>, Failure> {
    let gone = || Failure::new(Code::NotFound, format!("Failed to get node for {action}"));
    case.object("Node").await.ok_or_else(gone)
}

/// Keeps new pods from a node.
pub(crate) async fn cordon(
    case: &mut Case<'_>,
    action: &'static str,
    node: &Json,
    dry_run: bool,
) -> Result<(), Failure> {
    let name = word(node, "/metadata/name");
    if node.pointer("/spec/unschedulable") == Some(&Json::Bool(true)) {
        case.add_blocks(vec![Block::markdown(format!(
            "Node {name} already cordoned"
        ))])
        .await;
        return Ok(());
    }
    let change = change(action, "cordon", node, dry_run);
    if let Err(error) = set(case, &change, true).await? {
        let text = format!("Failed to cordon node {name} {}", chain(&error));
        return Err(Failure::new(Code::Unexpected, text));
    }
    let text = change.told(format!("Node {name} cordoned"));
    case.add_blocks(vec![Block::markdown(text)]).await;
    Ok(())
}

/// Lets new pods come to a node again.
pub(crate) async fn uncordon(
    case: &mut Case<'_>,
    action: &'static str,
    node: &Json,
    dry_run: bool,
) -> Result<(), Failure> {
    let name = word(node, "/metadata/name");
    if node.pointer("/spec/unschedulable") == Some(&Json::Bool(false)) {
        case.add_blocks(vec![Block::markdown(format!(
            "Node {name} already uncordoned"
        ))])
        .await;
        return Ok(());
    }
    let change = change(action, "uncordon", node, dry_run);
    if let Err(error) = set(case, &change, false).await? {
        let text = format!("Failed to uncordoned node {name} {}", chain(&error));
        return Err(Failure::new(Code::Unexpected, text));
    }
    let text = change.told(format!("Node {name} uncordoned"));
    case.add_blocks(vec![Block::markdown(text)]).await;
    Ok(())
}

fn change<'o>(
    action: &'static str,
    verb: &'static str,
    node: &'o Json,
    dry_run: bool,
) -> Change<'o> {
    Change {
        action,
        verb,
        object: node,
        watched: &["/spec/unschedulable"],
        dry_run,
    }
}

async fn set(
    case: &mut Case<'_>,
    change: &Change<'_>,
    unschedulable: bool,
) -> Result<Result<(), squall_kubernetes::Error>, Failure> {
    let ask = Ask::new(Method::PATCH, case.path_of(change.object)?);
    let ask = ask.body(json!({"spec": {"unschedulable": unschedulable}}));
    Ok(change.make(case, ask).await)
}
