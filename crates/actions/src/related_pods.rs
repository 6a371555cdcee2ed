//! `related_pods`: the pods of a workload or a node.

use serde::Deserialize;
use serde_json::json;
use squall_kubernetes::{Kind, Selection};
use squall_model::Json;
use squall_model::finding::{Block, TextOfJson};

use crate::blocks::table;
use crate::cluster::events::no_cluster;
use crate::cluster::jobs::{pods_of, selector};
use crate::cluster::nodes::pods_on;
use crate::cluster::pods::{self, Resources};
use crate::cluster::{MOST, is_name, items, said, word};
use crate::failure::{Code, Failure};
use crate::{Action, Case};

/// Lists pods.
pub(crate) struct RelatedPods;

#[derive(Deserialize)]
pub(crate) struct Params {
    output_format: String,
    include_raw_data: bool,
    limit: Option<i64>,
}

const HEADERS: [&str; 14] = [
    "name",
    "namespace",
    "cluster",
    "node",
    "cpu limit",
    "cpu request",
    "memory limit",
    "memory request",
    "creation_time",
    "restarts",
    "addresses",
    "containers",
    "status",
    "status reason",
];

impl Action for RelatedPods {
    const NAME: &'static str = "related_pods";
    const EVENT: &'static str = "KubernetesResourceEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the pods of the workload or node that the event is about.",
        "class": "RelatedPodParams",
        "parameters": {
            "output_format": {"type": "string", "default": "table", "description": "`table` or `json`."},
            "include_raw_data": {"type": "boolean", "default": false, "description": "Whether JSON has the pods as they are, too."},
            "limit": {"type": ["integer", "null"], "description": "How many at most."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(object) = case.resource().await else {
            return Err(Failure::new(
                Code::NotFound,
                "related_pods: there is no object",
            ));
        };
        let most = params
            .limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(MOST);
        let mut found = related(case, &object).await?;
        found.truncate(most);
        let cluster = case.means.cluster_name.to_owned();
        let block = if params.output_format == "json" {
            let told: Vec<Json> = found
                .iter()
                .map(|pod| told(pod, &cluster, params.include_raw_data))
                .collect();
            Block::Json(TextOfJson {
                json_str: Json::Array(told).to_string(),
                ..TextOfJson::default()
            })
        } else {
            let rows = found.iter().map(|pod| row(pod, &cluster)).collect();
            Block::Table(table("related pods", &HEADERS, rows))
        };
        case.add_blocks(vec![block]).await;
        Ok(())
    }
}

async fn related(case: &Case<'_>, object: &Json) -> Result<Vec<Json>, Failure> {
    let cluster = case.means.cluster.ok_or_else(no_cluster)?;
    let (kind, name, namespace) = (
        word(object, "/kind"),
        word(object, "/metadata/name"),
        word(object, "/metadata/namespace"),
    );
    let found = match kind {
        "Job" => pods_of(case, object)
            .await
            .unwrap_or_else(|| Ok(Vec::new())),
        "Pod" if is_name(name) && is_name(namespace) => {
            let found = cluster.object(&Kind::POD, Some(namespace), name).await;
            found.map(|found| found.into_iter().collect())
        }
        "Node" => pods_on(case, name).await.unwrap_or_else(|| Ok(Vec::new())),
        "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet" | "DeploymentConfig"
        | "Rollout" => {
            let labels = selector(object.pointer("/spec/selector"));
            cluster
                .list(
                    &Kind::POD,
                    &Selection::of(Some(namespace)).labels(labels),
                    MOST,
                )
                .await
        }
        _ => {
            let text = format!("Related pods is not supported for resource {kind}");
            return Err(Failure::new(Code::NotSupported, text));
        }
    };
    found.map_err(|error| Failure::unexpected("cannot list pods", &error))
}

/// What all containers of a pod ask for, or may use.
fn sum(pod: &Json, which: &str) -> Resources {
    let containers =
        items(pod, "/spec/containers").map(|container| pods::resources(container, which));
    containers.fold(Resources::default(), |sum, one| Resources {
        cpu: sum.cpu + one.cpu,
        memory: sum.memory + one.memory,
    })
}

fn restarts(pod: &Json) -> i64 {
    items(pod, "/status/containerStatuses")
        .map(pods::restarts)
        .sum()
}

fn addresses(pod: &Json) -> String {
    let addresses: Vec<&str> = items(pod, "/status/podIPs")
        .filter_map(|one| said(one, "/ip"))
        .collect();
    addresses.join(",")
}

/// As Python writes it.
fn created(pod: &Json) -> Option<String> {
    let created = word(pod, "/metadata/creationTimestamp");
    let read = chrono::DateTime::parse_from_rfc3339(created).ok()?;
    Some(read.format("%Y-%m-%d %H:%M:%S%:z").to_string())
}

fn row(pod: &Json, cluster: &str) -> Vec<Json> {
    let text = |pointer: &str| pod.pointer(pointer).cloned().unwrap_or_default();
    let (limits, requests) = (sum(pod, "limits"), sum(pod, "requests"));
    vec![
        text("/metadata/name"),
        text("/metadata/namespace"),
        json!(cluster),
        text("/spec/nodeName"),
        json!(limits.cpu),
        json!(requests.cpu),
        json!(limits.memory),
        json!(requests.memory),
        json!(created(pod)),
        json!(restarts(pod)),
        json!(addresses(pod)),
        json!(items(pod, "/spec/containers").count()),
        text("/status/phase"),
        text("/status/reason"),
    ]
}

fn told(pod: &Json, cluster: &str, with_raw: bool) -> Json {
    let text = |pointer: &str| pod.pointer(pointer).cloned().unwrap_or_default();
    let (limits, requests) = (sum(pod, "limits"), sum(pod, "requests"));
    let containers: Vec<Json> = items(pod, "/spec/containers")
        .map(|one| container(pod, one))
        .collect();
    json!({
        "name": text("/metadata/name"),
        "namespace": text("/metadata/namespace"),
        "node": text("/spec/nodeName"),
        "clusterName": cluster,
        "cpuLimit": limits.cpu,
        "cpuRequest": requests.cpu,
        "memoryLimit": limits.memory,
        "memoryRequest": requests.memory,
        "creationTime": created(pod).unwrap_or_else(|| "None".to_owned()),
        "restarts": restarts(pod),
        "addresses": addresses(pod),
        "containers": containers,
        "status": text("/status/phase"),
        "statusReason": text("/status/reason"),
        "raw_data": if with_raw { pod.clone() } else { Json::Null },
    })
}

fn container(pod: &Json, container: &Json) -> Json {
    let name = said(container, "/name");
    let status = items(pod, "/status/containerStatuses").find(|one| said(one, "/name") == name);
    let text = |pointer: &str| {
        status
            .and_then(|status| status.pointer(pointer))
            .cloned()
            .unwrap_or_default()
    };
    let states = ["running", "waiting", "terminated"].into_iter();
    let state = states
        .into_iter()
        .find(|state| !text(&format!("/state/{state}")).is_null());
    let of_state = |member: &str| {
        state
            .map(|state| text(&format!("/state/{state}/{member}")))
            .unwrap_or_default()
    };
    let (limits, requests) = (
        pods::resources(container, "limits"),
        pods::resources(container, "requests"),
    );
    json!({
        "name": name,
        "cpuLimit": limits.cpu,
        "cpuRequest": requests.cpu,
        "memoryLimit": limits.memory,
        "memoryRequest": requests.memory,
        "restarts": status.map_or(0, pods::restarts),
        "status": state.unwrap_or("waiting"),
        "created": of_state("startedAt"),
        "ports": container.get("ports").cloned().unwrap_or_else(|| json!([])),
        "statusMessage": of_state("message"),
        "statusReason": of_state("reason"),
        "terminatedReason": text("/lastState/terminated/reason"),
        "terminatedExitCode": text("/lastState/terminated/exitCode"),
        "terminatedStarted": text("/lastState/terminated/startedAt"),
        "terminatedFinished": text("/lastState/terminated/finishedAt"),
    })
}
