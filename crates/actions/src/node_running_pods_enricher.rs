//! `node_running_pods_enricher`: what runs on a node.

use crate::cluster::nodes::running_pods;
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Adds a table of pods.
pub(crate) struct NodeRunningPodsEnricher;

impl Action for NodeRunningPodsEnricher {
    const NAME: &'static str = "node_running_pods_enricher";
    const EVENT: &'static str = "NodeEvent";
    const DEFINITION: &'static str = r#"{"description": "Adds the pods on the node that the event is about, each with whether it is ready."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(node) = case.object("Node").await else {
            case.note("node_running_pods_enricher: there is no node");
            return Ok(());
        };
        if let Some(block) = running_pods(case, &node).await {
            case.add_blocks(vec![block]).await;
        }
        Ok(())
    }
}
