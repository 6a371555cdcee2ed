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
    renamed(event, |name| {
        let known = NAMES.iter().find(|(core, _)| *core == name);
        known.map(|(_, newer)| *newer)
    })
}

/// The core's form of a newer event.
pub(super) fn involved(event: &Json) -> Json {
    renamed(event, |name| {
        let known = NAMES.iter().find(|(_, newer)| *newer == name);
        known.map(|(core, _)| *core)
    })
}

fn renamed(event: &Json, new_name: impl Fn(&str) -> Option<&'static str>) -> Json {
    let fields = event.as_object().into_iter().flatten();
    let renamed = fields.map(|(name, value)| {
        let name = new_name(name).unwrap_or(name);
        (name.to_owned(), value.clone())
    });
    Json::Object(renamed.collect::<Object>())
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
