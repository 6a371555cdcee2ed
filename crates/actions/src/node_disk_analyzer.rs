//! `node_disk_analyzer`: what takes the disk of a node. The node's own kubelet says it, so no pod is made to look.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use squall_model::Json;
use squall_model::finding::Block;

use crate::blocks::table;
use crate::cluster::events::no_cluster;
use crate::cluster::{is_name, items, word};
use crate::failure::{Code, Failure};
use crate::{Action, Case};

/// Adds tables of pods and containers.
pub(crate) struct NodeDiskAnalyzer;

#[derive(Deserialize)]
pub(crate) struct Params {
    show_pods: bool,
    show_containers: bool,
}

impl Action for NodeDiskAnalyzer {
    const NAME: &'static str = "node_disk_analyzer";
    const EVENT: &'static str = "NodeEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds how full the disk of the node is that the event is about, and what pods take of it, as the node's kubelet tells it (`nodes/proxy`).",
        "class": "DiskAnalyzerParams",
        "also": ["pods_made"],
        "parameters": {
            "show_pods": {"type": "boolean", "default": true, "description": "Whether what each pod takes is shown."},
            "show_containers": {"type": "boolean", "default": false, "description": "Whether what each container takes is shown."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(node) = case.object("Node").await else {
            case.note("node_disk_analyzer: there is no node");
            return Ok(());
        };
        let name = word(&node, "/metadata/name");
        let summary = summary(case, name).await?;
        let disk = Disk::of(&summary);
        let mut blocks = vec![disk.told(name)];
        if params.show_pods {
            blocks.push(disk.pods());
        }
        if params.show_containers {
            blocks.push(disk.containers());
        }
        case.add_blocks(blocks).await;
        Ok(())
    }
}

async fn summary(case: &Case<'_>, node: &str) -> Result<Json, Failure> {
    let cluster = case.means.cluster.ok_or_else(no_cluster)?;
    let missing = || {
        Failure::new(
            Code::NotFound,
            "the node's kubelet does not say what its disk holds",
        )
    };
    if !is_name(node) {
        return Err(missing());
    }
    let path = format!("/api/v1/nodes/{node}/proxy/stats/summary");
    let found = cluster.get(path).await;
    let found =
        found.map_err(|error| Failure::unexpected("cannot ask the node's kubelet", &error))?;
    found.ok_or_else(missing)
}

/// What a disk holds, in bytes.
struct Disk<'s> {
    used: u64,
    total: u64,
    pods: Vec<Pod<'s>>,
}

struct Pod<'s> {
    namespace: &'s str,
    name: &'s str,
    containers: BTreeMap<&'s str, u64>,
}

impl<'s> Disk<'s> {
    fn of(summary: &'s Json) -> Self {
        let pod = |pod: &'s Json| {
            let mut containers = BTreeMap::new();
            for container in items(pod, "/containers") {
                let size =
                    bytes(container, "/rootfs/usedBytes") + bytes(container, "/logs/usedBytes");
                containers.insert(word(container, "/name"), size);
            }
            Pod {
                namespace: word(pod, "/podRef/namespace"),
                name: word(pod, "/podRef/name"),
                containers,
            }
        };
        Self {
            used: bytes(summary, "/node/fs/usedBytes"),
            total: bytes(summary, "/node/fs/capacityBytes"),
            pods: items(summary, "/pods").map(pod).collect(),
        }
    }

    fn told(&self, node: &str) -> Block {
        let of_pods: u64 = self.pods.iter().map(Pod::size).sum();
        let percent = self.used.saturating_mul(10_000).checked_div(self.total);
        let percent = percent.unwrap_or_default();
        Block::markdown(format!(
            "Disk analysis for node {node} follows.\nThe used disk space is currently at {} out of {} ({}.{:02}%).\nOf this space, {} is used by pods and the rest ({}) is consumed by the node.",
            shown(self.used),
            shown(self.total),
            percent / 100,
            percent % 100,
            shown(of_pods),
            shown(self.used.saturating_sub(of_pods))
        ))
    }

    fn pods(&self) -> Block {
        let mut pods: Vec<&Pod<'_>> = self.pods.iter().collect();
        pods.sort_by_key(|pod| std::cmp::Reverse(pod.size()));
        let rows = pods.iter().map(|pod| {
            vec![
                json!(pod.namespace),
                json!(pod.name),
                json!(shown(pod.size())),
            ]
        });
        let headers = ["pod_namespace", "pod_name", "disk_space"];
        Block::Table(table("", &headers, rows.collect()))
    }

    fn containers(&self) -> Block {
        let mut found: Vec<(&str, &str, &str, u64)> = Vec::new();
        for pod in &self.pods {
            let containers = pod.containers.iter();
            found.extend(containers.map(|(name, size)| (pod.namespace, pod.name, *name, *size)));
        }
        found.sort_by_key(|(namespace, pod, _, size)| (*namespace, *pod, std::cmp::Reverse(*size)));
        let rows = found.iter().map(|(namespace, pod, container, size)| {
            vec![
                json!(namespace),
                json!(pod),
                json!(container),
                json!(shown(*size)),
            ]
        });
        let headers = ["pod_namespace", "pod_name", "container_name", "disk_space"];
        Block::Table(table("", &headers, rows.collect()))
    }
}

impl Pod<'_> {
    fn size(&self) -> u64 {
        self.containers.values().sum()
    }
}

fn bytes(object: &Json, pointer: &str) -> u64 {
    object.pointer(pointer).and_then(Json::as_u64).unwrap_or(0)
}

/// Bytes as people read them, such as `1.5 GiB`.
fn shown(bytes: u64) -> String {
    if bytes < 1024 {
        let unit = if bytes == 1 { "Byte" } else { "Bytes" };
        return format!("{bytes} {unit}");
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut amount = bytes as f64;
    let mut shown = "";
    for unit in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
        amount /= 1024.0;
        shown = unit;
        if amount < 1024.0 {
            break;
        }
    }
    format!("{amount:.1} {shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_told_pod_by_pod() {
        let container = |name: &str, root: u64, logs: u64| json!({"name": name, "rootfs": {"usedBytes": root}, "logs": {"usedBytes": logs}});
        let summary = json!({
            "node": {"fs": {"usedBytes": 50_u64 << 30, "capacityBytes": 80_u64 << 30}},
            "pods": [
                {"podRef": {"namespace": "shop", "name": "web-1"}, "containers": [container("web", 1 << 20, 512), container("side", 3 << 20, 0)]},
                {"podRef": {"namespace": "shop", "name": "db-0"}, "containers": [container("db", 8 << 30, 0)]},
            ],
        });
        let disk = Disk::of(&summary);
        let Block::Markdown(told) = disk.told("node-1") else {
            unreachable!()
        };
        assert_eq!(
            told.text,
            "Disk analysis for node node-1 follows.\nThe used disk space is currently at 50.0 GiB out of 80.0 GiB (62.50%).\n\
             Of this space, 8.0 GiB is used by pods and the rest (42.0 GiB) is consumed by the node."
        );
        let rows = |block: Block| block.as_table().unwrap().rows.clone();
        assert_eq!(rows(disk.pods())[0], ["shop", "db-0", "8.0 GiB"]);
        let containers = rows(disk.containers());
        assert_eq!(containers[0], ["shop", "db-0", "db", "8.0 GiB"]);
        assert_eq!(containers[1], ["shop", "web-1", "side", "3.0 MiB"]);
        assert_eq!(containers[2], ["shop", "web-1", "web", "1.0 MiB"]);
    }

    #[test]
    fn what_is_missing_is_nothing() {
        let nothing = json!({});
        let disk = Disk::of(&nothing);
        let Block::Markdown(told) = disk.told("n") else {
            unreachable!()
        };
        assert!(
            told.text.contains("0 Bytes out of 0 Bytes (0.00%)"),
            "{}",
            told.text
        );
    }
}
