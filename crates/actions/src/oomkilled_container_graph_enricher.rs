//! `oomkilled_container_graph_enricher`: how much memory a container had when it was killed.

use std::time::Duration;

use serde::Deserialize;

use crate::blocks::titled;
use crate::cluster::pods;
use crate::failure::Failure;
use crate::prometheus::ask::PrometheusParams;
use crate::prometheus::resource::of_container;
use crate::{Action, Case};

/// Adds a graph.
pub(crate) struct OomkilledContainerGraphEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    resource_type: String,
    graph_duration_minutes: i64,
    delay_graph_s: i64,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

/// The longest that a graph is put off.
const LONGEST_DELAY: u64 = 600;

impl Action for OomkilledContainerGraphEnricher {
    const NAME: &'static str = "oomkilled_container_graph_enricher";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds a graph of what the container used that was killed last because it took too much memory, with what it asked for and could have.",
        "class": "OOMGraphEnricherParams",
        "also": ["prometheus"],
        "parameters": {
            "resource_type": {"type": "string", "required": true, "description": "`CPU` or `Memory`."},
            "graph_duration_minutes": {"type": "integer", "default": 60, "description": "How far it goes back."},
            "delay_graph_s": {"type": "integer", "default": 0, "description": "Seconds to wait for the spike to be measured, at most 600."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("oomkilled_container_graph_enricher: there is no pod");
            return Ok(());
        };
        let killed = pods::last_killed(&pod);
        let Some((killed, container)) = killed.and_then(|killed| Some((killed, killed.container?)))
        else {
            case.note("oomkilled_container_graph_enricher: no container was killed");
            return Ok(());
        };
        let delay = u64::try_from(params.delay_graph_s)
            .unwrap_or(0)
            .min(LONGEST_DELAY);
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(delay)) => {}
            () = case.means.cancel.cancelled() => {}
        }
        let wanted = (
            params.resource_type.as_str(),
            params.graph_duration_minutes,
            ["container"].as_slice(),
        );
        let block =
            of_container(case, &params.prometheus, (&pod, killed, container), wanted).await?;
        case.add_enrichment(titled(vec![block], "graph", "Container Info"))
            .await;
        Ok(())
    }
}
