//! Creating and changing objects.

use super::*;

#[tokio::test]
async fn a_new_object_gets_what_the_server_gives() {
    let fake = started().await;
    let created = fake.post(PODS, pod("web")).await;
    let metadata = &created["metadata"];
    assert_eq!(created["kind"], "Pod");
    assert_eq!(created["status"]["phase"], "Pending");
    assert_eq!(metadata["generation"], 1);
    assert_eq!(metadata["creationTimestamp"], "2026-01-01T00:00:00Z");
    assert_eq!(metadata["uid"].as_str().unwrap().len(), 36);
    let found = fake.cluster.get(format!("{PODS}/web")).await.unwrap();
    assert_eq!(found, Some(created));
}

#[tokio::test]
async fn objects_are_refused_as_the_original_refuses_them() {
    let fake = started().await;
    fake.post(PODS, pod("web")).await;
    let post = |path: &str, body: Value| Ask::new(Method::POST, path).body(body);
    let mut elsewhere = pod("other");
    elsewhere["metadata"]["namespace"] = "shop".into();
    let mut versioned = pod("versioned");
    versioned["metadata"]["resourceVersion"] = "1".into();
    for (ask, status, reason) in [
        (post(PODS, pod("web")), 409, "AlreadyExists"),
        (post(PODS, pod("Web_1")), 422, "Invalid"),
        (post(PODS, json!({"metadata": {}})), 422, "Invalid"),
        (post(PODS, elsewhere), 400, "BadRequest"),
        (post(PODS, versioned), 400, "BadRequest"),
        (post(PODS, config_map("a", "1")), 400, "BadRequest"),
        (post(PODS, json!(["a"])), 400, "BadRequest"),
        (
            post(
                "/api/v1/namespaces/none/pods",
                json!({"metadata": {"name": "a"}}),
            ),
            404,
            "NotFound",
        ),
        (post("/api/v1/pods", pod("a")), 405, "MethodNotAllowed"),
        (post("/api/v1/rabbits", pod("a")), 404, "NotFound"),
        (post("/apis/apps/v2/deployments", pod("a")), 404, "NotFound"),
        (Ask::get(format!("{PODS}/none")), 404, "NotFound"),
        (Ask::get(format!("{PODS}/web/rabbit")), 404, "NotFound"),
        (
            Ask::get("/api/v1/namespaces/default/nodes"),
            404,
            "NotFound",
        ),
        (
            Ask::new(Method::PUT, format!("{PODS}/none")).body(pod("none")),
            404,
            "NotFound",
        ),
        (
            Ask::new(Method::PUT, format!("{PODS}/web")).body(pod("other")),
            400,
            "BadRequest",
        ),
        (
            patch(&format!("{PODS}/web"), "json", json!({})),
            415,
            "UnsupportedMediaType",
        ),
    ] {
        let shown = format!("{} {}", ask.method, ask.path);
        let expected = (status, reason.to_owned());
        assert_eq!(fake.refusal(ask).await, expected, "{shown}");
    }
}

#[tokio::test]
async fn whoever_has_not_seen_the_latest_version_conflicts() {
    let fake = started().await;
    let first = fake.post(CONFIG_MAPS, config_map("a", "1")).await;
    let at = format!("{CONFIG_MAPS}/a");
    let mut second = first.clone();
    second["data"]["value"] = "2".into();
    let second = fake.put(&at, second).await;
    assert_ne!(
        second["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
    let stale = Ask::new(Method::PUT, &at).body(first);
    assert_eq!(fake.refusal(stale).await, (409, "Conflict".to_owned()));
    let third = fake.put(&at, config_map("a", "3")).await;
    assert_eq!(third["data"]["value"], "3");
    assert_eq!(third["metadata"]["uid"], second["metadata"]["uid"]);
    let same = fake.put(&at, third.clone()).await;
    assert_eq!(same, third, "what changes nothing is no new version");
}

#[tokio::test]
async fn the_status_is_changed_apart_from_the_rest() {
    let fake = started().await;
    let deployment =
        json!({"metadata": {"name": "web"}, "spec": {"replicas": 2}, "status": {"replicas": 9}});
    let path = "/apis/apps/v1/namespaces/default/deployments";
    let created = fake.post(path, deployment).await;
    assert_eq!(created.get("status"), None);
    let at = format!("{path}/web");
    let status =
        json!({"metadata": {"name": "web"}, "spec": {"replicas": 7}, "status": {"replicas": 2}});
    let shown = fake.put(&format!("{at}/status"), status).await;
    assert_eq!(
        (&shown["spec"]["replicas"], &shown["status"]["replicas"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(shown["metadata"]["generation"], 1);
    let scaled = json!({"spec": {"replicas": 3}, "status": {"replicas": 7}});
    let shown = fake.patch(&at, "merge-patch+json", scaled).await;
    assert_eq!(
        (&shown["spec"]["replicas"], &shown["status"]["replicas"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(shown["metadata"]["generation"], 2);
}

#[tokio::test]
async fn patches_of_all_kinds_are_applied() {
    let fake = started().await;
    fake.post(PODS, pod("web")).await;
    let at = format!("{PODS}/web");
    let image = json!({"spec": {"containers": [{"name": "main", "image": "nginx:2"}]}});
    let shown = fake.patch(&at, "strategic-merge-patch+json", image).await;
    assert_eq!(
        shown["spec"]["containers"],
        json!([{"name": "main", "image": "nginx:2"}])
    );
    let label = json!([{"op": "add", "path": "/metadata/labels/tier", "value": "front"}]);
    let shown = fake.patch(&at, "json-patch+json", label).await;
    assert_eq!(
        shown["metadata"]["labels"],
        json!({"app": "web", "tier": "front"})
    );
    let applied = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}, "data": {"a": "1"}});
    let path = format!("{CONFIG_MAPS}/new");
    let shown = fake.patch(&path, "apply-patch+yaml", applied).await;
    assert_eq!(shown["data"], json!({"a": "1"}));
    let shown = fake
        .patch(&path, "apply-patch+yaml", json!({"data": {"b": "2"}}))
        .await;
    assert_eq!(shown["data"], json!({"a": "1", "b": "2"}));
}

#[tokio::test]
async fn what_is_only_tried_leaves_nothing() {
    let fake = started().await;
    let tried = Ask::new(Method::POST, PODS)
        .query("dryRun", "All")
        .body(pod("web"));
    assert_eq!(fake.json(tried).await["metadata"]["name"], "web");
    assert_eq!(fake.cluster.get(format!("{PODS}/web")).await.unwrap(), None);
    fake.post(CONFIG_MAPS, config_map("a", "1")).await;
    let at = format!("{CONFIG_MAPS}/a");
    let tried = Ask::new(Method::PUT, &at)
        .query("dryRun", "All")
        .body(config_map("a", "2"));
    assert_eq!(fake.json(tried).await["data"]["value"], "2");
    let tried = Ask::new(Method::DELETE, &at).query("dryRun", "All");
    fake.json(tried).await;
    let found = fake.cluster.get(at).await.unwrap().unwrap();
    assert_eq!(found["data"]["value"], "1");
}

#[tokio::test]
async fn names_are_made_from_their_beginning() {
    let fake = started().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..50 {
        let made = fake
            .post(PODS, json!({"metadata": {"generateName": "job-"}}))
            .await;
        let name = made["metadata"]["name"].as_str().unwrap().to_owned();
        assert!(name.starts_with("job-") && name.len() == 9, "{name}");
        assert!(seen.insert(name));
    }
}

#[tokio::test]
async fn events_are_seen_in_both_of_their_forms() {
    let fake = started().await;
    let event = json!({
        "metadata": {"name": "web.1"},
        "involvedObject": {"kind": "Pod", "name": "web"},
        "message": "Back-off",
        "type": "Warning",
    });
    fake.post("/api/v1/namespaces/default/events", event).await;
    let newer = "/apis/events.k8s.io/v1/namespaces/default/events";
    let found = fake
        .cluster
        .get(format!("{newer}/web.1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found["apiVersion"], "events.k8s.io/v1");
    assert_eq!(
        (&found["regarding"]["name"], &found["note"]),
        (&json!("web"), &json!("Back-off"))
    );
    let posted = json!({"metadata": {"name": "web.2"}, "regarding": {"kind": "Pod", "name": "api"}, "note": "Killing"});
    fake.post(newer, posted).await;
    let put = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "web.3"}, "regarding": {"name": "db"}});
    fake.fake.put(put).unwrap();
    for (path, selector, expected) in [
        ("/api/v1/events", "involvedObject.name=web", ["web.1"]),
        ("/api/v1/events", "involvedObject.name=api", ["web.2"]),
        ("/api/v1/events", "involvedObject.name=db", ["web.3"]),
        (
            "/apis/events.k8s.io/v1/events",
            "regarding.name=api",
            ["web.2"],
        ),
        (
            "/api/v1/events",
            "type=Warning,involvedObject.kind=Pod",
            ["web.1"],
        ),
    ] {
        let list = fake
            .json(Ask::get(path).query("fieldSelector", selector))
            .await;
        assert_eq!(names(&list), expected, "{path} {selector}");
    }
    let note = json!({"note": "changed"});
    fake.patch(&format!("{newer}/web.1"), "merge-patch+json", note)
        .await;
    let found = fake.fake.object("Event", "default", "web.1").unwrap();
    assert_eq!(found["message"], "changed");
}

#[tokio::test]
async fn a_definition_brings_its_kind_and_takes_it_away() {
    let fake = started().await;
    let definition = json!({
        "metadata": {"name": "crontabs.stable.example.com"},
        "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": {"kind": "CronTab", "plural": "crontabs"},
            "versions": [{"name": "v1", "served": true, "storage": true}],
        },
    });
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let crontabs = "/apis/stable.example.com/v1/namespaces/default/crontabs";
    assert_eq!(fake.refusal(Ask::get(crontabs)).await.0, 404);
    let made = fake.post(definitions, definition.clone()).await;
    assert_eq!(made["status"]["conditions"][1]["type"], "Established");
    let described = fake.json(Ask::get("/apis/stable.example.com/v1")).await;
    assert_eq!(described["resources"][0]["kind"], "CronTab");
    fake.post(
        crontabs,
        json!({"metadata": {"name": "a"}, "spec": {"cron": "* * * * *"}}),
    )
    .await;
    let listed = fake.json(Ask::get(crontabs)).await;
    assert_eq!(listed["items"][0]["kind"], "CronTab");
    let at = format!("{definitions}/crontabs.stable.example.com");
    fake.json(Ask::new(Method::DELETE, at)).await;
    assert_eq!(fake.refusal(Ask::get(crontabs)).await.0, 404);
    fake.post(definitions, definition).await;
    assert_eq!(
        names(&fake.json(Ask::get(crontabs)).await),
        Vec::<&str>::new()
    );
}

#[tokio::test]
async fn what_says_nothing_is_left_out_and_secrets_are_encoded() {
    let fake = started().await;
    let secret = json!({
        "metadata": {"name": "a", "annotations": null},
        "data": {"old": "eA==", "none": null},
        "stringData": {"new": "yes"},
    });
    let shown = fake
        .post("/api/v1/namespaces/default/secrets", secret)
        .await;
    assert_eq!(shown["data"], json!({"old": "eA==", "new": "eWVz"}));
    assert_eq!(shown.get("stringData"), None);
    assert_eq!(shown["metadata"].get("annotations"), None);
}

#[tokio::test]
async fn an_autoscaler_is_the_same_object_in_both_of_its_versions() {
    let fake = started().await;
    let path = |version: &str| {
        format!("/apis/autoscaling/{version}/namespaces/default/horizontalpodautoscalers")
    };
    let older = json!({
        "metadata": {"name": "web"},
        "spec": {"maxReplicas": 9, "targetCPUUtilizationPercentage": 80},
    });
    let created = fake.post(&path("v1"), older).await;
    assert_eq!(created["apiVersion"], "autoscaling/v1");
    assert_eq!(created["spec"]["targetCPUUtilizationPercentage"], 80);
    let newer = fake.cluster.get(format!("{}/web", path("v2"))).await;
    let newer = newer.unwrap().unwrap();
    assert_eq!(newer["apiVersion"], "autoscaling/v2");
    let target = &newer["spec"]["metrics"][0]["resource"]["target"];
    assert_eq!(target["averageUtilization"], 80);
    assert_eq!(newer["metadata"]["uid"], created["metadata"]["uid"]);
}
