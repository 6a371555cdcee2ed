//! What changes the cluster: what is done, what is recorded, and what a dry run leaves as it is.

use serde_json::json;
use squall_kubernetes::fake::{FakeCluster, Settings};
use squall_model::Json;

use crate::case::{Case, Effect};
use crate::testing::{World, run};
use crate::{ALL, Entry};

async fn cluster() -> (FakeCluster, World) {
    let fake = FakeCluster::start(Settings::default()).await.unwrap();
    let mut world = World::empty();
    world.cluster = Some(fake.cluster().unwrap());
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let pod = |name: &str, more: Json| {
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
            "spec": {"nodeName": "node-1", "containers": [{"name": "c", "image": "i"}]},
        });
        pod["metadata"]
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        pod
    };
    let daemon = json!({"ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "uid": "u"}]});
    for object in [
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}, "spec": {}}),
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template},
        }),
        pod("web-1", json!({})),
        pod("agent-1", daemon),
    ] {
        fake.put(object).unwrap();
    }
    (fake, world)
}

fn event(kind: &str, fake: &FakeCluster, name: &str) -> Json {
    let namespace = if kind == "Node" { "" } else { "default" };
    let object = fake.object(kind, namespace, name).unwrap();
    json!({
        "type": "kubernetes_change", "operation": "update", "kind": kind, "api_version": object["apiVersion"],
        "obj": object,
    })
}

fn told(case: &Case<'_>) -> Vec<String> {
    let findings = serde_json::to_value(&case.findings).unwrap();
    let mut texts = Vec::new();
    for finding in findings
        .get("a")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
    {
        for enrichment in finding["enrichments"].as_array().unwrap() {
            let blocks = enrichment["blocks"].as_array().unwrap();
            texts.extend(
                blocks
                    .iter()
                    .filter_map(|block| block["text"].as_str().map(str::to_owned)),
            );
        }
    }
    texts
}

fn short(effect: &Effect) -> Json {
    json!([
        effect.action,
        effect.verb,
        effect.object.name,
        effect.before,
        effect.after,
        effect.dry_run
    ])
}

#[tokio::test]
async fn a_node_is_cordoned_and_uncordoned() {
    let (fake, world) = cluster().await;
    let mut case = world.case(event("Node", &fake, "node-1"));
    run(&mut case, "cordon", json!({"dry_run": true}))
        .await
        .unwrap();
    assert_eq!(
        fake.object("Node", "", "node-1").unwrap()["spec"]["unschedulable"],
        Json::Null
    );
    run(&mut case, "cordon", json!({})).await.unwrap();
    assert_eq!(
        fake.object("Node", "", "node-1").unwrap()["spec"]["unschedulable"],
        true
    );
    let effects: Vec<Json> = case.effects.iter().map(short).collect();
    let (before, after) = (
        json!({"spec.unschedulable": null}),
        json!({"spec.unschedulable": true}),
    );
    assert_eq!(
        effects[0],
        json!(["cordon", "cordon", "node-1", before, after, true])
    );
    assert_eq!(
        effects[1],
        json!(["cordon", "cordon", "node-1", before, after, false])
    );
    assert_eq!(
        told(&case),
        ["Node node-1 cordoned (dry run)", "Node node-1 cordoned"]
    );
    let mut case = world.case(event("Node", &fake, "node-1"));
    run(&mut case, "uncordon", json!({})).await.unwrap();
    assert_ne!(
        fake.object("Node", "", "node-1").unwrap()["spec"]["unschedulable"],
        true
    );
}

#[tokio::test]
async fn a_drained_node_keeps_its_daemons_only() {
    let (fake, world) = cluster().await;
    let mut case = world.case(event("Node", &fake, "node-1"));
    run(&mut case, "drain", json!({"dry_run": true}))
        .await
        .unwrap();
    assert_eq!(fake.objects("Pod").len(), 2);
    assert!(case.effects.iter().all(|effect| effect.dry_run));
    run(&mut case, "drain", json!({})).await.unwrap();
    let left: Vec<Json> = fake
        .objects("Pod")
        .iter()
        .map(|pod| pod["metadata"]["name"].clone())
        .collect();
    assert_eq!(left, ["agent-1"]);
    let verbs: Vec<(&str, bool)> = case
        .effects
        .iter()
        .map(|one| (one.verb.as_str(), one.dry_run))
        .collect();
    assert_eq!(
        verbs,
        [
            ("cordon", true),
            ("evict", true),
            ("cordon", false),
            ("evict", false)
        ]
    );
    let last = told(&case).pop().unwrap();
    assert_eq!(
        last,
        "Drain node node-1 \nEvicting 0 pod(s), deleting 1 pod(s), skipping 1 pod(s) and 0 Error(s)."
    );
}

#[tokio::test]
async fn a_deployment_is_scaled_and_restarted() {
    let (fake, world) = cluster().await;
    let mut case = world.case(event("Deployment", &fake, "web"));
    run(&mut case, "scale", json!({"replicas": 5, "dry_run": true}))
        .await
        .unwrap();
    assert_eq!(
        fake.object("Deployment", "default", "web").unwrap()["spec"]["replicas"],
        2
    );
    run(&mut case, "scale", json!({"replicas": "5"}))
        .await
        .unwrap();
    assert_eq!(
        fake.object("Deployment", "default", "web").unwrap()["spec"]["replicas"],
        5
    );
    let effect = short(&case.effects[1]);
    assert_eq!(
        effect,
        json!(["scale", "scale", "web", {"spec.replicas": 2}, {"spec.replicas": 5}, false])
    );
    assert_eq!(told(&case)[1], "Deployment/default/web scaled from 2 to 5");
    run(&mut case, "rollout_restart", json!({})).await.unwrap();
    let web = fake.object("Deployment", "default", "web").unwrap();
    let annotations = &web["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(
        annotations["robusta.kubernetes.io/restartedAt"],
        "2026-05-01T12:00:00+00:00"
    );
    for (replicas, number) in [(json!(-1), 4703), (json!("many"), 4602)] {
        let failure = run(&mut case, "scale", json!({"replicas": replicas}))
            .await
            .unwrap_err();
        assert_eq!(failure.code.number(), number);
    }
}

#[tokio::test]
async fn a_pod_is_deleted_and_what_it_was_is_kept() {
    let (fake, world) = cluster().await;
    let mut case = world.case(event("Pod", &fake, "web-1"));
    run(&mut case, "delete_pod", json!({"dry_run": true}))
        .await
        .unwrap();
    assert!(fake.object("Pod", "default", "web-1").is_some());
    run(&mut case, "delete_pod", json!({})).await.unwrap();
    let left = fake.object("Pod", "default", "web-1");
    assert!(left.is_none_or(|pod| !pod["metadata"]["deletionTimestamp"].is_null()));
    assert_eq!(case.effects[1].before["spec"]["nodeName"], "node-1");
    assert_eq!(case.effects[1].after, Json::Null);
}

#[tokio::test]
async fn a_custom_resource_is_looked_at_and_scaled_by_hand() {
    let (fake, world) = cluster().await;
    let names = json!({"kind": "Gizmo", "plural": "gizmos", "singular": "gizmo"});
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let scale =
        json!({"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"});
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": schema, "subresources": {"scale": scale}});
    fake.put(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "gizmos.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }))
    .unwrap();
    fake.put(json!({
        "apiVersion": "example.com/v1", "kind": "Gizmo", "metadata": {"name": "g", "namespace": "default"},
        "spec": {"replicas": 1}, "status": {"conditions": [{"type": "Ready", "status": "False"}]},
    }))
    .unwrap();
    let by_hand =
        json!({"type": "manual", "params": {"kind": "gizmo", "name": "g", "namespace": "default"}});
    let mut case = world.case(by_hand.clone());
    run(&mut case, "status_enricher", json!({})).await.unwrap();
    let findings = serde_json::to_value(&case.findings).unwrap();
    assert_eq!(
        findings["a"][0]["enrichments"][0]["blocks"][0]["rows"],
        json!([["Ready", "False"]])
    );
    let mut case = world.case(by_hand);
    run(&mut case, "scale", json!({"replicas": 3}))
        .await
        .unwrap();
    assert_eq!(
        fake.object("Gizmo", "default", "g").unwrap()["spec"]["replicas"],
        3
    );
    assert_eq!(told(&case), ["Gizmo/default/g scaled from 1 to 3"]);
}

#[tokio::test]
async fn a_pod_cannot_be_scaled() {
    let (fake, world) = cluster().await;
    let mut case = world.case(event("Pod", &fake, "web-1"));
    for (action, number) in [("scale", 4701), ("rollout_restart", 4700)] {
        let failure = run(&mut case, action, json!({"replicas": 1}))
            .await
            .unwrap_err();
        assert_eq!(failure.code.number(), number, "{action}");
    }
    assert!(case.effects.is_empty());
}

#[test]
fn all_that_changes_the_cluster_has_a_dry_run() {
    let changing = ALL.iter().filter(|entry| entry.manual().changes_cluster);
    let names: Vec<&str> = changing.map(|entry| entry.name).collect();
    assert_eq!(
        names,
        [
            "cordon",
            "delete_alert_pod",
            "delete_job",
            "delete_pod",
            "drain",
            "rollout_restart",
            "scale",
            "uncordon"
        ]
    );
    let has_dry_run = |entry: &Entry| entry.manual().parameters.contains_key("dry_run");
    assert!(
        ALL.iter()
            .all(|entry| has_dry_run(entry) == entry.manual().changes_cluster)
    );
}
