//! Pods of about 4.7 kB, as kubelets tell of them.

use serde_json::json;
use squall_model::Json;

/// The pod with this number in its name, ready or not.
pub(crate) fn pod(number: usize, ready: bool, version: usize) -> Json {
    let environment: Vec<_> = (0..39)
        .map(|at| json!({"name": format!("SETTING_{at}"), "value": format!("value-{at}-of-this-container")}))
        .collect();
    let owned: Vec<_> = (0..8)
        .map(|at| json!({"manager": "kubelet", "operation": "Update", "fieldsV1": {"f:status": {format!("f:conditions-{at}"): {".": {}, "f:type": {}}}}}))
        .collect();
    let condition = |kind: &str, status: bool| json!({"type": kind, "status": if status { "True" } else { "False" }, "lastTransitionTime": "2026-11-22T11:00:00Z"});
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("web-6d4cf56db6-{number}"), "namespace": "shop", "uid": format!("6f1c-{number}"),
            "resourceVersion": version.to_string(), "labels": {"app": "web", "tier": "front", "pod-template-hash": "6d4cf56db6"},
            "annotations": {"checksum/config": "0d6c9c4d9c1b5d1a0c1b7d7e5f0a2b3c"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-6d4cf56db6", "uid": "a", "controller": true}],
            "managedFields": owned,
        },
        "spec": {
            "nodeName": "node-1", "serviceAccountName": "web", "restartPolicy": "Always",
            "containers": [{
                "name": "web", "image": "registry.example.com/shop/web:1.2.3", "env": environment,
                "ports": [{"containerPort": 8080}], "resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "100m"}},
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            }],
            "volumes": [{"name": "data", "emptyDir": {}}],
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}],
        },
        "status": {
            "phase": "Running", "podIP": "10.1.2.3", "startTime": "2026-11-22T11:00:00Z",
            "conditions": [condition("Initialized", true), condition("Ready", ready), condition("ContainersReady", ready), condition("PodScheduled", true)],
            "containerStatuses": [{
                "name": "web", "image": "registry.example.com/shop/web:1.2.3", "imageID": "sha256:0", "ready": ready,
                "restartCount": 0, "started": true, "state": {"running": {"startedAt": "2026-11-22T11:00:05Z"}}, "lastState": {},
            }],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pod_is_as_long_as_it_is_said_to_be() {
        let length = pod(3, true, 5).to_string().len();
        assert!((4_500..4_900).contains(&length), "{length}");
    }
}
