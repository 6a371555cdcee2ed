//! `uncordon`: lets new pods come to a node again.

use serde::Deserialize;

use crate::cluster::scheduling;
use crate::failure::{Code, Failure};
use crate::{Action, Case};

/// Lets new pods come to a node.
pub(crate) struct Uncordon;

#[derive(Deserialize)]
pub(crate) struct Params {
    dry_run: bool,
}

impl Action for Uncordon {
    const NAME: &'static str = "uncordon";
    const EVENT: &'static str = "NodeEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Lets new pods come to the node that the event is about.",
        "class": "UncordonParams",
        "changes_cluster": true
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(node) = case.object("Node").await else {
            return Err(Failure::new(
                Code::NotFound,
                "Failed to get node for uncordon",
            ));
        };
        scheduling::uncordon(case, Self::NAME, &node, params.dry_run).await
    }
}
