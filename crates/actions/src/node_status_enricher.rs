//! `node_status_enricher`: how a node says it is.

use crate::cluster::nodes::status;
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Adds conditions.
pub(crate) struct NodeStatusEnricher;

impl Action for NodeStatusEnricher {
    const NAME: &'static str = "node_status_enricher";
    const EVENT: &'static str = "NodeEvent";
    const DEFINITION: &'static str =
        r#"{"description": "Adds the conditions of the node that the event is about."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        match case.object("Node").await {
            Some(node) => case.add_blocks(vec![status(&node)]).await,
            None => case.note("node_status_enricher: there is no node"),
        }
        Ok(())
    }
}
