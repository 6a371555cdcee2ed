//! One version of one object as it is kept: its text, and the little that is needed to find it without reading that.

use bytes::Bytes;
use serde_json::from_slice;
use squall_model::{Json, Object};

use super::kinds::Kind;

/// One version of one object. It never changes.
#[derive(Debug)]
pub(super) struct Stored {
    /// Empty where the kind has none.
    pub(super) namespace: String,
    /// Its name.
    pub(super) name: String,
    /// Its resource version.
    pub(super) version: u64,
    /// What tells it from its namesakes before and after.
    pub(super) uid: String,
    /// The uids of those that it goes with.
    pub(super) owners: Vec<String>,
    labels: Vec<(String, String)>,
    fields: Vec<String>,
    text: Bytes,
    metadata_ends: usize,
}

/// What the text begins with. Built-in kinds are kept, and listed, without kind and version.
const BEGINS: &str = "{\"metadata\":";

/// A field that can be selected by, and where it is in the object.
pub(super) type Field = (&'static str, &'static str);

const POD: &[Field] = &[
    ("spec.nodeName", "/spec/nodeName"),
    ("status.phase", "/status/phase"),
    ("spec.restartPolicy", "/spec/restartPolicy"),
    ("spec.schedulerName", "/spec/schedulerName"),
    ("spec.serviceAccountName", "/spec/serviceAccountName"),
    ("spec.hostNetwork", "/spec/hostNetwork"),
    ("status.podIP", "/status/podIP"),
    ("status.nominatedNodeName", "/status/nominatedNodeName"),
];

const EVENT: &[Field] = &[
    ("involvedObject.kind", "/involvedObject/kind"),
    ("involvedObject.namespace", "/involvedObject/namespace"),
    ("involvedObject.name", "/involvedObject/name"),
    ("involvedObject.uid", "/involvedObject/uid"),
    ("involvedObject.apiVersion", "/involvedObject/apiVersion"),
    (
        "involvedObject.resourceVersion",
        "/involvedObject/resourceVersion",
    ),
    ("involvedObject.fieldPath", "/involvedObject/fieldPath"),
    ("reason", "/reason"),
    ("reportingComponent", "/reportingComponent"),
    ("source", "/source/component"),
    ("type", "/type"),
];

const REGARDING: &[Field] = &[
    ("regarding.kind", "/involvedObject/kind"),
    ("regarding.namespace", "/involvedObject/namespace"),
    ("regarding.name", "/involvedObject/name"),
    ("regarding.uid", "/involvedObject/uid"),
    ("regarding.apiVersion", "/involvedObject/apiVersion"),
    (
        "regarding.resourceVersion",
        "/involvedObject/resourceVersion",
    ),
    ("regarding.fieldPath", "/involvedObject/fieldPath"),
    ("reason", "/reason"),
    ("reportingController", "/reportingComponent"),
    ("source", "/source/component"),
    ("type", "/type"),
];

/// The fields, besides name and namespace, that objects of a kind can be selected by.
pub(super) fn fields_of(kind: &Kind) -> &'static [Field] {
    match (kind.group.as_str(), kind.plural.as_str()) {
        ("", "pods") => POD,
        ("", "events") => EVENT,
        // In the same order as the core's: it is the same object.
        ("events.k8s.io", "events") => REGARDING,
        ("", "secrets") => &[("type", "/type")],
        ("", "namespaces") => &[("status.phase", "/status/phase")],
        ("", "nodes") => &[("spec.unschedulable", "/spec/unschedulable")],
        ("", "replicationcontrollers") | ("apps", "replicasets") => {
            &[("status.replicas", "/status/replicas")]
        }
        ("batch", "jobs") => &[("status.successful", "/status/succeeded")],
        _ => &[],
    }
}

impl Stored {
    /// Keeps an object, which says itself which version it is.
    pub(super) fn of(kind: &Kind, object: &Json, version: u64) -> Self {
        let text_at = |at: &str| match object.pointer(at) {
            Some(Json::String(text)) => text.clone(),
            None | Some(Json::Null | Json::Object(_) | Json::Array(_)) => String::new(),
            Some(plain @ (Json::Bool(_) | Json::Number(_))) => plain.to_string(),
        };
        let labels = object.pointer("/metadata/labels").and_then(Json::as_object);
        let labels = labels.into_iter().flatten();
        let owners = object.pointer("/metadata/ownerReferences");
        let owners = owners.and_then(Json::as_array).into_iter().flatten();
        let (text, metadata_ends) = text_of(object);
        Self {
            namespace: text_at("/metadata/namespace"),
            name: text_at("/metadata/name"),
            version,
            uid: text_at("/metadata/uid"),
            owners: owners
                .filter_map(|owner| owner.get("uid")?.as_str())
                .map(str::to_owned)
                .collect(),
            labels: labels
                .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
            fields: fields_of(kind).iter().map(|(_, at)| text_at(at)).collect(),
            text,
            metadata_ends,
        }
    }

    /// A label's value.
    pub(super) fn label(&self, key: &str) -> Option<&str> {
        let found = self.labels.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str())
    }

    /// The value of a field that can be selected by.
    pub(super) fn field(&self, kind: &Kind, name: &str) -> Option<&str> {
        match name {
            "metadata.name" => Some(&self.name),
            "metadata.namespace" => Some(&self.namespace),
            name => {
                let mut known = fields_of(kind).iter();
                let at = known.position(|(known, _)| *known == name)?;
                self.fields.get(at).map(String::as_str)
            }
        }
    }

    /// The object, without kind and version.
    pub(super) fn json(&self) -> Json {
        from_slice(&self.text).unwrap_or_default()
    }

    /// The object, with kind and version.
    pub(super) fn named_json(&self, kind: &Kind) -> Json {
        let mut named = Object::new();
        named.insert("kind".into(), kind.kind.clone().into());
        named.insert("apiVersion".into(), kind.api_version().into());
        if let Json::Object(object) = self.json() {
            named.extend(object);
        }
        Json::Object(named)
    }

    /// The object's text, without kind and version.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The text of its metadata.
    pub(super) fn metadata(&self) -> &[u8] {
        let range = BEGINS.len()..self.metadata_ends;
        self.text.get(range).unwrap_or_default()
    }
}

/// An object's text, metadata first, and where that ends.
fn text_of(object: &Json) -> (Bytes, usize) {
    let mut text = BEGINS.to_owned();
    let metadata = object.get("metadata").map(Json::to_string);
    text.push_str(metadata.as_deref().unwrap_or("{}"));
    let metadata_ends = text.len();
    for (name, value) in object.as_object().into_iter().flatten() {
        if matches!(name.as_str(), "metadata" | "kind" | "apiVersion") {
            continue;
        }
        text.push(',');
        text.push_str(&Json::from(name.as_str()).to_string());
        text.push(':');
        text.push_str(&value.to_string());
    }
    text.push('}');
    (text.into(), metadata_ends)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fake::kinds::Kinds;

    #[test]
    fn an_object_comes_back_as_it_was_and_its_metadata_alone() {
        let kind = Kinds::default().named("Pod").unwrap();
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "spec": {"nodeName": "n1", "hostNetwork": true},
            "metadata": {"name": "a", "namespace": "b", "uid": "u", "ownerReferences": [{"uid": "o"}]},
        });
        let stored = Stored::of(&kind, &pod, 7);
        assert_eq!(stored.named_json(&kind), pod);
        assert!(stored.text().starts_with(b"{\"metadata\":{\"name\":\"a\""));
        let metadata: Json = from_slice(stored.metadata()).unwrap();
        assert_eq!(metadata, pod["metadata"]);
        assert_eq!(stored.owners, ["o"]);
        for (field, value) in [
            ("metadata.namespace", Some("b")),
            ("spec.nodeName", Some("n1")),
            ("spec.hostNetwork", Some("true")),
            ("status.phase", Some("")),
            ("spec.unknown", None),
        ] {
            assert_eq!(stored.field(&kind, field), value, "{field}");
        }
    }
}
