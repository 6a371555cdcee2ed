//! A repository as teams keep them (several modules, helpers, nested models and validators, threads, Hikaru's classes, a
//! module that is broken), loaded by the file of playbooks that came with it, and at work on a cluster.

use std::path::Path;

use serde_json::{Value, json};

use crate::scene::{PATIENCE, Scene, blocks};

const OF_THE_API: &str = "connecting with password=hunter2\n";

/// Its container logs, without what is to be left out.
const LOGS_IN_BASE64: [&str; 2] = ["Y29ubmVjdGluZyB3aXRoIHJlZGFjdGVkCg==", "cHJveGllZAo="];

fn api(restarts: u32) -> Value {
    let status = |name: &str| {
        json!({
            "name": name, "image": "api:1", "imageID": "sha256:1", "ready": false,
            "restartCount": restarts, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        })
    };
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "api-1", "namespace": "default", "labels": {"shop.example.com/owner": "payments"},
        },
        "spec": {"containers": [{"name": "api", "image": "api:1"}, {"name": "proxy", "image": "proxy:2"}]},
        "status": {"phase": "Running", "containerStatuses": [status("api"), status("proxy")]},
    })
}

fn deployment(replicas: u32) -> Value {
    let template = json!({
        "metadata": {"labels": {"app": "api"}},
        "spec": {"containers": [{"name": "api", "image": "api:1"}]},
    });
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "api", "namespace": "default"},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "api"}}, "template": template,
        },
    })
}

#[test]
fn a_teams_repository_does_what_the_team_wants() {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/server/tests/shop_playbooks");
    let shop = fs_err::canonicalize(shop).unwrap();
    let repositories = json!({"shop_playbooks": {"url": format!("file://{}", shop.display())}});
    let values = fs_err::read_to_string(shop.join("values.yaml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("values.yaml");
    // The story says itself where the repository is.
    let begin = values.find("playbookRepos:").unwrap();
    let end = values.find("sinksConfig:").unwrap();
    let values = [&values[..begin], &values[end..]].concat();
    fs_err::write(&file, values).unwrap();
    let Some(scene) = Scene::of(&file, &repositories, 2) else {
        return;
    };
    let log = scene.squall.log();
    assert!(
        log.contains("No module named 'shop_playbooks.nowhere'"),
        "{log}"
    );

    scene.cluster.set_log("default", "api-1", "api", OF_THE_API);
    scene
        .cluster
        .set_log("default", "api-1", "proxy", "proxied\n");
    scene.cluster.put(api(0)).unwrap();
    scene.cluster.put(api(3)).unwrap();
    let executions = scene.executions(1);
    let owner = scene.findings.recv_timeout(PATIENCE).unwrap();
    assert_eq!(owner["title"], "Pod api-1 of payments changed");
    assert_eq!(owner["subject"]["name"], "api-1");
    let report = scene.findings.recv_timeout(PATIENCE).unwrap();
    assert_eq!(report["enrichments"][0]["title"], "Pod report");
    let blocks = blocks(&report);
    assert_eq!(blocks[0]["text"], "Pod of *payments*, told in #shop-alerts");
    assert_eq!(blocks[1]["rows"], json!([["api:1"], ["proxy:2"]]));
    let files: Vec<&Value> = blocks
        .iter()
        .filter(|block| block["filename"].is_string())
        .collect();
    let names: Vec<&Value> = files.iter().map(|file| &file["filename"]).collect();
    assert_eq!(names, ["container-0.log", "container-1.log"]);
    let contents: Vec<&Value> = files.iter().map(|file| &file["contents"]).collect();
    assert_eq!(contents, LOGS_IN_BASE64);
    let output = scene.output(&executions[0]);
    assert!(output.contains("counted {'api-1': 1}"), "{output}");

    scene.cluster.put(deployment(5)).unwrap();
    scene.cluster.put(deployment(9)).unwrap();
    let grown = scene.findings.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        grown["enrichments"][0]["blocks"][0]["text"],
        "api has 9 replicas"
    );
}
