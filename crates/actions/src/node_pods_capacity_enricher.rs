//! `node_pods_capacity_enricher`: how many pods a node has, and may have.

use squall_model::Json;
use squall_model::finding::Block;

use crate::cluster::nodes::pods_on;
use crate::cluster::{items, pods, word};
use crate::failure::Failure;
use crate::text::shown;
use crate::{Action, Case, NoParams};

/// Adds counts.
pub(crate) struct NodePodsCapacityEnricher;

impl Action for NodePodsCapacityEnricher {
    const NAME: &'static str = "node_pods_capacity_enricher";
    const EVENT: &'static str = "NodeEvent";
    const DEFINITION: &'static str = r#"{"description": "Adds how many pods run on the node that the event is about, how many may, and how many of them ask for nothing."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(node) = case.object("Node").await else {
            case.note("node_pods_capacity_enricher: there is no node");
            return Ok(());
        };
        let name = word(&node, "/metadata/name");
        let found = pods_on(case, name).await.unwrap_or_else(|| Ok(Vec::new()));
        let mut running =
            found.map_err(|error| Failure::unexpected("cannot list the node's pods", &error))?;
        running.retain(|pod| word(pod, "/status/phase").eq_ignore_ascii_case("running"));
        let mut greedy = String::new();
        for resource in ["cpu", "memory"] {
            let count = running
                .iter()
                .filter(|pod| !asks_for(pod, resource))
                .count();
            if count > 0 {
                greedy.push_str(&count.to_string());
                greedy.extend([" pods don't have ", resource, " request. "]);
            }
        }
        let capacity = node
            .pointer("/status/capacity/pods")
            .map(shown)
            .filter(|pods| !pods.is_empty());
        let capacity = capacity.map_or_else(String::new, |pods| {
            format!(" and the maximum capacity for pods on this node is {pods}")
        });
        let text = format!(
            "*On the node {name}, there are currently {} pods running{capacity}.*\n{greedy}",
            running.len()
        );
        case.add_blocks(vec![Block::markdown(text)]).await;
        Ok(())
    }
}

/// Whether one of its containers does.
fn asks_for(pod: &Json, resource: &str) -> bool {
    let pointer = format!("/resources/requests/{resource}");
    items(pod, "/spec/containers").any(|container| pods::is_there(container, &pointer))
}
