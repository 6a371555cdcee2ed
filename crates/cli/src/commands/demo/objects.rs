//! What the demo makes in the cluster: a namespace, and two pods in it.

use serde_json::json;
use squall_model::Json;

/// The namespace of the demo, and of the rule of the pack.
pub(super) const NAMESPACE: &str = "dm-demo-app";

/// The pod that comes near its memory limit.
pub(super) const LEAKING: &str = "shop-7c9";

/// The pod that crashes.
pub(super) const CRASHING: &str = "checkout-5f4";

/// A small program in Go with its profiler on, and a shell beside it.
const IMAGE: &str = "quay.io/prometheus/node-exporter:v1.8.2";

/// What the pod that crashes says each time.
pub(super) const LAST_WORDS: &str = "checkout 1.42.0 starts
connecting to postgres://orders:5432/checkout
fatal: password authentication failed for user \"checkout\"
";

/// A namespace that can be told from others.
pub(super) fn namespace() -> Json {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": {"app.kubernetes.io/managed-by": "squall-demo"}},
    })
}

/// Its profiler can only be reached from inside it.
pub(super) fn leaking() -> Json {
    let arguments = [
        "--web.listen-address=127.0.0.1:6060",
        "--collector.disable-defaults",
        "--collector.loadavg",
    ];
    // A kubelet cannot reach it from outside either.
    let looks = ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:6060/"];
    let ready = json!({"exec": {"command": looks}, "periodSeconds": 1});
    pod(LEAKING, json!({"args": arguments, "readinessProbe": ready}))
}

/// Says why it cannot go on, and ends.
pub(super) fn crashing() -> Json {
    let script = format!("cat <<'END'\n{LAST_WORDS}END\nexit 1");
    pod(CRASHING, json!({"command": ["sh", "-c", script]}))
}

/// A pod with one container, of the kind that every cluster lets run.
fn pod(name: &str, runs: Json) -> Json {
    let mut container = json!({
        "name": "app", "image": IMAGE,
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": true,
        },
    });
    if let (Some(container), Json::Object(runs)) = (container.as_object_mut(), runs) {
        container.extend(runs);
    }
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "automountServiceAccountToken": false,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {"runAsNonRoot": true, "runAsUser": 65_534, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        },
    })
}
