//! `hpa_events_enricher`: what happened to an autoscaler lately.

use crate::cluster::events::{EventParams, Regarding, add_events};
use crate::failure::Failure;
use crate::{Action, Case};

/// Adds a table of events.
pub(crate) struct HpaEventsEnricher;

impl Action for HpaEventsEnricher {
    const NAME: &'static str = "hpa_events_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the events of the HorizontalPodAutoscaler that the alert is about, the newest first.",
        "class": "EventEnricherParams",
        "also": ["events"]
    }"#;
    type Params = EventParams;

    async fn run(params: EventParams, case: &mut Case<'_>) -> Result<(), Failure> {
        add_hpa_events(&params, case).await
    }
}

/// Adds the events of the alert's autoscaler, if there is one.
pub(crate) async fn add_hpa_events(
    params: &EventParams,
    case: &mut Case<'_>,
) -> Result<(), Failure> {
    let Some(hpa) = case.object("HorizontalPodAutoscaler").await else {
        case.note("hpa_events_enricher: there is no autoscaler");
        return Ok(());
    };
    add_events(
        case,
        Regarding::object(&hpa),
        params,
        ("*HPA events:*", "HPA Events"),
    )
    .await
}
