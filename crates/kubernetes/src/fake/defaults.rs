//! What the server fills in where a new object says nothing, as far as clients rely on it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use squall_model::Json;

use super::kinds::Kind;
use super::objects::{set, text};

/// Kinds whose objects count how often what they ask for changed.
const COUNTED: &[(&str, &str)] = &[
    ("", "pods"),
    ("", "replicationcontrollers"),
    ("apps", "daemonsets"),
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
    ("networking.k8s.io", "ingresses"),
    ("networking.k8s.io", "ingressclasses"),
    ("networking.k8s.io", "networkpolicies"),
    ("policy", "poddisruptionbudgets"),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
];

/// Whether objects of the kind have a generation.
pub(super) fn has_generation(kind: &Kind) -> bool {
    let named = (kind.group.as_str(), kind.plural.as_str());
    kind.custom || COUNTED.contains(&named)
}

/// Fills in what is missing in a new object.
pub(super) fn fill(kind: &Kind, object: &mut Json) {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => {
            absent(object, &["spec", "restartPolicy"], "Always");
            absent(object, &["spec", "terminationGracePeriodSeconds"], 30);
            absent(object, &["spec", "dnsPolicy"], "ClusterFirst");
            absent(object, &["spec", "serviceAccountName"], "default");
            absent(object, &["spec", "schedulerName"], "default-scheduler");
            absent(object, &["status", "phase"], "Pending");
            absent(object, &["status", "qosClass"], "BestEffort");
        }
        ("", "Namespace") => {
            let name = text(object, "/metadata/name").to_owned();
            set(
                object,
                &["metadata", "labels", "kubernetes.io/metadata.name"],
                name,
            );
            set(object, &["spec"], json!({"finalizers": ["kubernetes"]}));
            set(object, &["status"], json!({"phase": "Active"}));
        }
        ("" | "events.k8s.io", "Event") => {
            // The original writes these even where nothing is known.
            for name in ["firstTimestamp", "lastTimestamp", "eventTime"] {
                absent(object, &[name], Json::Null);
            }
            absent(object, &["source"], json!({}));
            absent(object, &["reportingComponent"], "");
            absent(object, &["reportingInstance"], "");
        }
        ("", "Secret") => absent(object, &["type"], "Opaque"),
        ("", "Service") => {
            absent(object, &["spec", "type"], "ClusterIP");
            absent(object, &["spec", "sessionAffinity"], "None");
        }
        ("apps", "Deployment") => {
            absent(object, &["spec", "replicas"], 1);
            absent(object, &["spec", "strategy", "type"], "RollingUpdate");
            absent(object, &["spec", "revisionHistoryLimit"], 10);
            absent(object, &["spec", "progressDeadlineSeconds"], 600);
        }
        ("apps", "ReplicaSet" | "StatefulSet") => absent(object, &["spec", "replicas"], 1),
        ("batch", "Job") => {
            absent(object, &["spec", "parallelism"], 1);
            absent(object, &["spec", "completions"], 1);
            absent(object, &["spec", "backoffLimit"], 6);
            absent(object, &["spec", "suspend"], false);
        }
        ("batch", "CronJob") => {
            absent(object, &["spec", "suspend"], false);
            absent(object, &["spec", "concurrencyPolicy"], "Allow");
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => established(object),
        _ => {}
    }
}

/// Takes out what says nothing, and encodes what a secret was sent in plain text. Custom resources stay as they are; events
/// have fields that are empty by custom.
pub(super) fn tidy(kind: &Kind, object: &mut Json) {
    if kind.custom || kind.kind == "Event" {
        return;
    }
    drop_nulls(object);
    if kind.is("", "Secret")
        && let Some(fields) = object.as_object_mut()
        && let Some(Json::Object(plain)) = fields.shift_remove("stringData")
    {
        for (name, value) in plain {
            let value = BASE64_STANDARD.encode(value.as_str().unwrap_or_default());
            set(object, &["data", &name], value);
        }
    }
}

fn drop_nulls(value: &mut Json) {
    match value {
        Json::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Json::Array(items) => items.iter_mut().for_each(drop_nulls),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// A definition is served at once.
fn established(definition: &mut Json) {
    let names = definition.pointer("/spec/names").cloned();
    let condition = |kind: &str, reason: &str| json!({"type": kind, "status": "True", "reason": reason, "message": ""});
    let status = json!({
        "acceptedNames": names.unwrap_or_default(),
        "conditions": [
            condition("NamesAccepted", "NoConflicts"),
            condition("Established", "InitialNamesAccepted"),
        ],
        "storedVersions": [],
    });
    set(definition, &["status"], status);
}

fn absent(object: &mut Json, path: &[&str], value: impl Into<Json>) {
    let at = format!("/{}", path.join("/"));
    if object.pointer(&at).is_none_or(Json::is_null) {
        set(object, path, value);
    }
}
