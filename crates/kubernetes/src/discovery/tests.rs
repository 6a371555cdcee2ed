//! What `discovery` promises, by data.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::*;
use crate::testing::{Canned, Reply, plain};

fn aggregated_answer(asked: &str, has_rollouts: bool) -> Reply {
    let resource = |resource: &str, kind: &str, scope: &str, short: &[&str]| {
        json!({
            "resource": resource, "singularResource": kind.to_lowercase(), "scope": scope,
            "shortNames": short, "verbs": ["list", "watch"], "responseKind": {"kind": kind},
        })
    };
    let group =
        |name: &str, versions: Json| json!({"metadata": {"name": name}, "versions": versions});
    let items = if asked.starts_with("GET /apis") {
        let deployments = [resource(
            "deployments",
            "Deployment",
            "Namespaced",
            &["deploy"],
        )];
        let autoscalers = [resource(
            "horizontalpodautoscalers",
            "HorizontalPodAutoscaler",
            "Namespaced",
            &["hpa"],
        )];
        let events = [resource("events", "Event", "Namespaced", &["ev"])];
        let mut groups = vec![
            group("apps", json!([{"version": "v1", "resources": deployments}])),
            group(
                "events.k8s.io",
                json!([{"version": "v1", "resources": events}]),
            ),
            group(
                "autoscaling",
                json!([{"version": "v2", "resources": autoscalers}, {"version": "v1", "resources": autoscalers}]),
            ),
        ];
        if has_rollouts {
            let rollouts = [resource("rollouts", "Rollout", "Namespaced", &["ro"])];
            groups.push(group(
                "argoproj.io",
                json!([{"version": "v1alpha1", "resources": rollouts}]),
            ));
        }
        groups
    } else {
        let resources = [
            resource("pods", "Pod", "Namespaced", &["po"]),
            resource("nodes", "Node", "Cluster", &["no"]),
            resource("events", "Event", "Namespaced", &["ev"]),
        ];
        vec![group(
            "",
            json!([{"version": "v1", "resources": resources}]),
        )]
    };
    plain(
        200,
        json!({"kind": "APIGroupDiscoveryList", "items": items}).to_string(),
    )
}

fn plain_answer(asked: &str) -> Reply {
    let resource = |name: &str, kind: &str, short: &[&str]| {
        json!({"name": name, "singularName": kind.to_lowercase(), "namespaced": kind != "Node", "kind": kind,
            "shortNames": short, "verbs": ["list", "watch"]})
    };
    let body = match asked {
        "GET /api" => json!({"kind": "APIVersions", "versions": ["v1"]}),
        "GET /api/v1" => json!({"resources": [
            resource("pods", "Pod", &["po"]),
            resource("pods/log", "Pod", &[]),
            resource("nodes", "Node", &["no"]),
            resource("events", "Event", &["ev"]),
        ]}),
        "GET /apis" => json!({"kind": "APIGroupList", "groups": [
            {"name": "metrics.k8s.io", "versions": [{"version": "v1beta1"}], "preferredVersion": {"version": "v1beta1"}},
            {"name": "apps", "versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}},
            {"name": "events.k8s.io", "versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}},
            {"name": "autoscaling", "versions": [{"version": "v1"}, {"version": "v2"}], "preferredVersion": {"version": "v2"}},
        ]}),
        "GET /apis/apps/v1" => {
            json!({"resources": [resource("deployments", "Deployment", &["deploy"])]})
        }
        "GET /apis/events.k8s.io/v1" => {
            json!({"resources": [resource("events", "Event", &["ev"])]})
        }
        "GET /apis/autoscaling/v1" | "GET /apis/autoscaling/v2" => json!({"resources": [
            resource("horizontalpodautoscalers", "HorizontalPodAutoscaler", &["hpa"]),
        ]}),
        _ => return plain(503, "the server is currently unable to handle the request"),
    };
    plain(200, body.to_string())
}

#[tokio::test]
async fn kinds_are_found_by_all_their_names() {
    let cases = [
        ("Pod", Some("v1 Pod pods")),
        ("pod", Some("v1 Pod pods")),
        ("pods", Some("v1 Pod pods")),
        ("po", Some("v1 Pod pods")),
        ("v1/Pod", Some("v1 Pod pods")),
        ("no", Some("v1 Node nodes")),
        ("event", Some("v1 Event events")),
        ("events.k8s.io/Event", Some("events.k8s.io/v1 Event events")),
        ("apps/Deployment", Some("apps/v1 Deployment deployments")),
        (
            "apps/v1/deployments",
            Some("apps/v1 Deployment deployments"),
        ),
        ("deployments.apps", Some("apps/v1 Deployment deployments")),
        (
            "hpa",
            Some("autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers"),
        ),
        (
            "autoscaling/v1/HorizontalPodAutoscaler",
            Some("autoscaling/v1 HorizontalPodAutoscaler horizontalpodautoscalers"),
        ),
        ("extensions/Deployment", None),
        ("/Pod", None),
        ("pods/log", None),
        ("a/b/c/d", None),
        ("", None),
    ];
    for is_aggregated in [true, false] {
        let server = Canned::new(move |asked| match is_aggregated {
            true => aggregated_answer(asked, false),
            false => plain_answer(asked),
        })
        .await;
        let kinds = Kinds::new(server.cluster());
        for (word, expected) in cases {
            let found = kinds.find(word).await.unwrap();
            let said =
                found.map(|kind| format!("{} {} {}", kind.api_version(), kind.kind, kind.plural));
            assert_eq!(
                said.as_deref(),
                expected,
                "`{word}`, aggregated: {is_aggregated}"
            );
        }
        assert!(!kinds.find("node").await.unwrap().unwrap().namespaced);
    }
}

#[tokio::test]
async fn what_is_known_is_not_asked_for_and_what_is_not_known_is() {
    let has_rollouts = Arc::new(AtomicBool::new(false));
    let installed = has_rollouts.clone();
    let server =
        Canned::new(move |asked| aggregated_answer(asked, installed.load(Ordering::Relaxed))).await;
    let kinds = Kinds::new(server.cluster());
    for _ in 0..3 {
        assert!(kinds.find("pods").await.unwrap().is_some());
    }
    assert_eq!(server.asked().len(), 2);
    assert_eq!(kinds.find("Rollout").await.unwrap(), None);
    has_rollouts.store(true, Ordering::Relaxed);
    assert!(kinds.find("argoproj.io/Rollout").await.unwrap().is_some());
    assert_eq!(server.asked().len(), 6);
    has_rollouts.store(false, Ordering::Relaxed);
    kinds.forget();
    assert_eq!(kinds.find("Rollout").await.unwrap(), None);
}
