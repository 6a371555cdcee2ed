//! What `cluster_calls` promises, by data.

use std::sync::Mutex;

use squall_kubernetes::fake::{FakeCluster, Settings};

use super::*;
use crate::PlaybookCall;

/// Permits what it is not told to refuse, and remembers what came of it.
#[derive(Default)]
struct Book {
    refused: Option<&'static str>,
    noted: Mutex<Vec<Effect>>,
}

impl Effects for Book {
    fn permit(&self, planned: &Effect) -> Later<'_, Result<(), String>> {
        let refused = self.refused == Some(planned.verb);
        let answer = if refused {
            Err("not for you".to_owned())
        } else {
            Ok(())
        };
        Box::pin(std::future::ready(answer))
    }

    fn note(&self, effect: Effect) -> Later<'_, ()> {
        self.noted.lock().unwrap().push(effect);
        Box::pin(std::future::ready(()))
    }
}

async fn cluster() -> FakeCluster {
    let fake = FakeCluster::start(Settings::default()).await.unwrap();
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop"},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
    });
    fake.put(pod).unwrap();
    fake
}

fn asked(method: &str, path: &str, more: &Json) -> KubernetesRequest {
    let mut asked = json!({"method": method, "path": path});
    for (name, value) in more.as_object().unwrap() {
        asked[name] = value.clone();
    }
    match PlaybookCall::read(json!({"kubernetes_request": asked})).unwrap() {
        PlaybookCall::KubernetesRequest(request) => request,
        other => panic!("{other:?}"),
    }
}

const POD: &str = "/api/v1/namespaces/shop/pods/web-1";

#[tokio::test]
async fn requests_are_answered_whatever_comes_of_them() {
    let fake = cluster().await;
    let book = Arc::new(Book::default());
    let calls = ClusterCalls::new(fake.cluster().unwrap(), book.clone(), TaskTracker::new());
    let pod = calls.request(asked("GET", POD, &json!({}))).await.unwrap();
    assert_eq!((&pod["code"], &pod["reason"]), (&json!(200), &json!("OK")));
    assert_eq!(pod["body"]["metadata"]["name"], "web-1");
    assert_eq!(pod["headers"]["content-type"], "application/json");
    let none = calls
        .request(asked(
            "GET",
            "/api/v1/namespaces/shop/pods/nobody",
            &json!({}),
        ))
        .await
        .unwrap();
    assert_eq!(
        (&none["code"], &none["body"]["reason"]),
        (&json!(404), &json!("NotFound"))
    );
    let query = json!({"fieldSelector": ["metadata.name=web-1"], "limit": 5, "continue": null});
    let list = calls
        .request(asked("GET", "/api/v1/pods", &json!({"query": query})))
        .await
        .unwrap();
    assert_eq!(list["body"]["items"].as_array().unwrap().len(), 1);
    assert_eq!(*book.noted.lock().unwrap(), []);
}

#[tokio::test]
async fn what_changes_the_cluster_is_told() {
    let fake = cluster().await;
    let book = Arc::new(Book::default());
    let calls = ClusterCalls::new(fake.cluster().unwrap(), book.clone(), TaskTracker::new());
    let version = || {
        let pod = fake.object("Pod", "shop", "web-1").unwrap();
        pod["metadata"]["resourceVersion"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = version();
    let labels = json!({"body": {"metadata": {"labels": {"a": "b"}}}});
    calls.request(asked("PATCH", POD, &labels)).await.unwrap();
    let second = version();
    let mut dry = labels;
    dry["query"] = json!({"dryRun": "All"});
    dry["body"]["metadata"]["labels"]["a"] = json!("c");
    calls.request(asked("PATCH", POD, &dry)).await.unwrap();
    assert_eq!(version(), second);
    let map = json!({"body": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}}});
    let made = calls
        .request(asked("POST", "/api/v1/namespaces/shop/configmaps", &map))
        .await
        .unwrap();
    assert_eq!(made["code"], 201);
    let gone = calls
        .request(asked(
            "DELETE",
            "/api/v1/namespaces/shop/pods/nobody",
            &json!({}),
        ))
        .await
        .unwrap();
    assert_eq!(gone["code"], 404);
    let noted = book.noted.lock().unwrap().clone();
    let told: Vec<_> = noted
        .iter()
        .map(|one| (one.verb, one.dry_run, one.outcome.clone()))
        .collect();
    let expected = [
        ("patch", false, Some(Ok(200))),
        ("patch", true, Some(Ok(200))),
        ("create", false, Some(Ok(201))),
        ("delete", false, Some(Ok(404))),
    ];
    assert_eq!(told, expected);
    assert_eq!(noted[0].path, POD);
    assert_eq!(
        (noted[0].before.as_ref(), noted[0].after.as_ref()),
        (Some(&first), Some(&second))
    );
    let made = made["body"]["metadata"]["resourceVersion"].as_str();
    assert_eq!(
        (noted[2].before.as_deref(), noted[2].after.as_deref()),
        (None, made)
    );
    assert_eq!(
        (noted[3].before.as_deref(), noted[3].after.as_deref()),
        (None, None)
    );
}

#[tokio::test]
async fn what_is_not_permitted_is_not_asked() {
    let fake = cluster().await;
    let book = Arc::new(Book {
        refused: Some("delete"),
        ..Book::default()
    });
    let calls = ClusterCalls::new(fake.cluster().unwrap(), book.clone(), TaskTracker::new());
    let refusal = calls
        .request(asked("DELETE", POD, &json!({})))
        .await
        .unwrap_err();
    assert_eq!(refusal, "not for you");
    assert_eq!(fake.requests(), []);
    assert_eq!(*book.noted.lock().unwrap(), []);
}

#[tokio::test]
async fn a_change_is_told_even_if_nobody_waits_for_it() {
    let fake = cluster().await;
    let book = Arc::new(Book::default());
    let calls = ClusterCalls::new(fake.cluster().unwrap(), book.clone(), TaskTracker::new());
    let stall = fake.stall();
    tokio::select! {
        biased;
        answer = calls.request(asked("DELETE", POD, &json!({}))) => panic!("{answer:?}"),
        () = async { while fake.requests().is_empty() { tokio::task::yield_now().await } } => {}
    }
    drop(stall);
    while book.noted.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(book.noted.lock().unwrap()[0].verb, "delete");
    assert_eq!(fake.object("Pod", "shop", "web-1"), None);
}

#[tokio::test]
async fn a_cluster_that_is_away_is_told() {
    let fake = cluster().await;
    let cluster = fake
        .cluster()
        .unwrap()
        .with_limits(squall_kubernetes::Limits {
            tries: 1,
            ..squall_kubernetes::Limits::default()
        });
    let calls = ClusterCalls::new(cluster, Arc::new(Book::default()), TaskTracker::new());
    fake.go_down();
    let refusal = calls
        .request(asked("GET", POD, &json!({})))
        .await
        .unwrap_err();
    assert!(
        refusal.starts_with("cannot reach the cluster: "),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_name_belongs_to_the_workload_with_the_longest_name() {
    let fake = cluster().await;
    for (kind, name) in [
        ("Deployment", "web"),
        ("StatefulSet", "web-cache"),
        ("DaemonSet", "agent"),
    ] {
        let workload = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}});
        fake.put(workload).unwrap();
    }
    let calls = ClusterCalls::new(
        fake.cluster().unwrap(),
        Arc::new(Book::default()),
        TaskTracker::new(),
    );
    let cache = calls.service_of("web-cache-0", "shop").await.unwrap();
    assert_eq!(
        cache,
        json!({"resource_type": "StatefulSet", "name": "web-cache", "namespace": "shop"})
    );
    let web = calls.service_of("web-7d9f", "shop").await.unwrap();
    assert_eq!(web["name"], "web");
    assert_eq!(calls.service_of("db-0", "shop").await.unwrap(), Json::Null);
    assert_eq!(
        calls.service_of("web-7d9f", "other").await.unwrap(),
        Json::Null
    );
}
