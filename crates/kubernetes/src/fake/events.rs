//! Events in their two forms: the core's, in which they are kept, and that of `events.k8s.io`.

use squall_model::{Json, Object};

/// Field of the core's form, field of the newer one.
const NAMES: &[(&str, &str)] = &[
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

/// The newer form of a core event.
pub(super) fn regarding(event: &Json) -> Json {
    renamed(event, NAMES.iter().copied())
}

/// The core's form of a newer event.
pub(super) fn involved(event: &Json) -> Json {
    renamed(event, NAMES.iter().map(|(core, newer)| (*newer, *core)))
}

fn renamed<'a>(event: &Json, names: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Json {
    let mut renamed = Object::new();
    for (name, value) in event.as_object().into_iter().flatten() {
        let new = names.clone().find(|(known, _)| known == name);
        let name = new.map_or(name.as_str(), |(_, new)| new);
        if name != "apiVersion" {
            renamed.insert(name.to_owned(), value.clone());
        }
    }
    Json::Object(renamed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_has_two_forms() {
        let core = json!({
            "metadata": {"name": "a"},
            "involvedObject": {"kind": "Pod", "name": "web"},
            "message": "Back-off",
            "reason": "BackOff",
            "source": {"component": "kubelet"},
            "count": 3,
        });
        let newer = json!({
            "metadata": {"name": "a"},
            "regarding": {"kind": "Pod", "name": "web"},
            "note": "Back-off",
            "reason": "BackOff",
            "deprecatedSource": {"component": "kubelet"},
            "deprecatedCount": 3,
        });
        assert_eq!(regarding(&core), newer);
        assert_eq!(involved(&newer), core);
    }
}
