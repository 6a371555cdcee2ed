//! `enrich_pod_with_node_events`: what happened to a pod's node lately.

use crate::cluster::events::{EventParams, Regarding, add_events};
use crate::cluster::word;
use crate::failure::Failure;
use crate::{Action, Case};

/// Adds a table of events.
pub(crate) struct EnrichPodWithNodeEvents;

impl Action for EnrichPodWithNodeEvents {
    const NAME: &'static str = "enrich_pod_with_node_events";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the events of the node that the pod is on, the newest first.",
        "class": "EventEnricherParams",
        "also": ["events"]
    }"#;
    type Params = EventParams;

    async fn run(params: EventParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("enrich_pod_with_node_events: there is no pod");
            return Ok(());
        };
        let regarding = Regarding {
            kind: "Node",
            name: word(&pod, "/spec/nodeName"),
            namespace: "",
        };
        add_events(case, regarding, &params, ("Node Events", "Node Events")).await
    }
}
