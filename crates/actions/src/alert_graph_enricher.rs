//! `alert_graph_enricher`: what the pod or node of an alert uses.

use serde::Deserialize;

use crate::blocks::titled;
use crate::failure::Failure;
use crate::prometheus::ask::PrometheusParams;
use crate::prometheus::resource::{Look, Usage, internal_address, usage};
use crate::{Action, Case};

/// Adds a graph.
pub(crate) struct AlertGraphEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    resource_type: String,
    item_type: String,
    graph_duration_minutes: i64,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

impl Action for AlertGraphEnricher {
    const NAME: &'static str = "alert_graph_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds a graph of what the pod, container or node uses that the alert's labels name, from Prometheus.",
        "class": "AlertResourceGraphEnricherParams",
        "also": ["prometheus"],
        "parameters": {
            "resource_type": {"type": "string", "required": true, "description": "`CPU`, `Memory` or `Disk`."},
            "item_type": {"type": "string", "required": true, "description": "`Pod`, `Node` or `Container`."},
            "graph_duration_minutes": {"type": "integer", "default": 60, "description": "How far it goes back; further, if the alert began earlier."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(alert) = case.event.alert().cloned() else {
            return Ok(());
        };
        let mut labels = alert.labels.clone();
        if let Some(node) = case.object("Node").await
            && let Some(address) = internal_address(&node)
        {
            labels.insert("node_internal_ip".to_owned(), address.into());
        }
        let what = Usage {
            resource: &params.resource_type,
            item: &params.item_type,
        };
        let look = Look {
            since: alert.began_at(),
            minutes: params.graph_duration_minutes,
            ..Look::default()
        };
        let block = usage(case, &params.prometheus, &labels, (what, look)).await?;
        case.add_enrichment(titled(vec![block], "graph", "Resources"))
            .await;
        Ok(())
    }
}
