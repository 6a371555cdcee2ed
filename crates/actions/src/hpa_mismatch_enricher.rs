//! `hpa_mismatch_enricher`: why an autoscaler has not as many pods as it wants.

use serde::Deserialize;
use squall_kubernetes::{Kind, Selection};
use squall_model::finding::Block;

use crate::cluster::events::{EventParams, no_cluster};
use crate::cluster::{MOST, word};
use crate::failure::Failure;
use crate::hpa_events_enricher::add_hpa_events;
use crate::text::shown;
use crate::{Action, Case};

/// Adds counts and events.
pub(crate) struct HpaMismatchEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    check_for_metrics_server: bool,
    #[serde(flatten)]
    events: EventParams,
}

const API_SERVICE: Kind =
    Kind::of_cluster("apiregistration.k8s.io", "v1", "APIService", "apiservices");

impl Action for HpaMismatchEnricher {
    const NAME: &'static str = "hpa_mismatch_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds how many pods the HorizontalPodAutoscaler wants and has, its events, and how to get a metrics-server where there is none.",
        "class": "HPAMismatchParams",
        "also": ["events"],
        "parameters": {
            "check_for_metrics_server": {"type": "boolean", "default": true, "description": "Whether to look for a metrics-server."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(hpa) = case.object("HorizontalPodAutoscaler").await else {
            case.note("hpa_mismatch_enricher: there is no autoscaler");
            return Ok(());
        };
        if params.check_for_metrics_server
            && let Some(text) = missing_server(case).await?
        {
            case.add_blocks(vec![Block::markdown(text)]).await;
        }
        let count = |pointer: &str| {
            hpa.pointer(pointer)
                .map_or_else(|| "None".to_owned(), shown)
        };
        let text = format!(
            "*Replicas: Desired ({}) --> Running ({})*",
            count("/status/desiredReplicas"),
            count("/status/currentReplicas")
        );
        case.add_blocks(vec![Block::markdown(text)]).await;
        add_hpa_events(&params.events, case).await
    }
}

/// What to do if there is no metrics-server, or nobody is told of it.
async fn missing_server(case: &Case<'_>) -> Result<Option<String>, Failure> {
    let cluster = case.means.cluster.ok_or_else(no_cluster)?;
    let failed = |error| Failure::unexpected("cannot look for a metrics-server", &error);
    let services = cluster
        .list(&API_SERVICE, &Selection::default(), MOST)
        .await
        .map_err(failed)?;
    let is_told = services
        .iter()
        .any(|one| word(one, "/spec/service/name").contains("metrics-server"));
    let labelled = Selection::default().labels("k8s-app=metrics-server");
    let servers = cluster
        .list(&Kind::DEPLOYMENT, &labelled, 1)
        .await
        .map_err(failed)?;
    let (what, url) = match (is_told, servers.is_empty()) {
        (true, false) => return Ok(None),
        (false, false) => (
            "metrics-server API service",
            "https://raw.githubusercontent.com/kubernetes-sigs/metrics-server/master/manifests/base/apiservice.yaml",
        ),
        (_, true) => (
            "metrics-server",
            "https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml",
        ),
    };
    Ok(Some(format!(
        "The HPA cannot function because a metrics API was not found.\n\nYou can fix this by deploying {what}:\n\n```kubectl apply -f {url}```"
    )))
}
