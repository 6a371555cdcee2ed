//! How objects go.

use super::*;

fn delete(path: &str) -> Ask {
    Ask::new(Method::DELETE, path)
}

#[tokio::test]
async fn a_pod_that_runs_ends_before_it_goes() {
    let fake = started().await;
    let mut placed = pod("web");
    placed["spec"]["nodeName"] = "n1".into();
    fake.post(PODS, placed).await;
    fake.post(PODS, pod("pending")).await;
    let mut watch = fake.watch(&format!("{PODS}?watch=1")).await;
    assert_eq!(watch.short().await, "ADDED pending");
    assert_eq!(watch.short().await, "ADDED web");
    let shown = fake.json(delete(&format!("{PODS}/web"))).await;
    assert_eq!(shown["metadata"]["deletionGracePeriodSeconds"], 30);
    assert_eq!(watch.short().await, "MODIFIED web");
    let last = watch.next().await.unwrap();
    assert_eq!(last["type"], "DELETED");
    assert!(last["object"]["metadata"]["deletionTimestamp"].is_string());
    fake.json(delete(&format!("{PODS}/pending"))).await;
    assert_eq!(watch.short().await, "DELETED pending");
}

#[tokio::test]
async fn finalizers_hold_an_object_until_they_are_gone() {
    let fake = started().await;
    let mut held = config_map("held", "1");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    fake.post(CONFIG_MAPS, held).await;
    let at = format!("{CONFIG_MAPS}/held");
    let shown = fake.json(delete(&at)).await;
    assert!(shown["metadata"]["deletionTimestamp"].is_string());
    fake.json(delete(&at)).await;
    assert!(fake.cluster.get(&at).await.unwrap().is_some());
    let released = json!({"metadata": {"finalizers": null}});
    fake.patch(&at, "merge-patch+json", released).await;
    assert_eq!(fake.cluster.get(at).await.unwrap(), None);
}

#[tokio::test]
async fn what_belongs_to_something_goes_with_it_unless_it_is_orphaned() {
    for (policy, expected) in [
        (None, vec!["shared"]),
        (Some("Foreground"), vec!["shared"]),
        (Some("Orphan"), vec!["first", "second", "shared"]),
    ] {
        let fake = started().await;
        let owner = fake.post(CONFIG_MAPS, config_map("owner", "1")).await;
        let other = fake.post(CONFIG_MAPS, config_map("other", "1")).await;
        let uid = |object: &Value| json!({"uid": object["metadata"]["uid"], "kind": "ConfigMap", "name": "x"});
        let mut owned = pod("first");
        owned["metadata"]["ownerReferences"] = json!([uid(&owner)]);
        let first = fake.post(PODS, owned).await;
        let mut owned = pod("second");
        owned["metadata"]["ownerReferences"] = json!([uid(&first)]);
        fake.post(PODS, owned).await;
        let mut owned = pod("shared");
        owned["metadata"]["ownerReferences"] = json!([uid(&owner), uid(&other)]);
        fake.post(PODS, owned).await;
        let mut ask = delete(&format!("{CONFIG_MAPS}/owner"));
        if let Some(policy) = policy {
            ask = ask.body(json!({"propagationPolicy": policy}));
        }
        fake.json(ask).await;
        let left = fake.json(Ask::get(PODS)).await;
        assert_eq!(names(&left), expected, "{policy:?}");
        let shared = fake.fake.object("Pod", "default", "shared").unwrap();
        assert_eq!(shared["metadata"]["ownerReferences"], json!([uid(&other)]));
    }
}

#[tokio::test]
async fn a_namespace_goes_with_everything_in_it() {
    let fake = started().await;
    fake.post("/api/v1/namespaces", json!({"metadata": {"name": "shop"}}))
        .await;
    let mut held = config_map("held", "1");
    held["metadata"]["namespace"] = "shop".into();
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    fake.fake.put(held).unwrap();
    fake.post(
        "/api/v1/namespaces/shop/pods",
        json!({"metadata": {"name": "web"}}),
    )
    .await;
    let shown = fake.json(delete("/api/v1/namespaces/shop")).await;
    assert_eq!(shown["status"]["phase"], "Terminating");
    assert_eq!(fake.fake.object("Pod", "shop", "web"), None);
    let refused = Ask::new(Method::POST, "/api/v1/namespaces/shop/pods")
        .body(json!({"metadata": {"name": "new"}}));
    assert_eq!(fake.refusal(refused).await, (403, "Forbidden".to_owned()));
    let released = |object: &mut Value| object["metadata"]["finalizers"] = json!([]);
    fake.fake
        .update("ConfigMap", "shop", "held", released)
        .unwrap();
    assert_eq!(fake.fake.object("ConfigMap", "shop", "held"), None);
    assert_eq!(fake.fake.object("Namespace", "", "shop"), None);
}

#[tokio::test]
async fn a_deletion_can_ask_for_a_version_and_for_many_at_once() {
    let fake = started().await;
    for name in ["a", "b", "c"] {
        fake.post(PODS, pod(name)).await;
    }
    let precondition = |precondition: Value| {
        delete(&format!("{PODS}/a")).body(json!({"preconditions": precondition}))
    };
    let wrong = [json!({"uid": "no"}), json!({"resourceVersion": "1"})];
    for wrong in wrong {
        let refusal = fake.refusal(precondition(wrong)).await;
        assert_eq!(refusal, (409, "Conflict".to_owned()));
    }
    let gone = delete(PODS).query("labelSelector", "app in (a, b)");
    assert_eq!(names(&fake.json(gone).await), ["a", "b"]);
    assert_eq!(names(&fake.json(Ask::get(PODS)).await), ["c"]);
    let status = fake
        .json(delete("/api/v1/namespaces/default/configmaps"))
        .await;
    assert_eq!(names(&status), Vec::<&str>::new());
}
