//! What happens of itself, if it is to: pods that are asked for run, jobs end, workloads have as many pods as they are to
//! have. All of it at once, before the request is answered; its answer shows what was there before that.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_model::Json;

use super::answers::Refusal;
use super::crash_loop;
use super::exec::{Exec, Executed};
use super::kinds::Kind;
use super::logs::Source;
use super::objects::{At, Part, set, text};
use super::state::State;
use super::stored::Stored;

/// Where pods run if the cluster has no node.
const NODE: &str = "fake-node";

/// Carries out what an object asks for, as far as somebody would in a real cluster.
pub(super) fn settle(state: &Arc<State>, kind: &Kind, stored: &Stored) -> Result<(), Refusal> {
    let is_new = |field: &str| stored.json().pointer(field).is_none();
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") if is_new("/spec/nodeName") => run_pod(state, kind, stored).map(|_| ()),
        ("batch", "Job") if is_new("/status") => run_job(state, kind, stored),
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet") => fill(state, kind, stored),
        _ => Ok(()),
    }
}

/// Starts a pod, and gives the phase it is in then.
fn run_pod(state: &Arc<State>, kind: &Kind, stored: &Stored) -> Result<&'static str, Refusal> {
    let pod = stored.json();
    let ends = text(&pod, "/spec/restartPolicy") != "Always";
    let containers = pod.pointer("/spec/containers").and_then(Json::as_array);
    let mut statuses = Vec::new();
    let mut codes = Vec::new();
    let mut crashed = Vec::new();
    for container in containers.into_iter().flatten() {
        let mut executed = run(state, stored, container, ends);
        if !ends && let Some(executed) = executed.take() {
            crashed.push((text(container, "/name").to_owned(), executed));
        }
        codes.push(executed.as_ref().map(|executed| executed.exit_code));
        statuses.push(status(state, container, executed.as_ref()));
    }
    let phase = match codes.as_slice() {
        codes if codes.iter().any(Option::is_none) || codes.is_empty() => "Running",
        codes if codes.iter().all(|code| *code == Some(0)) => "Succeeded",
        _ => "Failed",
    };
    let ready = if phase == "Running" { "True" } else { "False" };
    let now = state.now();
    let conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map(|name| {
        let is_true = matches!(name, "PodScheduled" | "Initialized");
        let status = if is_true { "True" } else { ready };
        json!({"type": name, "status": status, "lastTransitionTime": now})
    });
    let at = At {
        kind,
        namespace: &stored.namespace,
        name: &stored.name,
    };
    let mut storage = state.storage();
    let nodes = storage.kinds.named("Node");
    let node = nodes.and_then(|nodes| storage.all(&nodes, None).first().cloned());
    let node = node.map_or_else(|| NODE.to_owned(), |node| node.name.clone());
    storage.change(&at, Part::Whole, &state.occasion(false), |mut pod| {
        set(&mut pod, &["spec", "nodeName"], node);
        set(&mut pod, &["status", "phase"], phase);
        set(
            &mut pod,
            &["status", "conditions"],
            Value::from(conditions.to_vec()),
        );
        set(&mut pod, &["status", "startTime"], now);
        set(&mut pod, &["status", "podIP"], "10.0.0.1");
        set(&mut pod, &["status", "containerStatuses"], statuses);
        Ok(pod)
    })?;
    drop(storage);
    if !crashed.is_empty() {
        crash_loop::play(state, kind, stored, &crashed)?;
    }
    Ok(phase)
}

/// Has a container's command carried out, and keeps what it prints. None: it goes on, as what nobody carries out does
/// unless it `ends`.
fn run(state: &State, pod: &Stored, container: &Json, ends: bool) -> Option<Executed> {
    let words = |name: &str| {
        let words = container.get(name).and_then(Json::as_array);
        let words = words.into_iter().flatten().filter_map(Json::as_str);
        words.map(str::to_owned)
    };
    let command: Vec<String> = words("command").chain(words("args")).collect();
    if command.is_empty() {
        return None;
    }
    let name = text(container, "/name");
    let executed = state.commands.outcome(Exec {
        namespace: pod.namespace.clone(),
        pod: pod.name.clone(),
        container: name.to_owned(),
        command,
        stdin: Vec::new(),
    });
    let executed = match executed {
        None if !ends => return None,
        executed => executed.unwrap_or_default(),
    };
    let printed = [executed.stdout.as_slice(), executed.stderr.as_slice()].concat();
    let source = Source {
        namespace: pod.namespace.clone(),
        pod: pod.name.clone(),
        container: name.to_owned(),
        previous: false,
    };
    let now = (state.settings.clock)();
    state
        .logs
        .set(source, now, &String::from_utf8_lossy(&printed));
    (!executed.hangs).then_some(executed)
}

fn status(state: &State, container: &Json, executed: Option<&Executed>) -> Json {
    let now = state.now();
    let state = match executed {
        None => json!({"running": {"startedAt": now}}),
        Some(executed) => json!({"terminated": {
            "exitCode": executed.exit_code,
            "reason": if executed.exit_code == 0 { "Completed" } else { "Error" },
            "startedAt": now,
            "finishedAt": now,
        }}),
    };
    json!({
        "name": container.get("name"),
        "image": text(container, "/image"),
        "imageID": "",
        "ready": executed.is_none(),
        "started": executed.is_none(),
        "restartCount": 0,
        "state": state,
        "lastState": {},
    })
}

/// Makes the pod of a job, and writes down how that ended.
fn run_job(state: &Arc<State>, kind: &Kind, stored: &Stored) -> Result<(), Refusal> {
    let Some(pods) = state.storage().kinds.named("Pod") else {
        return Ok(());
    };
    let (name, uid) = (stored.name.as_str(), stored.uid.as_str());
    let mut pod = stored
        .json()
        .pointer("/spec/template")
        .cloned()
        .unwrap_or_default();
    set(&mut pod, &["metadata", "generateName"], format!("{name}-"));
    for (label, value) in [
        ("job-name", name),
        ("batch.kubernetes.io/job-name", name),
        ("controller-uid", uid),
        ("batch.kubernetes.io/controller-uid", uid),
    ] {
        set(&mut pod, &["metadata", "labels", label], value);
    }
    let owner = json!([{
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": name,
        "uid": uid,
        "controller": true,
        "blockOwnerDeletion": true,
    }]);
    set(&mut pod, &["metadata", "ownerReferences"], owner);
    let occasion = state.occasion(false);
    let pod = state
        .storage()
        .create(&pods, &stored.namespace, pod, &occasion)?;
    let phase = run_pod(state, &pods, &pod)?;
    let now = state.now();
    let condition =
        |name: &str| json!([{"type": name, "status": "True", "lastTransitionTime": now}]);
    let status = match phase {
        "Succeeded" => {
            json!({"succeeded": 1, "startTime": now, "completionTime": now, "conditions": condition("Complete")})
        }
        "Failed" => json!({"failed": 1, "startTime": now, "conditions": condition("Failed")}),
        _ => json!({"active": 1, "ready": 1, "startTime": now}),
    };
    write_status(state, kind, stored, status)
}

/// A workload has what it is to have.
fn fill(state: &Arc<State>, kind: &Kind, stored: &Stored) -> Result<(), Refusal> {
    let object = stored.json();
    let replicas = object
        .pointer("/spec/replicas")
        .and_then(Json::as_i64)
        .unwrap_or(1);
    let mut status = object.get("status").cloned().unwrap_or_else(|| json!({}));
    for name in [
        "replicas",
        "readyReplicas",
        "availableReplicas",
        "updatedReplicas",
    ] {
        set(&mut status, &[name], replicas);
    }
    if kind.kind == "Deployment" {
        let conditions = json!([
            {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
            {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        ]);
        set(&mut status, &["conditions"], conditions);
    }
    let generation = object.pointer("/metadata/generation").cloned();
    set(
        &mut status,
        &["observedGeneration"],
        generation.unwrap_or_default(),
    );
    write_status(state, kind, stored, status)
}

fn write_status(
    state: &Arc<State>,
    kind: &Kind,
    stored: &Stored,
    status: Json,
) -> Result<(), Refusal> {
    let at = At {
        kind,
        namespace: &stored.namespace,
        name: &stored.name,
    };
    let write = |mut object| {
        set(&mut object, &["status"], status);
        Ok(object)
    };
    let occasion = state.occasion(false);
    state
        .storage()
        .change(&at, Part::Whole, &occasion, write)
        .map(|_| ())
}
