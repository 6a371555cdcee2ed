//! A Helm release that hangs is told of when it has hung for too long, though nothing in the cluster says so at that moment.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use squall_kubernetes::fake::{FakeCluster, Settings as Cluster};

use crate::http::Request;
use crate::playbooks::{found, titles};
use crate::server::Settings;
use crate::wait;

const PLAYBOOKS: &str = r#"
sinksConfig:
- file_sink: {name: here, file_name: found.json}
customPlaybooks:
- triggers:
  - on_helm_release_unhealthy: {duration: 3, rate_limit: 3600}
  actions:
  - create_finding: {title: "it hangs", aggregation_key: Helm}
"#;

/// The secret in which Helm keeps a release that it has begun to install a moment ago.
fn secret(name: &str, status: &str) -> Value {
    let now = std::process::Command::new("date")
        .args(["-u", "+%Y-%m-%dT%H:%M:%SZ"])
        .output();
    let now = String::from_utf8(now.unwrap().stdout).unwrap();
    let release = json!({
        "name": name, "namespace": "shop", "version": 1,
        "info": {
            "first_deployed": now.trim(), "last_deployed": now.trim(), "deleted": "",
            "status": status, "description": "of the story",
        },
        "chart": {"metadata": {"name": "web", "version": "1.0.0"}},
    });
    let packed = BASE64_STANDARD.encode(release.to_string());
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": format!("sh.helm.release.v1.{name}.v1"), "namespace": "shop"},
        "data": {"release": BASE64_STANDARD.encode(packed)},
    })
}

#[test]
fn a_release_that_hangs_is_told_of_whatever_restarts() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime
        .block_on(FakeCluster::start(Cluster::default()))
        .unwrap();
    let settings = Settings::dev().playbooks(PLAYBOOKS);
    cluster
        .kubeconfig(&settings.folder().join("kubeconfig"))
        .unwrap();
    let squall = settings.with(&["--kubeconfig", "kubeconfig"]).start();
    let seen = |wanted: &str| {
        wait::until(wanted, || {
            let log = squall.log();
            log.contains(wanted).then_some(()).ok_or(log)
        });
    };
    seen("watching the cluster");
    cluster.put(secret("stuck", "pending-install")).unwrap();
    let file = squall.folder().join("found.json");
    assert_eq!(titles(&found(&file, 1)), ["it hangs"]);

    // What was begun and not told yet outlives the server, and is told once.
    cluster.put(secret("too", "pending-upgrade")).unwrap();
    wait::until("the release to be seen", || {
        let metrics = squall.send(&Request::get("/metrics")).text();
        let is_seen = metrics.contains("\nsquall_cluster_changes_total 2\n");
        is_seen.then_some(()).ok_or(metrics)
    });
    let squall = squall.kill().start();
    assert_eq!(found(&file, 2).len(), 2);
    let runs = squall.get("/api/v1/executions?action=robusta.run_playbooks");
    assert_eq!(runs.as_array().unwrap().len(), 2, "{runs}");
    let told = squall.get("/api/v1/triggerinstances?trigger=robusta.helm_release");
    let told = told.as_array().unwrap().iter();
    let mut names: Vec<&Value> = told
        .map(|event| &event["payload"]["release"]["name"])
        .collect();
    names.sort_by_key(|name| name.to_string());
    // A killed server may not know that it has asked.
    names.dedup();
    assert_eq!(names, ["stuck", "too"]);
}
