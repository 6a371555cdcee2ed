//! What becomes of keys, as events: `core.st2.key_value_pair.create`, `update`, `value_change` and `delete`.

use serde_json::json;
use squall_model::key::Key;
use squall_model::trace::TraceContext;
use squall_model::{Json, Reference};

use super::shown;
use crate::ingest::Happened;

/// A key was set that was `before`, or was not there.
pub(super) fn set(before: Option<&Key>, now: &Key) -> Vec<Happened> {
    let Some(before) = before else {
        return vec![event("create", json!({ "object": shown(now) }))];
    };
    let mut happened = vec![event("update", json!({ "object": shown(now) }))];
    if before.value != now.value {
        let values = json!({ "old_object": shown(before), "new_object": shown(now) });
        happened.push(event("value_change", values));
    }
    happened
}

/// A key was deleted.
pub(super) fn deleted(key: &Key) -> Vec<Happened> {
    vec![event("delete", json!({ "object": shown(key) }))]
}

fn event(what: &str, payload: Json) -> Happened {
    Happened {
        trigger: Reference::new("core", &format!("st2.key_value_pair.{what}")),
        payload,
        origin: "trigger_instance".to_owned(),
        trace: TraceContext::default(),
    }
}
