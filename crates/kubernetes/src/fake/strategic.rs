//! Strategic merge patches: lists whose items have a key are merged item by item.

use squall_model::{Json, Object};

use super::answers::Refusal;

/// The key of a list's items, by the name of the list.
const KEYS: &[(&str, &[&str])] = &[
    ("addresses", &["type"]),
    ("conditions", &["type"]),
    ("containers", &["name"]),
    ("drivers", &["name"]),
    ("env", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("hostAliases", &["ip"]),
    ("hostIPs", &["ip"]),
    ("imagePullSecrets", &["name"]),
    ("initContainers", &["name"]),
    ("ownerReferences", &["uid"]),
    ("podIPs", &["ip"]),
    // A service's ports have `port`, a container's `containerPort`.
    ("ports", &["containerPort", "port"]),
    ("resourceClaims", &["name"]),
    ("resourceClaimStatuses", &["name"]),
    ("schedulingGates", &["name"]),
    ("secrets", &["name"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("volumeDevices", &["devicePath"]),
    ("volumeMounts", &["mountPath"]),
    ("volumes", &["name"]),
    ("webhooks", &["name"]),
];

/// Lists that have a key elsewhere and none where they stand in the object itself: those of service accounts and endpoint
/// slices.
const REPLACED_AT_THE_TOP: &[&str] = &["imagePullSecrets", "ports"];

/// Lists of plain values that are united.
const UNITED: &[&str] = &["finalizers", "podCIDRs"];

/// Merges a patch into an object.
pub(super) fn merge(target: &mut Json, patch: &Json) -> Result<(), Refusal> {
    // The one field of its kind that is replaced whatever is in it.
    let is_budget = target.get("kind").and_then(Json::as_str) == Some("PodDisruptionBudget");
    if is_budget
        && patch.pointer("/spec/selector").is_some()
        && let Some(spec) = target.get_mut("spec").and_then(Json::as_object_mut)
    {
        spec.shift_remove("selector");
    }
    let patch = patch.as_object();
    let patch = patch.ok_or_else(|| Refusal::bad_request("a patch is an object"))?;
    change(target, patch, true)
}

/// Changes the fields of a value, which becomes an object if it is none.
fn change(target: &mut Json, patch: &Object, at_the_top: bool) -> Result<(), Refusal> {
    let mut inner = match target.take() {
        Json::Object(fields) => fields,
        _ => Object::new(),
    };
    let changed = fields(&mut inner, patch, at_the_top);
    *target = Json::Object(inner);
    changed
}

fn fields(target: &mut Object, patch: &Object, at_the_top: bool) -> Result<(), Refusal> {
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
    let array = |value: &Json| value.as_array().cloned().unwrap_or_default();
    for (name, value) in patch {
        if let Some(list) = name.strip_prefix("$deleteFromPrimitiveList/") {
            let removed = array(value);
            if let Some(items) = target.get_mut(list).and_then(Json::as_array_mut) {
                items.retain(|item| !removed.contains(item));
            }
        } else if name == "$retainKeys" {
            let retained = array(value);
            target.retain(|name, _| retained.iter().any(|known| known == name));
        } else if let Some(list) = name.strip_prefix("$setElementOrder/") {
            // A list that the patch changes is sorted then.
            if !patch.contains_key(list)
                && let Some(items) = target.get_mut(list).and_then(Json::as_array_mut)
            {
                let live = items.clone();
                arrange(key_of(list, items, &[]), items, &live, &array(value));
            }
        } else if value.is_null() {
            target.shift_remove(name);
        } else if let Json::Array(items) = value {
            let order = patch.get(&format!("$setElementOrder/{name}"));
            let key = match key_of(name, &[], items) {
                Some(_) if at_the_top && REPLACED_AT_THE_TOP.contains(&name.as_str()) => None,
                key => key,
            };
            let order = order.and_then(Json::as_array).unwrap_or(items);
            list(target, name, key, (items, order))?;
        } else if let Json::Object(inner) = value {
            change(target.entry(name).or_insert(Json::Null), inner, false)?;
        } else {
            target.insert(name.clone(), value.clone());
        }
    }
    Ok(())
}

/// Merges the items of a list that has a key or is united, and replaces any other.
fn list(
    target: &mut Object,
    name: &str,
    key: Option<&str>,
    (patch, order): (&[Json], &[Json]),
) -> Result<(), Refusal> {
    let items = target.entry(name).or_insert(Json::Null);
    let mut live = items.as_array().cloned().unwrap_or_default();
    let is_whole = patch.iter().any(|item| directive(item) == Some("replace"));
    if is_whole || (key.is_none() && !UNITED.contains(&name)) {
        let rest = patch
            .iter()
            .filter(|item| directive(item) != Some("replace"));
        *items = rest.map(stripped).collect();
        return Ok(());
    }
    let before = live.clone();
    for item in patch {
        match key {
            Some(key) => keyed(&mut live, key, item)?,
            None if live.contains(item) => {}
            None => live.push(item.clone()),
        }
    }
    arrange(key, &mut live, &before, order);
    *items = Json::Array(live);
    Ok(())
}

fn directive(item: &Json) -> Option<&str> {
    item.get("$patch").and_then(Json::as_str)
}

/// Merges one item into a list with a key.
fn keyed(items: &mut Vec<Json>, key: &str, item: &Json) -> Result<(), Refusal> {
    let (Some(value), Some(fields_of_item)) = (item.get(key), item.as_object()) else {
        let message = format!("map: {item} does not contain declared merge key: {key}");
        return Err(Refusal::bad_request(message));
    };
    let place = items.iter().position(|known| known.get(key) == Some(value));
    match place {
        Some(at) if directive(item) == Some("delete") => {
            items.remove(at);
        }
        None if directive(item) == Some("delete") => {}
        Some(at) => {
            if let Some(known) = items.get_mut(at) {
                change(known, fields_of_item, false)?;
            }
        }
        None => items.push(stripped(item)),
    }
    Ok(())
}

/// The key that a list is merged by; none if it has none.
fn key_of(name: &str, items: &[Json], patch: &[Json]) -> Option<&'static str> {
    let (_, keys) = KEYS.iter().find(|(list, _)| *list == name)?;
    let is_there = |key: &&&str| {
        let mut all = items.iter().chain(patch);
        all.any(|item| item.get(**key).is_some())
    };
    keys.iter().find(is_there).or(keys.first()).copied()
}

/// Sorts a list: those that the patch orders in its order, and the others in theirs, each of them before the first of the
/// former that it stood before.
fn arrange(key: Option<&str>, items: &mut Vec<Json>, live: &[Json], order: &[Json]) {
    let position = |list: &[Json], item: &Json| {
        list.iter().position(|known| match key {
            Some(key) => known.get(key) == item.get(key),
            None => known == item,
        })
    };
    let (mut ordered, others): (Vec<Json>, Vec<Json>) = items
        .drain(..)
        .partition(|item| position(order, item).is_some());
    ordered.sort_by_key(|item| position(order, item));
    let mut others = others.into_iter().peekable();
    for item in ordered {
        let place = position(live, &item);
        while let Some(other) =
            others.next_if(|other| place.is_some_and(|place| position(live, other) < Some(place)))
        {
            items.push(other);
        }
        items.push(item);
    }
    items.extend(others);
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
                    {"name": "a", "image": "a:2", "env": [{"name": "Y", "value": "2"}, {"name": "X", "value": "1"}], "args": ["3"]},
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
                json!({"finalizers": ["c", "b"]}),
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
                json!({"spec": {"ports": [{"port": 80, "name": "x"}]}}),
                json!({"spec": {"ports": [{"port": 81}]}}),
                json!({"spec": {"ports": [{"port": 81}, {"port": 80, "name": "x"}]}}),
            ),
            (
                json!({"ports": [{"port": 80, "name": "x"}]}),
                json!({"ports": [{"port": 81}]}),
                json!({"ports": [{"port": 81}]}),
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
