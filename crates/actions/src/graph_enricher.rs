//! `graph_enricher`: a graph of the query that an alert comes from.

use serde::Deserialize;

use crate::blocks::titled;
use crate::failure::Failure;
use crate::prometheus::ask::PrometheusParams;
use crate::prometheus::graph::{Wanted, graph};
use crate::{Action, Case};

/// Adds a graph.
pub(crate) struct GraphEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    graph_duration_minutes: i64,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

impl Action for GraphEnricher {
    const NAME: &'static str = "graph_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds a graph of the query that the alert comes from.",
        "class": "GraphEnricherParams",
        "also": ["prometheus"],
        "parameters": {
            "graph_duration_minutes": {"type": "integer", "default": 60, "description": "How far it goes back; further, if the alert began earlier."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(alert) = case.event.alert() else {
            return Ok(());
        };
        let wanted = Wanted {
            query: alert.query(),
            since: alert.began_at(),
            minutes: params.graph_duration_minutes,
            ..Wanted::default()
        };
        let block = graph(case, &params.prometheus, wanted).await?;
        case.add_enrichment(titled(vec![block], "graph", "Alert Expression Graph"))
            .await;
        Ok(())
    }
}
