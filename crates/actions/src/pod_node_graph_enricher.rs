//! `pod_node_graph_enricher`: what the node of a pod uses.

use serde::Deserialize;

use crate::blocks::titled;
use crate::cluster::word;
use crate::failure::Failure;
use crate::prometheus::ask::PrometheusParams;
use crate::prometheus::resource::of_node;
use crate::{Action, Case};

/// Adds a graph.
pub(crate) struct PodNodeGraphEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    resource_type: String,
    graph_duration_minutes: i64,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

impl Action for PodNodeGraphEnricher {
    const NAME: &'static str = "pod_node_graph_enricher";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds a graph of what the node uses that the pod is on, from Prometheus.",
        "class": "ResourceGraphEnricherParams",
        "also": ["prometheus"],
        "parameters": {
            "resource_type": {"type": "string", "required": true, "description": "`CPU`, `Memory` or `Disk`."},
            "graph_duration_minutes": {"type": "integer", "default": 60, "description": "How far it goes back."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("pod_node_graph_enricher: there is no pod");
            return Ok(());
        };
        let name = word(&pod, "/spec/nodeName");
        let Some(node) = case.read("Node", "", name).await else {
            case.note(format!(
                "Node {name} not found for pod {}",
                word(&pod, "/metadata/name")
            ));
            return Ok(());
        };
        let wanted = (
            params.resource_type.as_str(),
            params.graph_duration_minutes,
            ["instance"].as_slice(),
        );
        let block = of_node(case, &params.prometheus, &node, wanted).await?;
        case.add_enrichment(titled(vec![block], "graph", "Pod Resources"))
            .await;
        Ok(())
    }
}
