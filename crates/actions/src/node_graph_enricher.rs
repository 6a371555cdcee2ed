//! `node_graph_enricher`: what a node uses.

use serde::Deserialize;

use crate::blocks::titled;
use crate::failure::Failure;
use crate::prometheus::ask::PrometheusParams;
use crate::prometheus::resource::of_node;
use crate::{Action, Case};

/// Adds a graph.
pub(crate) struct NodeGraphEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    resource_type: String,
    graph_duration_minutes: i64,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

impl Action for NodeGraphEnricher {
    const NAME: &'static str = "node_graph_enricher";
    const EVENT: &'static str = "NodeEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds a graph of what the node uses that the event is about, from Prometheus.",
        "class": "ResourceGraphEnricherParams",
        "also": ["prometheus"],
        "parameters": {
            "resource_type": {"type": "string", "required": true, "description": "`CPU`, `Memory` or `Disk`."},
            "graph_duration_minutes": {"type": "integer", "default": 60, "description": "How far it goes back."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(node) = case.object("Node").await else {
            case.note("node_graph_enricher: there is no node");
            return Ok(());
        };
        let wanted = (
            params.resource_type.as_str(),
            params.graph_duration_minutes,
            ["instance", "node"].as_slice(),
        );
        let block = of_node(case, &params.prometheus, &node, wanted).await?;
        case.add_enrichment(titled(vec![block], "graph", "Node Resources"))
            .await;
        Ok(())
    }
}
