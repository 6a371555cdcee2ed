//! `pod_oom_killer_enricher`: a finding about a pod of which a container took too much memory.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Block, Finding, Severity, Source, Subject};

use crate::blocks::{table, titled};
use crate::cluster::logs::LogParams;
use crate::cluster::{pods, quantity, said, word};
use crate::failure::Failure;
use crate::logs_enricher::add_logs;
use crate::prometheus::ask::PrometheusParams;
use crate::prometheus::resource::{of_container, of_node};
use crate::{Action, Case};

/// Reports a container that was killed.
pub(crate) struct PodOomKillerEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    attach_logs: Option<bool>,
    container_memory_graph: Option<bool>,
    node_memory_graph: Option<bool>,
    dmesg_log: Option<bool>,
    graph_duration_minutes: i64,
    delay_graph_s: i64,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

/// The longest that a graph is put off.
const LONGEST_DELAY: u64 = 600;

impl Action for PodOomKillerEnricher {
    const NAME: &'static str = "pod_oom_killer_enricher";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Makes a finding about a pod of which a container was killed because it took too much memory: what it asked for and could have, and how much of its node's memory is taken.",
        "class": "OomKillParams",
        "also": ["prometheus", "pods_made"],
        "parameters": {
            "attach_logs": {"type": ["boolean", "null"], "default": false, "description": "Whether the container's logs are added."},
            "container_memory_graph": {"type": ["boolean", "null"], "default": false, "description": "Whether a graph of the container's memory is added."},
            "node_memory_graph": {"type": ["boolean", "null"], "default": false, "description": "Whether a graph of the node's memory is added."},
            "dmesg_log": {"type": ["boolean", "null"], "default": false, "description": "Not done: it needs a privileged pod on the node."},
            "graph_duration_minutes": {"type": "integer", "default": 60, "description": "How far the graphs go back."},
            "delay_graph_s": {"type": "integer", "default": 0, "description": "Seconds to wait for the spike to be measured, at most 600."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("pod_oom_killer_enricher: there is no pod");
            return Ok(());
        };
        let (name, namespace) = (
            word(&pod, "/metadata/name"),
            word(&pod, "/metadata/namespace"),
        );
        let title = format!("Pod {name} in namespace {namespace} OOMKilled results");
        let mut finding = case.finding(title, "PodOOMKilled");
        finding.source = Some(Source::KubernetesApiServer);
        finding.severity = Severity::High;
        finding.subject = Subject::of(&pod);
        finding.stamp();
        let node_name = word(&pod, "/spec/nodeName");
        match case.read("Node", "", node_name).await {
            Some(node) => add_node(case, &mut finding, &node, &params).await?,
            None => case.note(format!(
                "Node {node_name} not found for OOMKilled pod {name}"
            )),
        }
        let mut container = None;
        match pods::last_killed(&pod) {
            Some(killed) => {
                container = killed.container.and_then(|one| said(one, "/name"));
                add_container(case, &mut finding, (&pod, killed), &params).await?;
            }
            None => case.note(format!("could not find OOMKilled status in pod {name}")),
        }
        if params.dmesg_log == Some(true) {
            case.note("pod_oom_killer_enricher: the node's kernel log is not read");
        }
        case.add_finding(&finding);
        match container {
            Some(container) if params.attach_logs == Some(true) => {
                let logs = LogParams {
                    container_name: Some(container.to_owned()),
                    ..LogParams::default()
                };
                add_logs(&logs, case).await
            }
            _ => Ok(()),
        }
    }
}

async fn add_node(
    case: &Case<'_>,
    finding: &mut Finding,
    node: &Json,
    params: &Params,
) -> Result<(), Failure> {
    let memory = |of: &str| {
        let amount = node.pointer(&format!("/status/{of}/memory"));
        quantity::mebibytes(&amount.map(crate::text::shown).unwrap_or_default())
    };
    let (allocatable, capacity) = (memory("allocatable"), memory("capacity"));
    #[expect(clippy::cast_precision_loss, reason = "Python divides so")]
    let share = match capacity {
        0 => 0.0,
        _ => (capacity - allocatable) as f64 * 100.0 / capacity as f64,
    };
    let taken = format!("{share:.2}% out of {allocatable}MB allocatable");
    let rows = vec![
        vec![json!("Node Name"), json!(said(node, "/metadata/name"))],
        vec![json!("Node allocated memory"), json!(taken)],
    ];
    let mut blocks = vec![Block::Table(table(
        "*Node Info*",
        &["field", "value"],
        rows,
    ))];
    if params.node_memory_graph == Some(true) {
        let wanted = ("Memory", params.graph_duration_minutes, ["pod"].as_slice());
        blocks.push(of_node(case, &params.prometheus, node, wanted).await?);
    }
    finding
        .enrichments
        .push(titled(blocks, "node_info", "Node Info"));
    Ok(())
}

async fn add_container(
    case: &Case<'_>,
    finding: &mut Finding,
    (pod, killed): (&Json, pods::Killed<'_>),
    params: &Params,
) -> Result<(), Failure> {
    let mut blocks = vec![Block::Table(table(
        "*Container Info*",
        &["field", "value"],
        rows(pod, killed),
    ))];
    if let (Some(true), Some(container)) = (params.container_memory_graph, killed.container) {
        let delay = u64::try_from(params.delay_graph_s)
            .unwrap_or(0)
            .min(LONGEST_DELAY);
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(delay)) => {}
            () = case.means.cancel.cancelled() => {}
        }
        let wanted = ("Memory", params.graph_duration_minutes, ["pod"].as_slice());
        blocks
            .push(of_container(case, &params.prometheus, (pod, killed, container), wanted).await?);
    }
    finding
        .enrichments
        .push(titled(blocks, "container_info", "Container Info"));
    Ok(())
}

fn rows(pod: &Json, killed: pods::Killed<'_>) -> Vec<Vec<Json>> {
    let text = |pointer: &str| pod.pointer(pointer).cloned().unwrap_or_default();
    let mut rows = vec![
        vec![json!("Pod"), text("/metadata/name")],
        vec![json!("Namespace"), text("/metadata/namespace")],
    ];
    if let Some(container) = killed.container {
        let amount = |which: &str, word: &str| match pods::resources(container, which).memory {
            0 => format!("No {word}"),
            amount => format!("{amount}MB {word}"),
        };
        let memory = format!(
            "{}, {}",
            amount("requests", "request"),
            amount("limits", "limit")
        );
        rows.push(vec![json!("Container memory"), json!(memory)]);
        rows.push(vec![
            json!("Container name"),
            json!(said(container, "/name")),
        ]);
    }
    for (member, shown) in [
        ("/startedAt", "Container started at"),
        ("/finishedAt", "Container finished at"),
    ] {
        if let Some(at) = said(killed.terminated, member).filter(|at| !at.is_empty()) {
            rows.push(vec![json!(shown), json!(at)]);
        }
    }
    rows
}
