//! `cordon`: keeps new pods from a node.

use crate::cluster::scheduling::{self, Params};
use crate::failure::Failure;
use crate::{Action, Case};

/// Keeps new pods from a node.
pub(crate) struct Cordon;

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
        let node = scheduling::node(case, Self::NAME).await?;
        scheduling::cordon(case, Self::NAME, &node, params.dry_run).await
    }
}
