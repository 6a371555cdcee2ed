//! `cpu_throttling_analysis_enricher`: why a pod gets less processor than it wants.

use squall_model::Json;
use squall_model::finding::{Block, Enrichment};

use crate::cluster::{items, pods, said, word};
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Explains throttling.
pub(crate) struct CpuThrottlingAnalysisEnricher;

const METRICS_SERVER: [&str; 2] = [
    "📘 *Alert Explanation:* This alert is likely due to a known issue with metrics-server. <https://github.com/kubernetes/autoscaler/issues/4141|The default metrics-server deployment has cpu limits which are too low.>",
    "🛠 *Robusta's Recommendation:* Increase the CPU limit for the metrics-server deployment. Note that metrics-server does *not* respect normal cpu limits. For instructions on fixing this issue, see the <https://github.com/robusta-dev/alert-explanations/wiki/CPUThrottlingHigh-on-metrics-server-(Prometheus-alert)|Robusta wiki>.",
];

const LIMITED: [&str; 2] = [
    "📘 *Alert Explanation:* This pod is throttled due to its CPU limit. This can occur even when CPU usage is far below the limit. <https://github.com/robusta-dev/alert-explanations/wiki/CPUThrottlingHigh-(Prometheus-Alert)|Learn more.>",
    "🛠 *Robusta's Recommendation:* Remove this pod's CPU limit entirely. <https://home.robusta.dev/blog/stop-using-cpu-limits/|Using CPU limits is *not* a best practice.>",
];

const GREEDY: [&str; 1] = [
    "📘 *Alert Explanation:* This pod is throttled because it is using more CPU than its request and the node doesn't have spare CPU to give. Increase the pod's CPU request. This will impact Kubernetes' scheduling decisions and guarantee the pod is placed on a node with sufficient CPU to match the new request.",
];

impl Action for CpuThrottlingAnalysisEnricher {
    const NAME: &'static str = "cpu_throttling_analysis_enricher";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{"description": "Adds why the pod is throttled that the event is about, and what to do. Where nothing can be done (GKE's own metrics-server) the processing ends."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("cpu_throttling_analysis_enricher: there is no pod");
            return Ok(());
        };
        let is_metrics_server = word(&pod, "/metadata/name").starts_with("metrics-server-");
        let mut tolerations = items(&pod, "/spec/tolerations");
        let is_managed = tolerations
            .any(|one| said(one, "/key") == Some("components.gke.io/gke-managed-components"));
        let texts: &[&str] = match (is_metrics_server, has_limit(&pod)) {
            (true, _) if is_managed => {
                case.stopped = true;
                return Ok(());
            }
            (true, true) => &METRICS_SERVER,
            (false, true) => &LIMITED,
            (_, false) => &GREEDY,
        };
        let blocks = texts.iter().map(|text| Block::markdown(*text));
        let mut enrichment = Enrichment::of(blocks.collect());
        enrichment
            .annotations
            .insert("unfurl".to_owned(), false.into());
        case.add_enrichment(enrichment).await;
        Ok(())
    }
}

fn has_limit(pod: &Json) -> bool {
    items(pod, "/spec/containers")
        .any(|container| pods::is_there(container, "/resources/limits/cpu"))
}
