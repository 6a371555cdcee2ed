//! `pod_graph_enricher`: what a pod uses.

use serde::Deserialize;
use squall_model::{Json, Object};

use crate::blocks::titled;
use crate::cluster::{items, pods, word};
use crate::failure::Failure;
use crate::prometheus::ask::PrometheusParams;
use crate::prometheus::graph::Mark;
use crate::prometheus::resource::{Look, Usage, usage};
use crate::{Action, Case};

/// Adds a graph.
pub(crate) struct PodGraphEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    resource_type: String,
    graph_duration_minutes: i64,
    display_limits: bool,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

impl Action for PodGraphEnricher {
    const NAME: &'static str = "pod_graph_enricher";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds a graph of what the pod uses that the event is about, from Prometheus.",
        "class": "PodResourceGraphEnricherParams",
        "also": ["prometheus"],
        "parameters": {
            "resource_type": {"type": "string", "required": true, "description": "`CPU` or `Memory`."},
            "graph_duration_minutes": {"type": "integer", "default": 60, "description": "How far it goes back."},
            "display_limits": {"type": "boolean", "default": false, "description": "Whether what the pod asks for and may use at most is shown too."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("pod_graph_enricher: there is no pod");
            return Ok(());
        };
        let mut labels = Object::new();
        labels.insert("pod".to_owned(), word(&pod, "/metadata/name").into());
        labels.insert(
            "namespace".to_owned(),
            word(&pod, "/metadata/namespace").into(),
        );
        let look = Look {
            minutes: params.graph_duration_minutes,
            marks: if params.display_limits {
                marks(&pod, &params.resource_type)
            } else {
                Vec::new()
            },
            legend_labels: Some(&["pod"]),
            ..Look::default()
        };
        let what = Usage {
            resource: &params.resource_type,
            item: "Pod",
        };
        let block = usage(case, &params.prometheus, &labels, (what, look)).await?;
        case.add_enrichment(titled(vec![block], "graph", "Pod Resources"))
            .await;
        Ok(())
    }
}

/// What all containers of a pod may use, and ask for.
fn marks(pod: &Json, resource: &str) -> Vec<Mark> {
    let sum = |which: &str| {
        let containers = items(pod, "/spec/containers").map(|one| pods::resources(one, which));
        containers
            .map(|given| pods::amount(given, resource))
            .sum::<f64>()
    };
    let marks = [Mark::Limit(sum("limits")), Mark::Request(sum("requests"))];
    marks
        .into_iter()
        .filter(|mark| mark.value() > 0.0)
        .collect()
}
