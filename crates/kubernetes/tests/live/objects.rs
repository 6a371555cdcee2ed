//! Objects of any kind are found, made, listed, changed and removed.

use serde_json::{Value, json};
use squall_kubernetes::{Ask, Kind, Kinds, Patch, Selection};

use crate::place::{Place, play, pod_spec};

fn map(name: &str, app: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"app": app}},
        "data": {"a": "1", "b": "1"},
    })
}

fn names(objects: &[Value]) -> Vec<&str> {
    let names = objects
        .iter()
        .map(|object| object["metadata"]["name"].as_str());
    names.map(Option::unwrap).collect()
}

async fn patch(place: &Place, kind: &Kind, name: &str, patch: Patch) -> Value {
    let namespace = Some(place.namespace.as_str());
    place
        .cluster
        .patch(kind, namespace, name, patch)
        .await
        .unwrap()
}

#[tokio::test]
async fn objects_are_made_read_changed_and_removed() {
    play(async |place| {
        let kind = Kind::CONFIG_MAP;
        let made = place.create(&kind, map("one", "web")).await.unwrap();
        assert_eq!(made["data"], json!({"a": "1", "b": "1"}));
        let again = place.create(&kind, map("one", "web")).await.unwrap_err();
        assert_eq!(again.status(), Some(409), "{again}");
        let merged = Patch::Merge(json!({"data": {"a": null, "c": "2"}}));
        let changed = patch(place, &kind, "one", merged).await;
        assert_eq!(changed["data"], json!({"b": "1", "c": "2"}));
        let operations = json!([{"op": "replace", "path": "/data/b", "value": "3"}]);
        let changed = patch(place, &kind, "one", Patch::Operations(operations)).await;
        assert_eq!(changed["data"], json!({"b": "3", "c": "2"}));
        let stale = place.cluster.replace(&kind, made).await.unwrap_err();
        assert_eq!(stale.status(), Some(409), "{stale}");
        assert_eq!(
            place.get(&kind, "one").await.unwrap()["data"],
            changed["data"]
        );
        let namespace = Some(place.namespace.as_str());
        for was_there in [true, false] {
            let removed = place.cluster.delete(&kind, namespace, "one", None);
            assert_eq!(removed.await.unwrap(), was_there);
        }
        assert_eq!(place.get(&kind, "one").await, None);
    })
    .await;
}

#[tokio::test]
async fn lists_are_selected_and_come_in_pages() {
    play(async |place| {
        let kind = Kind::CONFIG_MAP;
        for number in 0..7 {
            let app = if number % 2 == 0 { "web" } else { "cache" };
            let map = map(&format!("map-{number}"), app);
            place.create(&kind, map).await.unwrap();
        }
        let all = Selection::of(Some(&place.namespace));
        let some = all.clone().labels("app=cache");
        let found = place.cluster.list(&kind, &some, 100);
        assert_eq!(names(&found.await.unwrap()), ["map-1", "map-3", "map-5"]);
        let some = all.clone().fields("metadata.name=map-4");
        let found = place.cluster.list(&kind, &some, 100);
        assert_eq!(names(&found.await.unwrap()), ["map-4"]);
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let ask: Ask = all.clone().labels("app in (web,cache)").ask(&kind);
            let ask = ask.query("limit", "3").query("continue", &next);
            let page = place.cluster.json(ask).await.unwrap();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 3, "{}", items.len());
            seen.extend(names(items).into_iter().map(str::to_owned));
            next = page["metadata"]["continue"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if next.is_empty() {
                break;
            }
        }
        let expected: Vec<String> = (0..7).map(|number| format!("map-{number}")).collect();
        assert_eq!(seen, expected);
    })
    .await;
}

#[tokio::test]
async fn containers_of_a_deployment_are_merged_by_their_names() {
    play(async |place| {
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod_spec(&["sleep", "3600"])},
            },
        });
        place.create(&Kind::DEPLOYMENT, deployment).await.unwrap();
        let change = json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "A", "value": "1"}]}]}}}});
        let changed = patch(place, &Kind::DEPLOYMENT, "web", Patch::Strategic(change)).await;
        let containers = &changed["spec"]["template"]["spec"]["containers"];
        assert_eq!(containers.as_array().unwrap().len(), 1);
        assert_eq!(containers[0]["env"], json!([{"name": "A", "value": "1"}]));
        assert_eq!(containers[0]["command"], json!(["sleep", "3600"]));
    })
    .await;
}

#[tokio::test]
async fn kinds_are_found_also_those_that_come_later() {
    play(async |place| {
        let kinds = Kinds::new(place.cluster.clone());
        for (word, kind) in [
            ("po", Kind::POD),
            ("deployments.apps", Kind::DEPLOYMENT),
            ("batch/Job", Kind::JOB),
        ] {
            assert_eq!(kinds.find(word).await.unwrap(), Some(kind), "{word}");
        }
        let word = format!("{}/Thing", place.group());
        assert_eq!(kinds.find(&word).await.unwrap(), None);
        let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": place.definition()},
            "spec": {
                "group": place.group(), "scope": "Namespaced",
                "names": {"kind": "Thing", "plural": "things", "singular": "thing"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
            },
        });
        let definitions = Kind::CUSTOM_RESOURCE_DEFINITION;
        let defined = place.cluster.create(&definitions, None, definition).await;
        defined.unwrap();
        let kind = place
            .until("the kind", async || {
                let found = kinds.find(&word).await.unwrap();
                found.ok_or_else(|| "it is not known".to_owned())
            })
            .await;
        let thing = json!({"apiVersion": kind.api_version(), "kind": "Thing", "metadata": {"name": "one"}, "size": 1});
        place
            .until("the kind to be served", async || {
                let made = place.create(&kind, thing.clone()).await;
                made.map_err(|error| error.to_string())
            })
            .await;
        let changed = patch(place, &kind, "one", Patch::Merge(json!({"size": 2}))).await;
        assert_eq!(changed["size"], 2);
    })
    .await;
}
