//! `deployment_events_enricher`: what happened to a deployment lately, or to its pods.

use serde::Deserialize;

use crate::cluster::events::{EventParams, Regarding, add_events};
use crate::cluster::jobs::{selected, selector};
use crate::cluster::word;
use crate::failure::Failure;
use crate::{Action, Case};

/// Adds tables of events.
pub(crate) struct DeploymentEventsEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    dependent_pod_mode: bool,
    max_pods: i64,
    #[serde(flatten)]
    events: EventParams,
}

impl Action for DeploymentEventsEnricher {
    const NAME: &'static str = "deployment_events_enricher";
    const EVENT: &'static str = "DeploymentEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the events of the deployment that the event is about, or of those of its pods that do not run.",
        "class": "ExtendedEventEnricherParams",
        "also": ["events"],
        "parameters": {
            "dependent_pod_mode": {"type": "boolean", "default": false, "description": "Whether the events are those of its pods."},
            "max_pods": {"type": "integer", "default": 1, "description": "Of how many pods at most."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(deployment) = case.object("Deployment").await else {
            case.note("deployment_events_enricher: there is no deployment");
            return Ok(());
        };
        if !params.dependent_pod_mode {
            let names = ("Deployment Events", "Deployment Events");
            return add_events(case, Regarding::object(&deployment), &params.events, names).await;
        }
        let namespace = word(&deployment, "/metadata/namespace");
        let labels = selector(deployment.pointer("/spec/selector"));
        let pods = match selected(case, namespace, &labels, Some("status.phase!=Running")).await {
            Some(pods) => pods.map_err(|error| {
                Failure::unexpected("cannot list the deployment's pods", &error)
            })?,
            None => Vec::new(),
        };
        for pod in pods
            .iter()
            .take(usize::try_from(params.max_pods).unwrap_or(0))
        {
            let name = format!("Pod events for {}", word(pod, "/metadata/name"));
            add_events(
                case,
                Regarding::object(pod),
                &params.events,
                (&name, "Deployment Events"),
            )
            .await?;
        }
        Ok(())
    }
}
