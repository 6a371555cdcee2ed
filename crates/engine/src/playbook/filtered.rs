//! What a trigger with change filters looks at of a change: what its actions are shown.

use squall_model::Json;
use squall_model::playbook::PlaybookTrigger;
use squall_model::playbook::triggers::named;

/// The change filters of a trigger: what is written, or what its kind has where nothing is. Null where it has none.
pub fn change_filters(trigger: &PlaybookTrigger) -> Json {
    let written = trigger.parameters.get("change_filters");
    let usual = || {
        let kind = named(&trigger.name)?;
        Some(kind.parameter("change_filters")?.otherwise.to_json())
    };
    written.cloned().or_else(usual).unwrap_or_default()
}

/// An object without what change filters ignore.
pub fn without_ignored(object: &Json, filters: &Json) -> Json {
    let mut object = object.clone();
    let ignored = filters.get("ignore").and_then(Json::as_array);
    for path in ignored.into_iter().flatten().filter_map(Json::as_str) {
        remove(&mut object, path);
    }
    object
}

fn remove(object: &mut Json, path: &str) {
    let Some((above, last)) = path.rsplit_once('.') else {
        if let Some(members) = object.as_object_mut() {
            members.shift_remove(path);
        }
        return;
    };
    let holder = above
        .split('.')
        .try_fold(object, |value, step| match value {
            Json::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
            other => other.get_mut(step),
        });
    if let Some(members) = holder.and_then(Json::as_object_mut) {
        members.shift_remove(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_ignored_is_taken_away() {
        let object = json!({"status": {"a": 1}, "metadata": {"generation": 1, "name": "n"},
            "spec": {"containers": [{"image": "i", "name": "c"}]}});
        let filters = json!({"ignore": ["status", "metadata.generation", "spec.containers.0.image", "no.such"]});
        let left = json!({"metadata": {"name": "n"}, "spec": {"containers": [{"name": "c"}]}});
        assert_eq!(without_ignored(&object, &filters), left);
        assert_eq!(without_ignored(&object, &Json::Null), object);
    }

    #[test]
    fn filters_are_those_written_or_those_of_the_kind() {
        let trigger = |name: &str, parameters: Json| PlaybookTrigger {
            name: name.to_owned(),
            parameters: parameters.as_object().cloned().unwrap_or_default(),
            ..PlaybookTrigger::default()
        };
        assert_eq!(
            change_filters(&trigger("on_pod_update", json!({}))),
            Json::Null
        );
        let usual = change_filters(&trigger("on_kubernetes_resource_operation", json!({})));
        assert_eq!(usual["include"], json!(["spec"]));
        let written = json!({"change_filters": {"include": ["image"]}});
        let written = change_filters(&trigger("on_pod_update", written));
        assert_eq!(written, json!({"include": ["image"]}));
    }
}
