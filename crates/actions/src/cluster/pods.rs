//! What pods say about their containers.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::Enrichment;

use super::{items, quantity, said, word};
use crate::blocks::{titled, vertical};
use crate::text::time;

/// What all containers of a pod say of themselves, those that prepare it last.
pub(crate) fn statuses(pod: &Json) -> impl Iterator<Item = &Json> {
    let own = items(pod, "/status/containerStatuses");
    own.chain(items(pod, "/status/initContainerStatuses"))
}

/// Those that wait to be started again.
pub(crate) fn crashed(pod: &Json) -> impl Iterator<Item = &Json> {
    statuses(pod).filter(|status| is_there(status, "/state/waiting") && restarts(status) >= 1)
}

/// How often a container was started again.
pub(crate) fn restarts(status: &Json) -> i64 {
    let count = status.get("restartCount").and_then(Json::as_i64);
    count.unwrap_or_default()
}

/// What the pod says of whether it is ready.
pub(crate) fn ready(pod: &Json) -> &str {
    let mut conditions = items(pod, "/status/conditions");
    let found = conditions.find(|one| said(one, "/type") == Some("Ready"));
    found.map_or("Unknown", |one| word(one, "/status"))
}

/// The name of the first container.
pub(crate) fn first_container(pod: &Json) -> Option<&str> {
    items(pod, "/spec/containers")
        .next()
        .and_then(|container| said(container, "/name"))
}

/// For each container that waits to be started again, how it is and how it ended before.
pub(crate) fn crash_reports(pod: &Json) -> Vec<Enrichment> {
    crashed(pod).map(crash_report).collect()
}

fn crash_report(status: &Json) -> Enrichment {
    let text = |pointer: &str| status.pointer(pointer).cloned().unwrap_or_default();
    let mut now = vec![
        vec![json!("Container"), text("/name")],
        vec![json!("Restarts"), json!(restarts(status))],
    ];
    for (state, shown) in [("terminated", "TERMINATED"), ("waiting", "WAITING")] {
        if is_there(status, &format!("/state/{state}")) {
            now.push(vec![json!("Status"), json!(shown)]);
            now.push(vec![
                json!("Reason"),
                text(&format!("/state/{state}/reason")),
            ]);
        }
    }
    let mut before = Vec::new();
    if is_there(status, "/lastState/terminated") {
        before.push(vec![json!("Status"), json!("TERMINATED")]);
        before.push(vec![json!("Reason"), text("/lastState/terminated/reason")]);
        for (member, shown) in [("startedAt", "Started at"), ("finishedAt", "Finished at")] {
            let at = text(&format!("/lastState/terminated/{member}"));
            if !at.is_null() {
                before.push(vec![json!(shown), at]);
            }
        }
    }
    let tables = vec![
        vertical("*Crash Info*", &["label", "value"], now),
        vertical("*Previous Container*", &["label", "value"], before),
    ];
    titled(tables, "crash_info", "Container Crash information")
}

/// A container that was killed because it took too much memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Killed<'p> {
    /// The container as the pod wants it; nothing of one that only prepares the pod.
    pub(crate) container: Option<&'p Json>,
    /// How it ended.
    pub(crate) terminated: &'p Json,
}

/// The container that was killed last.
pub(crate) fn last_killed(pod: &Json) -> Option<Killed<'_>> {
    let mut last: Option<Killed<'_>> = None;
    for status in statuses(pod) {
        let ended = ["/state/terminated", "/lastState/terminated"].into_iter();
        let mut ended = ended.filter_map(|pointer| status.pointer(pointer));
        let Some(terminated) = ended.find(|state| said(state, "/reason") == Some("OOMKilled"))
        else {
            continue;
        };
        let name = said(status, "/name");
        let container = items(pod, "/spec/containers").find(|one| said(one, "/name") == name);
        let killed = Killed {
            container,
            terminated,
        };
        if last.is_none_or(|last| killed.at() > last.at()) {
            last = Some(killed);
        }
    }
    last
}

impl Killed<'_> {
    fn at(&self) -> f64 {
        said(self.terminated, "/finishedAt")
            .and_then(time::milliseconds)
            .unwrap_or_default()
    }
}

/// What containers ask for, or may use at most.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Resources {
    /// Cores.
    pub(crate) cpu: f64,
    /// Mebibytes.
    pub(crate) memory: i64,
}

/// The `requests` or `limits` of a container.
pub(crate) fn resources(container: &Json, which: &str) -> Resources {
    let given = |name: &str| container.pointer(&format!("/resources/{which}/{name}"));
    let text = |name: &str| given(name).map(crate::text::shown).unwrap_or_default();
    Resources {
        cpu: quantity::cores(&text("cpu")),
        memory: quantity::mebibytes(&text("memory")),
    }
}

/// How much of a resource that is: cores, or bytes of memory.
pub(crate) fn amount(given: Resources, resource: &str) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no pod has so much memory")]
    let memory = given.memory as f64 * 1024.0 * 1024.0;
    match resource {
        "CPU" => given.cpu,
        "Memory" => memory,
        _ => 0.0,
    }
}

/// Whether there is something there.
pub(crate) fn is_there(object: &Json, pointer: &str) -> bool {
    object
        .pointer(pointer)
        .is_some_and(|value| !value.is_null())
}
