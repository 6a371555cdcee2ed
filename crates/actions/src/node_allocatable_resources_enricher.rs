//! `node_allocatable_resources_enricher`: what of a node pods can have.

use crate::cluster::nodes::allocatable;
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Adds a table of resources.
pub(crate) struct NodeAllocatableResourcesEnricher;

const TITLE: &str =
    "Node Allocatable Resources - The amount of compute resources that are available for pods";

impl Action for NodeAllocatableResourcesEnricher {
    const NAME: &'static str = "node_allocatable_resources_enricher";
    const EVENT: &'static str = "NodeEvent";
    const DEFINITION: &'static str =
        r#"{"description": "Adds what pods can have of the node that the event is about."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        match case.object("Node").await {
            Some(node) => case.add_blocks(vec![allocatable(&node, TITLE)]).await,
            None => case.note("node_allocatable_resources_enricher: there is no node"),
        }
        Ok(())
    }
}
