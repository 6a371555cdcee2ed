//! Playbooks on a cluster: Squall watches it by itself, and actions read from it.

use serde_json::{Value, json};
use squall_kubernetes::fake::{FakeCluster, Settings as Cluster};

use crate::playbooks::{alert, found, runs, titles};
use crate::server::Settings;
use crate::wait;

const PLAYBOOKS: &str = r#"
globalConfig: {cluster_name: lab}
sinksConfig:
- file_sink: {name: here, file_name: found.json}
customPlaybooks:
- triggers:
  - on_pod_crash_loop: {restart_reason: CrashLoopBackOff}
  actions:
  - create_finding: {title: "$name crashes", aggregation_key: Crash}
  - logs_enricher: {}
"#;

fn pod(name: &str, restarts: u32) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        "status": {"phase": "Running", "containerStatuses": [{
            "name": "web", "restartCount": restarts, "ready": false,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        }]},
    })
}

fn crash(cluster: &FakeCluster, name: &str, restarts: u32) {
    let more =
        |pod: &mut Value| pod["status"]["containerStatuses"][0]["restartCount"] = restarts.into();
    cluster.update("Pod", "shop", name, more).unwrap();
}

#[test]
fn a_crash_loop_is_seen_and_told_with_its_logs_whatever_restarts() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime
        .block_on(FakeCluster::start(Cluster::default()))
        .unwrap();
    for name in ["web-1", "web-2"] {
        cluster.put(pod(name, 0)).unwrap();
        cluster.set_log("shop", name, "web", "cannot reach the database\n");
    }
    let settings = Settings::dev();
    fs_err::write(settings.folder().join("values.yaml"), PLAYBOOKS).unwrap();
    cluster
        .kubeconfig(&settings.folder().join("kubeconfig"))
        .unwrap();
    let squall = settings
        .with(&["--playbooks", "values.yaml", "--kubeconfig", "kubeconfig"])
        .start();
    wait::until("the watch", || {
        let log = squall.log();
        match log.contains("watching the cluster") {
            true => Ok(()),
            false => Err(log),
        }
    });
    crash(&cluster, "web-1", 5);
    let file = squall.folder().join("found.json");
    assert_eq!(titles(&found(&file, 1)), ["web-1 crashes"]);
    let runs = squall.get("/api/v1/executions?action=robusta.run_playbooks");
    let actions = runs[0]["result"]["actions"].as_array().unwrap();
    assert!(
        actions.iter().all(|action| action["success"] == true),
        "{runs}"
    );

    // What happens while nobody looks is seen afterwards, and what was told is not told again.
    let squall = squall.kill();
    crash(&cluster, "web-2", 3);
    let squall = squall.start();
    assert_eq!(titles(&found(&file, 2)), ["web-1 crashes", "web-2 crashes"]);
    drop(squall);
}

const OF_PROVIDERS: &str = r#"
sinksConfig:
- file_sink: {name: here, file_name: found.json}
customPlaybooks:
- triggers:
  - on_prometheus_alert: {k8s_providers: [GKE, AKS]}
  actions:
  - create_finding: {title: "in a cloud", aggregation_key: Provider}
- triggers:
  - on_prometheus_alert: {k8s_providers: [kind]}
  actions:
  - create_finding: {title: "on a laptop", aggregation_key: Provider}
"#;

#[test]
fn an_alert_is_told_by_the_playbooks_of_the_clusters_provider() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime
        .block_on(FakeCluster::start(Cluster::default()))
        .unwrap();
    let node = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"},
        "spec": {"providerID": "kind://docker/lab/node-1"},
    });
    cluster.put(node).unwrap();
    let settings = Settings::dev().playbooks(OF_PROVIDERS);
    cluster
        .kubeconfig(&settings.folder().join("kubeconfig"))
        .unwrap();
    let squall = settings.with(&["--kubeconfig", "kubeconfig"]).start();
    squall.post("/api/alerts", &alert("Any", "f1"), 200);
    let runs = runs(&squall, 1);
    assert_eq!(runs.len(), 1, "{runs:?}");
    let file = squall.folder().join("found.json");
    assert_eq!(titles(&found(&file, 1)), ["on a laptop"]);
}

const OF_CANARIES: &str = r#"
sinksConfig:
- file_sink: {name: here, file_name: found.json}
customPlaybooks:
- triggers:
  - on_kubernetes_resource_operation:
      resources: [flagger.app/Canary]
      operations: [update]
      change_filters: {include: [threshold]}
  actions:
  - threshold_changed: {}
"#;

const THRESHOLD_CHANGED: &str = r#"
from robusta.api import *


@action
def threshold_changed(event: KubernetesAnyChangeEvent):
    before, now = event.old_obj.spec.analysis.threshold, event.obj.spec.analysis.threshold
    title = f"{event.obj.metadata.name}: {before} -> {now}"
    event.add_finding(Finding(title=title, aggregation_key=event.filtered_diffs[0].formatted_path))
"#;

#[test]
fn a_change_of_a_custom_resource_reaches_an_action_in_python() {
    let Some(settings) = Settings::dev().playbooks(OF_CANARIES).python_of_playbooks() else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime
        .block_on(FakeCluster::start(Cluster::default()))
        .unwrap();
    let version = json!({"name": "v1beta1", "served": true, "storage": true});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "canaries.flagger.app"},
        "spec": {
            "group": "flagger.app", "scope": "Namespaced", "versions": [version],
            "names": {"kind": "Canary", "plural": "canaries"},
        },
    });
    cluster.put(definition).unwrap();
    let canary = json!({
        "apiVersion": "flagger.app/v1beta1", "kind": "Canary",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"analysis": {"threshold": 5}},
    });
    cluster.put(canary).unwrap();
    let folder = settings.folder().to_owned();
    cluster.kubeconfig(&folder.join("kubeconfig")).unwrap();
    fs_err::create_dir(folder.join("repo")).unwrap();
    fs_err::write(folder.join("repo/canaries.py"), THRESHOLD_CHANGED).unwrap();
    let settings = settings.with(&["--kubeconfig", "kubeconfig", "--playbook-repo", "repo"]);
    let squall = settings.start();
    wait::until("the watch", || {
        let log = squall.log();
        log.contains("watching the cluster")
            .then_some(())
            .ok_or(log)
    });
    let change = |canary: &mut Value| canary["spec"]["analysis"]["threshold"] = 10.into();
    cluster.update("Canary", "shop", "web", change).unwrap();
    let found = found(&folder.join("found.json"), 1);
    assert_eq!(titles(&found), ["web: 5 -> 10"]);
    assert_eq!(
        found[0]["aggregation_key"],
        "Canary.spec.analysis.threshold"
    );
}
