//! `logs_enricher`: a pod's logs, and how its crashed containers are.

use squall_model::finding::Block;

use crate::blocks::titled;
use crate::cluster::logs::{LogParams, log_block};
use crate::cluster::{pods, said};
use crate::failure::Failure;
use crate::{Action, Case};

/// Adds logs.
pub(crate) struct LogsEnricher;

impl Action for LogsEnricher {
    const NAME: &'static str = "logs_enricher";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the logs of the pod that the event is about, and what is known of its crashed containers.",
        "class": "LogEnricherParams",
        "also": ["logs"]
    }"#;
    type Params = LogParams;

    async fn run(params: LogParams, case: &mut Case<'_>) -> Result<(), Failure> {
        add_logs(&params, case).await
    }
}

/// Adds the logs of the event's pod.
pub(crate) async fn add_logs(params: &LogParams, case: &mut Case<'_>) -> Result<(), Failure> {
    let Some(pod) = case.object("Pod").await else {
        if params.warn_on_missing_label {
            let text = "Cannot fetch logs because the pod is unknown. The alert has no `pod` label";
            case.add_blocks(vec![Block::markdown(text)]).await;
        }
        return Ok(());
    };
    params.check()?;
    let told = case.subject().await.container.unwrap_or_default();
    let is_its_own = pods::statuses(&pod).any(|status| said(status, "/name") == Some(&told));
    let container = match params.container_name.as_deref() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ if is_its_own => told,
        _ => pods::first_container(&pod).unwrap_or_default().to_owned(),
    };
    for report in pods::crash_reports(&pod) {
        case.add_enrichment(report).await;
    }
    let block = log_block(case, &pod, &container, params).await?;
    case.add_enrichment(titled(vec![block], "text_file", "Logs"))
        .await;
    Ok(())
}
