//! `pod_evicted_enricher`: a finding about a pod that had to leave its node.

use serde_json::json;
use squall_model::finding::{Block, Severity, Subject};

use crate::blocks::{table, titled};
use crate::cluster::nodes::{allocatable, running_pods, status};
use crate::cluster::word;
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Reports an evicted pod.
pub(crate) struct PodEvictedEnricher;

impl Action for PodEvictedEnricher {
    const NAME: &'static str = "pod_evicted_enricher";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{"description": "Makes a finding about a pod that was evicted: how its node is, what it has for pods, and what runs on it."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("pod_evicted_enricher: there is no pod");
            return Ok(());
        };
        let node_name = word(&pod, "/spec/nodeName");
        let Some(node) = case.read("Node", "", node_name).await else {
            case.note("pod_evicted_enricher: there is no node");
            return Ok(());
        };
        let (name, namespace) = (
            word(&pod, "/metadata/name"),
            word(&pod, "/metadata/namespace"),
        );
        let title = format!("Pod {name} in namespace {namespace} was Evicted");
        let mut finding = case.finding(title, "PodEvictedTriggered");
        finding.severity = Severity::High;
        finding.subject = Subject::of(&pod);
        finding.stamp();
        let general = vec![vec![json!("Node Name"), json!(node_name)]];
        let blocks = vec![
            Block::Table(table("*Node general info:*", &["Field", "Value"], general)),
            status(&node),
            allocatable(&node, "*Node Allocatable Resources:*"),
        ];
        finding
            .enrichments
            .push(titled(blocks, "node_info", "Node Info"));
        case.add_finding(&finding);
        if let Some(block) = running_pods(case, &node).await {
            case.add_blocks(vec![block]).await;
        }
        Ok(())
    }
}
