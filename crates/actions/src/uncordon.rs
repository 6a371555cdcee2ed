//! `uncordon`: lets new pods come to a node again.

use crate::cluster::scheduling::{self, Params};
use crate::failure::Failure;
use crate::{Action, Case};

/// Lets new pods come to a node.
pub(crate) struct Uncordon;

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
        let node = scheduling::node(case, Self::NAME).await?;
        scheduling::uncordon(case, Self::NAME, &node, params.dry_run).await
    }
}
