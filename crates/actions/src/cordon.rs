//! `cordon`: keeps new pods from a node.

use serde::Deserialize;

use crate::cluster::scheduling;
use crate::failure::{Code, Failure};
use crate::{Action, Case};

/// Keeps new pods from a node.
pub(crate) struct Cordon;

#[derive(Deserialize)]
pub(crate) struct Params {
    dry_run: bool,
}

impl Action for Cordon {
    const NAME: &'static str = "cordon";
    const EVENT: &'static str = "NodeEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Keeps new pods from the node that the event is about.",
        "class": "CordonParams",
        "changes_cluster": true
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(node) = case.object("Node").await else {
            return Err(Failure::new(
                Code::NotFound,
                "Failed to get node for cordon",
            ));
        };
        scheduling::cordon(case, Self::NAME, &node, params.dry_run).await
    }
}
