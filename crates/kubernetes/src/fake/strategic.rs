//! Strategic merge patches: lists whose items have a key are merged item by item.

use squall_model::{Json, Object};

use super::answers::Refusal;

/// The key of a list's items, by the name of the list.
const KEYS: &[(&str, &[&str])] = &[
    ("addresses", &["type"]),
    ("conditions", &["type"]),
    ("containerStatuses", &["name"]),
    ("containers", &["name"]),
    ("env", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("hostAliases", &["ip"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("ownerReferences", &["uid"]),
    // A service's ports have `port`, a container's `containerPort`.
    ("ports", &["containerPort", "port"]),
    ("resourceClaims", &["name"]),
    ("schedulingGates", &["name"]),
    ("secrets", &["name"]),
    ("taints", &["key"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("volumeDevices", &["devicePath"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
];

/// Lists of plain values that are united.
const UNITED: &[&str] = &["finalizers"];

/// Merges a patch into an object.
pub(super) fn merge(target: &mut Json, patch: &Json) -> Result<(), Refusal> {
    match patch {
        Json::Object(patch) => {
            if !target.is_object() {
                *target = Json::Object(Object::new());
            }
            match target {
                Json::Object(target) => fields(target, patch),
                _ => Ok(()),
            }
        }
        _ => Err(Refusal::bad_request("a patch is an object")),
    }
}

fn fields(target: &mut Object, patch: &Object) -> Result<(), Refusal> {
    match patch.get("$patch").and_then(Json::as_str) {
        Some("replace") => {
            *target = plain(patch);
            return Ok(());
        }
        Some("delete") => {
            target.clear();
            return Ok(());
        }
        _ => {}
    }
    for (name, value) in patch {
        if let Some(list) = name.strip_prefix("$deleteFromPrimitiveList/") {
            let removed = value.as_array().cloned().unwrap_or_default();
            if let Some(items) = target.get_mut(list).and_then(Json::as_array_mut) {
                items.retain(|item| !removed.contains(item));
            }
        } else if let Some(list) = name.strip_prefix("$setElementOrder/") {
            // The order holds after the merge of the list, below.
            let _ = list;
        } else if name == "$retainKeys" {
            let retained = value.as_array().cloned().unwrap_or_default();
            target.retain(|name, _| retained.iter().any(|known| known == name));
        } else if value.is_null() {
            target.shift_remove(name);
        } else {
            field(target, name, value)?;
        }
    }
    for (name, order) in patch {
        let list = name.strip_prefix("$setElementOrder/");
        if let (Some(list), Some(order)) = (list, order.as_array())
            && let Some(items) = target.get_mut(list).and_then(Json::as_array_mut)
        {
            arrange(list, items, order);
        }
    }
    Ok(())
}

fn field(target: &mut Object, name: &str, value: &Json) -> Result<(), Refusal> {
    match value {
        Json::Object(_) => merge(target.entry(name).or_insert(Json::Null), value),
        Json::Array(patch) => {
            let items = target
                .entry(name)
                .or_insert_with(|| Json::Array(Vec::new()));
            if !items.is_array() {
                *items = Json::Array(Vec::new());
            }
            match items {
                Json::Array(items) => list(name, items, patch),
                _ => Ok(()),
            }
        }
        _ => {
            target.insert(name.to_owned(), value.clone());
            Ok(())
        }
    }
}

fn list(name: &str, items: &mut Vec<Json>, patch: &[Json]) -> Result<(), Refusal> {
    let is_directive =
        |item: &Json, word: &str| item.get("$patch").and_then(Json::as_str) == Some(word);
    if patch.iter().any(|item| {
        is_directive(item, "replace") && item.as_object().is_some_and(|fields| fields.len() == 1)
    }) {
        let rest = patch.iter().filter(|item| !is_directive(item, "replace"));
        *items = rest.map(stripped).collect();
        return Ok(());
    }
    if UNITED.contains(&name) {
        for item in patch {
            if !items.contains(item) {
                items.push(item.clone());
            }
        }
        return Ok(());
    }
    let Some(key) = key_of(name, items, patch) else {
        *items = patch.iter().map(stripped).collect();
        return Ok(());
    };
    for item in patch {
        let Some(value) = item.get(key) else {
            let message = format!("map: {item} does not contain declared merge key: {key}");
            return Err(Refusal::bad_request(message));
        };
        let place = items.iter().position(|known| known.get(key) == Some(value));
        match place {
            Some(at) if is_directive(item, "delete") => {
                items.remove(at);
            }
            None if is_directive(item, "delete") => {}
            Some(at) => {
                if let Some(known) = items.get_mut(at) {
                    merge(known, item)?;
                }
            }
            None => items.push(stripped(item)),
        }
    }
    Ok(())
}

/// The key that a list is merged by; none if it is replaced.
fn key_of(name: &str, items: &[Json], patch: &[Json]) -> Option<&'static str> {
    let (_, keys) = KEYS.iter().find(|(list, _)| *list == name)?;
    let all_have = |key: &&&str| {
        let mut all = items.iter().chain(patch);
        all.all(|item| item.get(**key).is_some())
    };
    keys.iter().find(all_have).or(keys.first()).copied()
}

/// Sorts a list as the patch's sender has it; what the sender does not know stays behind what it stood behind.
fn arrange(name: &str, items: &mut Vec<Json>, order: &[Json]) {
    let key = key_of(name, items, order);
    let place = |item: &Json| {
        order.iter().position(|wanted| match key {
            Some(key) => wanted.get(key) == item.get(key),
            None => wanted == item,
        })
    };
    let mut last = 0;
    let mut placed: Vec<(usize, Json)> = Vec::new();
    for item in items.drain(..) {
        let at = place(&item);
        last = at.unwrap_or(last);
        placed.push((last, item));
    }
    placed.sort_by_key(|(at, _)| *at);
    items.extend(placed.into_iter().map(|(_, item)| item));
}

/// A value without directives.
fn stripped(value: &Json) -> Json {
    match value {
        Json::Object(fields) => Json::Object(plain(fields)),
        Json::Array(items) => Json::Array(items.iter().map(stripped).collect()),
        _ => value.clone(),
    }
}

fn plain(fields: &Object) -> Object {
    let fields = fields
        .iter()
        .filter(|(name, value)| !name.starts_with('$') && !value.is_null());
    fields
        .map(|(name, value)| (name.clone(), stripped(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(target: &Json, patch: &Json, expected: &Json) {
        let mut merged = target.clone();
        merge(&mut merged, patch).unwrap();
        assert_eq!(merged, *expected, "{patch}");
    }

    #[test]
    fn lists_with_keys_are_merged_and_others_replaced() {
        let pod = json!({"spec": {
            "containers": [
                {"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}], "args": ["1", "2"]},
                {"name": "b", "image": "b:1", "ports": [{"containerPort": 80}]},
            ],
            "tolerations": [{"key": "k"}],
        }});
        check(
            &pod,
            &json!({"spec": {"containers": [{"name": "a", "image": "a:2", "env": [{"name": "Y", "value": "2"}], "args": ["3"]}]}}),
            &json!({"spec": {
                "containers": [
                    {"name": "a", "image": "a:2", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}], "args": ["3"]},
                    {"name": "b", "image": "b:1", "ports": [{"containerPort": 80}]},
                ],
                "tolerations": [{"key": "k"}],
            }}),
        );
        check(
            &pod,
            &json!({"spec": {"containers": [{"name": "a", "$patch": "delete"}], "tolerations": [{"key": "l"}]}}),
            &json!({"spec": {
                "containers": [{"name": "b", "image": "b:1", "ports": [{"containerPort": 80}]}],
                "tolerations": [{"key": "l"}],
            }}),
        );
    }

    #[test]
    fn directives_are_obeyed() {
        for (target, patch, expected) in [
            (
                json!({"a": {"b": 1}}),
                json!({"a": {"$patch": "replace", "c": 2}}),
                json!({"a": {"c": 2}}),
            ),
            (json!({"a": {"b": 1}}), json!({"a": null}), json!({})),
            (
                json!({"finalizers": ["a", "b"]}),
                json!({"finalizers": ["c"], "$deleteFromPrimitiveList/finalizers": ["a"]}),
                json!({"finalizers": ["b", "c"]}),
            ),
            (
                json!({"volumes": [{"name": "a"}]}),
                json!({"volumes": [{"$patch": "replace"}, {"name": "b"}]}),
                json!({"volumes": [{"name": "b"}]}),
            ),
            (
                json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}}),
                json!({"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}),
                json!({"strategy": {"type": "Recreate"}}),
            ),
            (
                json!({"env": [{"name": "a"}, {"name": "b"}]}),
                json!({"$setElementOrder/env": [{"name": "b"}, {"name": "a"}], "env": [{"name": "a", "value": "1"}]}),
                json!({"env": [{"name": "b"}, {"name": "a", "value": "1"}]}),
            ),
            (
                json!({"ports": [{"port": 80, "name": "x"}]}),
                json!({"ports": [{"port": 81}]}),
                json!({"ports": [{"port": 80, "name": "x"}, {"port": 81}]}),
            ),
            (
                json!({"conditions": [{"type": "Ready", "status": "True"}]}),
                json!({"conditions": [{"type": "Ready", "status": "False"}]}),
                json!({"conditions": [{"type": "Ready", "status": "False"}]}),
            ),
        ] {
            check(&target, &patch, &expected);
        }
    }

    #[test]
    fn items_without_their_key_are_refused() {
        let mut target = json!({"env": [{"name": "a"}]});
        let refused = merge(&mut target, &json!({"env": [{"value": "1"}]}));
        assert_eq!(refused.unwrap_err().code, 400);
    }
}
