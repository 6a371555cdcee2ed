//! `pod_events_enricher`: what happened to a pod lately.

use crate::cluster::events::{EventParams, Regarding, add_events};
use crate::failure::Failure;
use crate::{Action, Case};

/// Adds a table of events.
pub(crate) struct PodEventsEnricher;

impl Action for PodEventsEnricher {
    const NAME: &'static str = "pod_events_enricher";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the events of the pod that the event is about, the newest first.",
        "class": "EventEnricherParams",
        "also": ["events"]
    }"#;
    type Params = EventParams;

    async fn run(params: EventParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("pod_events_enricher: there is no pod");
            return Ok(());
        };
        add_events(
            case,
            Regarding::object(&pod),
            &params,
            ("Pod Events", "Pod Events"),
        )
        .await
    }
}
