//! The subresource `scale`: how many of something there are and are to be.

use serde_json::json;
use squall_model::Json;

use super::answers::Refusal;
use super::objects::{At, Occasion, Part, set};
use super::storage::Storage;

/// The scale of an object.
pub(super) fn of(object: &Json) -> Json {
    let number = |at: &str| object.pointer(at).and_then(Json::as_i64).unwrap_or(0);
    let metadata = |name: &str| {
        object
            .get("metadata")
            .and_then(|metadata| metadata.get(name))
    };
    let labels = object.pointer("/spec/selector/matchLabels");
    let labels = labels.and_then(Json::as_object).into_iter().flatten();
    let selector: Vec<String> = labels
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": metadata("name"),
            "namespace": metadata("namespace"),
            "uid": metadata("uid"),
            "resourceVersion": metadata("resourceVersion"),
            "creationTimestamp": metadata("creationTimestamp"),
        },
        "spec": {"replicas": number("/spec/replicas")},
        "status": {"replicas": number("/status/replicas"), "selector": selector.join(",")},
    })
}

impl Storage {
    /// Changes how many of something there are to be, and gives its scale.
    pub(super) fn scale(
        &mut self,
        at: &At<'_>,
        occasion: &Occasion,
        edit: impl FnOnce(Json) -> Result<Json, Refusal>,
    ) -> Result<Json, Refusal> {
        let stored = self.change(at, Part::Main, occasion, |mut object| {
            let scale = edit(of(&object))?;
            let replicas = scale.pointer("/spec/replicas").and_then(Json::as_i64);
            let replicas = replicas.filter(|replicas| *replicas >= 0).ok_or_else(|| {
                let why = "Invalid value: must be greater than or equal to 0";
                Refusal::invalid(at.about(), "Scale", "spec.replicas", why)
            })?;
            if let Some(version) = scale.pointer("/metadata/resourceVersion") {
                set(
                    &mut object,
                    &["metadata", "resourceVersion"],
                    version.clone(),
                );
            }
            set(&mut object, &["spec", "replicas"], replicas);
            Ok(object)
        })?;
        Ok(of(&stored.json()))
    }
}
