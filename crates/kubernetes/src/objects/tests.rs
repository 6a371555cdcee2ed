//! What `objects` promises, by data.

use serde_json::json;

use super::*;
use crate::testing::{Canned, plain};

#[tokio::test]
async fn a_list_is_asked_for_in_pages_and_begun_again_when_the_server_forgot_it() {
    let forgot = std::sync::atomic::AtomicBool::new(false);
    let server = Canned::new(move |asked| {
        let page = |names: &[&str], next: &str| {
            let items: Vec<_> = names
                .iter()
                .map(|name| json!({"metadata": {"name": name}}))
                .collect();
            let metadata = json!({"resourceVersion": "7", "continue": next});
            plain(
                200,
                json!({"metadata": metadata, "items": items}).to_string(),
            )
        };
        match asked {
            "GET /api/v1/namespaces/shop/pods?labelSelector=a%3Db&limit=500" => {
                page(&["x", "y"], "2")
            }
            _ if !forgot.swap(true, std::sync::atomic::Ordering::Relaxed) => {
                plain(410, r#"{"reason": "Expired"}"#)
            }
            "GET /api/v1/namespaces/shop/pods?labelSelector=a%3Db&limit=500&continue=2" => {
                page(&["z"], "")
            }
            _ => plain(400, asked),
        }
    })
    .await;
    let selection = Selection::of(Some("shop")).labels("a=b");
    let pods = server
        .cluster()
        .list(&Kind::POD, &selection, 10)
        .await
        .unwrap();
    let names: Vec<_> = pods
        .iter()
        .map(|pod| pod["metadata"]["name"].as_str())
        .collect();
    assert_eq!(names, [Some("x"), Some("y"), Some("z")]);
    assert_eq!(pods[0]["kind"], "Pod");
    let asked: Vec<bool> = server
        .asked()
        .iter()
        .map(|asked| asked.contains("continue"))
        .collect();
    assert_eq!(asked, [false, true, false, true]);
    let pods = server
        .cluster()
        .list(&Kind::POD, &selection, 1)
        .await
        .unwrap();
    assert_eq!(pods.len(), 1);
}

#[tokio::test]
async fn objects_are_made_changed_and_removed_where_they_belong() {
    let server = Canned::new(|asked| match asked.split_once(' ') {
        Some(("DELETE", path)) if path.contains("/gone") => plain(404, "{}"),
        _ => plain(200, "{}"),
    })
    .await;
    let cluster = server.cluster();
    let job = json!({"metadata": {"name": "a", "namespace": "shop"}});
    cluster.create(&Kind::JOB, None, job.clone()).await.unwrap();
    cluster.replace(&Kind::JOB, job).await.unwrap();
    let patch = Patch::Merge(json!({"spec": {"unschedulable": true}}));
    cluster.patch(&Kind::NODE, None, "n1", patch).await.unwrap();
    assert!(
        cluster
            .delete(&Kind::POD, Some("shop"), "a", Some(0))
            .await
            .unwrap()
    );
    assert!(
        !cluster
            .delete(&Kind::POD, Some("shop"), "gone", None)
            .await
            .unwrap()
    );
    cluster.evict("shop", "a").await.unwrap();
    assert_eq!(
        server.asked(),
        [
            r#"POST /apis/batch/v1/namespaces/shop/jobs {"metadata":{"name":"a","namespace":"shop"}}"#,
            r#"PUT /apis/batch/v1/namespaces/shop/jobs/a {"metadata":{"name":"a","namespace":"shop"}}"#,
            r#"PATCH /api/v1/nodes/n1 {"spec":{"unschedulable":true}}"#,
            r#"DELETE /api/v1/namespaces/shop/pods/a {"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background","gracePeriodSeconds":0}"#,
            r#"DELETE /api/v1/namespaces/shop/pods/gone {"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background"}"#,
            r#"POST /api/v1/namespaces/shop/pods/a/eviction {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"a","namespace":"shop"}}"#,
        ]
    );
}

#[tokio::test]
async fn a_refused_eviction_says_why() {
    let server = Canned::new(|_| {
        plain(
            429,
            r#"{"reason": "TooManyRequests", "message": "a budget needs 1 pod"}"#,
        )
    })
    .await;
    let error = server.cluster().evict("shop", "a").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the cluster refused: 429 TooManyRequests: a budget needs 1 pod"
    );
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn events_of_an_object_come_in_order_and_the_newest_count() {
    let server = Canned::new(|_| {
        let events = json!([
            {"reason": "c", "lastTimestamp": "2024-01-03T00:00:00Z"},
            {"reason": "a", "lastTimestamp": null, "eventTime": "2024-01-01T00:00:00.5Z"},
            {"reason": "b", "metadata": {"creationTimestamp": "2024-01-02T00:00:00Z"}},
        ]);
        plain(200, json!({"metadata": {}, "items": events}).to_string())
    })
    .await;
    let pod = json!({"kind": "Pod", "metadata": {"name": "a,b", "namespace": "shop", "uid": "u1"}});
    let events = server.cluster().events_of(&pod, 2).await.unwrap();
    let reasons: Vec<_> = events
        .iter()
        .map(|event| event["reason"].as_str())
        .collect();
    assert_eq!(reasons, [Some("b"), Some("c")]);
    let node = json!({"kind": "Node", "metadata": {"name": "n1", "uid": "u2"}});
    server.cluster().events_of(&node, 2).await.unwrap();
    let fields: Vec<_> = server.asked().iter().map(|asked| percent(asked)).collect();
    assert_eq!(
        fields,
        [
            "GET /api/v1/namespaces/shop/events?fieldSelector=involvedObject.kind=Pod,involvedObject.name=a\\,b,\
             involvedObject.namespace=shop,involvedObject.uid=u1&limit=500",
            "GET /api/v1/events?fieldSelector=involvedObject.kind=Node,involvedObject.name=n1&limit=500",
        ]
    );
}

fn percent(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .unwrap()
        .into_owned()
}
