//! `status_enricher`: how an object says it is.

use serde::Deserialize;
use squall_model::Json;
use squall_model::finding::Block;

use crate::blocks::table;
use crate::cluster::{items, word};
use crate::failure::Failure;
use crate::{Action, Case};

/// Adds conditions.
pub(crate) struct StatusEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    show_details: bool,
}

impl Action for StatusEnricher {
    const NAME: &'static str = "status_enricher";
    const EVENT: &'static str = "KubernetesResourceEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the conditions of the object that the event is about.",
        "class": "StatusEnricherParams",
        "parameters": {
            "show_details": {"type": "boolean", "default": false, "description": "Whether their messages are shown."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(object) = case.resource().await else {
            case.note("status_enricher: there is no object");
            return Ok(());
        };
        let mut headers = vec!["Type", "Status"];
        let mut members = vec!["type", "status"];
        if params.show_details {
            headers.push("Message");
            members.push("message");
        }
        let row = |condition: &Json| -> Vec<Json> {
            let text = |name: &&str| condition.get(*name).cloned().unwrap_or_default();
            members.iter().map(text).collect()
        };
        let rows: Vec<Vec<Json>> = items(&object, "/status/conditions").map(row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let name = format!("*{} status details:*", word(&object, "/kind"));
        case.add_blocks(vec![Block::Table(table(&name, &headers, rows))])
            .await;
        Ok(())
    }
}
