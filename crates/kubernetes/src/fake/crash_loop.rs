//! A pod whose command ends although it is to go on: it is started again, ends again, and is left to wait.

use serde_json::json;
use squall_model::Json;

use super::answers::Refusal;
use super::exec::Executed;
use super::kinds::Kind;
use super::logs::Source;
use super::objects::{At, Part, set, text};
use super::state::State;
use super::stored::Stored;

/// How often it is started again, each time in a version of its own.
const RESTARTS: u32 = 3;

/// What a container said and how it ended, by its name.
pub(super) type Crashed = (String, Executed);

/// Has the containers of a pod that runs end and start again.
pub(super) fn play(
    state: &State,
    kind: &Kind,
    stored: &Stored,
    crashed: &[Crashed],
) -> Result<(), Refusal> {
    for restarts in 1..=RESTARTS {
        let at = At {
            kind,
            namespace: &stored.namespace,
            name: &stored.name,
        };
        let occasion = state.occasion(false);
        let changed = state
            .storage()
            .change(&at, Part::Whole, &occasion, |mut pod| {
                for crash in crashed {
                    wait(state, &mut pod, crash, restarts);
                }
                Ok(pod)
            });
        changed?;
    }
    for (container, executed) in crashed {
        keep_log(state, stored, container, executed);
        tell(state, stored, container)?;
    }
    Ok(())
}

/// The status of a container that has ended so often and waits for its next start.
fn wait(state: &State, pod: &mut Json, (container, executed): &Crashed, restarts: u32) {
    let name = format!(
        "{}_{}",
        text(pod, "/metadata/name"),
        text(pod, "/metadata/namespace")
    );
    let now = state.now();
    let statuses = pod.pointer_mut("/status/containerStatuses");
    let mut statuses = statuses.and_then(Json::as_array_mut).into_iter().flatten();
    let Some(status) = statuses.find(|status| text(status, "/name") == container) else {
        return;
    };
    let message = format!("back-off 10s restarting failed container={container} pod={name}");
    let waiting = json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}});
    let ended = json!({"terminated": {
        "exitCode": executed.exit_code,
        "reason": if executed.exit_code == 0 { "Completed" } else { "Error" },
        "startedAt": now,
        "finishedAt": now,
    }});
    set(status, &["state"], waiting);
    set(status, &["lastState"], ended);
    set(status, &["restartCount"], restarts);
    set(status, &["ready"], false);
    set(status, &["started"], false);
    let conditions = pod.pointer_mut("/status/conditions");
    for condition in conditions
        .and_then(Json::as_array_mut)
        .into_iter()
        .flatten()
    {
        if matches!(text(condition, "/type"), "Ready" | "ContainersReady") {
            set(condition, &["status"], "False");
        }
    }
}

fn keep_log(state: &State, pod: &Stored, container: &str, executed: &Executed) {
    let printed = [executed.stdout.as_slice(), executed.stderr.as_slice()].concat();
    let source = Source {
        namespace: pod.namespace.clone(),
        pod: pod.name.clone(),
        container: container.to_owned(),
        previous: true,
    };
    let now = (state.settings.clock)();
    state
        .logs
        .set(source, now, &String::from_utf8_lossy(&printed));
}

/// What a kubelet tells of it.
fn tell(state: &State, pod: &Stored, container: &str) -> Result<(), Refusal> {
    let mut storage = state.storage();
    let Some(kind) = storage.kinds.named("Event") else {
        return Ok(());
    };
    let now = state.now();
    let event = json!({
        "metadata": {"generateName": format!("{}.", pod.name)},
        "involvedObject": {
            "apiVersion": "v1", "kind": "Pod", "name": pod.name, "namespace": pod.namespace, "uid": pod.uid,
            "fieldPath": format!("spec.containers{{{container}}}"),
        },
        "reason": "BackOff",
        "message": format!(
            "Back-off restarting failed container {container} in pod {}_{}({})", pod.name, pod.namespace, pod.uid
        ),
        "type": "Warning",
        "count": RESTARTS,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "source": {"component": "kubelet"},
        "reportingComponent": "kubelet",
    });
    let occasion = state.occasion(false);
    storage
        .create(&kind, &pod.namespace, event, &occasion)
        .map(|_| ())
}
