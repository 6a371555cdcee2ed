//! The kinds of patches: JSON patch, merge patch, strategic merge patch and apply.

use squall_model::{Json, Object};

use super::answers::Refusal;
use super::strategic;

/// How much the operations of one patch may copy and move, in bytes of JSON.
const LONGEST_COPIES: usize = 3 * 1024 * 1024;

/// How deep an object may be nested that an operation copies in.
const DEEPEST: usize = 200;

/// How a patch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// RFC 6902: a list of operations.
    Operations,
    /// RFC 7386: what is new; lists are replaced.
    Merge,
    /// Kubernetes' own: what is new; lists are merged where their items have keys.
    Strategic,
    /// What the object is to be, as far as this sender is concerned.
    Apply,
}

/// The media types, as a refusal lists them.
const KNOWN: &str = "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";

impl Dialect {
    /// The dialect of a media type, for built-in or custom kinds.
    pub(super) fn of(content_type: &str, is_custom: bool) -> Result<Self, Refusal> {
        let plain = content_type.split(';').next().unwrap_or_default().trim();
        match plain {
            "application/json-patch+json" => Ok(Self::Operations),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" if !is_custom => Ok(Self::Strategic),
            "application/apply-patch+yaml" | "application/apply-patch+cbor" => Ok(Self::Apply),
            other => Err(Refusal::unsupported_type(other, KNOWN)),
        }
    }

    /// The object with the patch.
    pub(super) fn apply(self, mut object: Json, patch: &Json) -> Result<Json, Refusal> {
        match self {
            Self::Operations => operations(&mut object, patch)?,
            Self::Merge => merge(&mut object, patch),
            Self::Strategic | Self::Apply => strategic::merge(&mut object, patch)?,
        }
        Ok(object)
    }
}

/// RFC 7386.
fn merge(target: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Object::new());
    }
    let Json::Object(target) = target else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            target.shift_remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Json::Null), value);
        }
    }
}

/// RFC 6902.
fn operations(object: &mut Json, patch: &Json) -> Result<(), Refusal> {
    let Json::Array(operations) = patch else {
        return Err(Refusal::bad_request("a JSON patch is a list of operations"));
    };
    let mut copied = 0;
    for operation in operations {
        if let Some(Json::String(from)) = operation.get("from") {
            // Copies of copies would grow, and nest, without bound.
            copied += object
                .pointer(from)
                .map_or(0, |value| value.to_string().len());
            if copied > LONGEST_COPIES || depth(object) > DEEPEST {
                let message = "the copies of this patch are too large";
                return Err(Refusal::new(413, "RequestEntityTooLarge", message));
            }
        }
        operate(object, operation).ok_or_else(|| {
            let message = format!("the server rejected our request due to an error in our request: {operation} does not apply");
            Refusal::new(422, "Invalid", message)
        })?;
    }
    Ok(())
}

fn depth(value: &Json) -> usize {
    let deepest = match value {
        Json::Object(fields) => fields.values().map(depth).max(),
        Json::Array(items) => items.iter().map(depth).max(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => return 0,
    };
    1 + deepest.unwrap_or(0)
}

fn operate(object: &mut Json, operation: &Json) -> Option<()> {
    let said = |name: &str| operation.get(name);
    let path = said("path")?.as_str()?;
    match said("op")?.as_str()? {
        "add" => add(object, path, said("value")?.clone()),
        "remove" => remove(object, path).map(|_| ()),
        "replace" => {
            *object.pointer_mut(path)? = said("value")?.clone();
            Some(())
        }
        "move" => {
            let value = remove(object, said("from")?.as_str()?)?;
            add(object, path, value)
        }
        "copy" => {
            let value = object.pointer(said("from")?.as_str()?)?.clone();
            add(object, path, value)
        }
        "test" => (object.pointer(path)? == said("value")?).then_some(()),
        _ => None,
    }
}

/// The place that a path ends in, and the last step to it.
fn parent<'a>(object: &'a mut Json, path: &str) -> Option<(&'a mut Json, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    let last = last.replace("~1", "/").replace("~0", "~");
    Some((object.pointer_mut(parent)?, last))
}

fn add(object: &mut Json, path: &str, value: Json) -> Option<()> {
    if path.is_empty() {
        *object = value;
        return Some(());
    }
    match parent(object, path)? {
        (Json::Object(fields), name) => {
            fields.insert(name, value);
        }
        (Json::Array(items), name) => {
            let at = match name.as_str() {
                "-" => items.len(),
                number => number.parse().ok()?,
            };
            if at > items.len() {
                return None;
            }
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(object: &mut Json, path: &str) -> Option<Json> {
    match parent(object, path)? {
        (Json::Object(fields), name) => fields.shift_remove(&name),
        (Json::Array(items), name) => {
            let at: usize = name.parse().ok()?;
            (at < items.len()).then(|| items.remove(at))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn merge_patches_replace_lists_and_remove_nulls() {
        let object = json!({"a": {"b": 1, "c": [1, 2]}, "d": 1});
        for (patch, expected) in [
            (
                json!({"a": {"b": 2}}),
                json!({"a": {"b": 2, "c": [1, 2]}, "d": 1}),
            ),
            (
                json!({"a": {"c": [3]}, "d": null}),
                json!({"a": {"b": 1, "c": [3]}}),
            ),
            (
                json!({"d": {"e": null, "f": 1}}),
                json!({"a": {"b": 1, "c": [1, 2]}, "d": {"f": 1}}),
            ),
        ] {
            assert_eq!(
                Dialect::Merge.apply(object.clone(), &patch),
                Ok(expected),
                "{patch}"
            );
        }
    }

    #[test]
    fn operations_are_applied_in_order_or_not_at_all() {
        let object = json!({"a": [1, 2], "b/c": {"d": 1}});
        for (patch, expected) in [
            (
                json!([{"op": "add", "path": "/a/-", "value": 3}, {"op": "remove", "path": "/a/0"}]),
                Some(json!({"a": [2, 3], "b/c": {"d": 1}})),
            ),
            (
                json!([{"op": "replace", "path": "/b~1c/d", "value": 2}]),
                Some(json!({"a": [1, 2], "b/c": {"d": 2}})),
            ),
            (
                json!([{"op": "move", "from": "/b~1c/d", "path": "/a/1"}]),
                Some(json!({"a": [1, 1, 2], "b/c": {}})),
            ),
            (
                json!([{"op": "copy", "from": "/a", "path": "/e"}]),
                Some(json!({"a": [1, 2], "b/c": {"d": 1}, "e": [1, 2]})),
            ),
            (
                json!([{"op": "test", "path": "/a/0", "value": 1}]),
                Some(object.clone()),
            ),
            (json!([{"op": "test", "path": "/a/0", "value": 2}]), None),
            (
                json!([{"op": "replace", "path": "/missing", "value": 2}]),
                None,
            ),
            (json!([{"op": "remove", "path": "/a/7"}]), None),
            (json!([{"op": "add", "path": "/a/7", "value": 1}]), None),
            (json!([{"op": "jump", "path": "/a"}]), None),
            (json!([{"path": "/a"}]), None),
            (json!([1]), None),
        ] {
            assert_eq!(
                Dialect::Operations.apply(object.clone(), &patch).ok(),
                expected,
                "{patch}"
            );
        }
        assert_eq!(
            Dialect::Operations
                .apply(object, &json!({}))
                .unwrap_err()
                .code,
            400
        );
    }

    #[test]
    fn copies_of_copies_end() {
        let mut doubled = vec![json!({"op": "add", "path": "/a", "value": {"x": "y"}})];
        for turn in 0..100 {
            let copy = json!({"op": "copy", "from": "/a", "path": format!("/a/{turn}")});
            doubled.push(copy);
        }
        let refused = Dialect::Operations.apply(json!({}), &Json::Array(doubled));
        assert_eq!(refused.unwrap_err().code, 413);
        let mut nested = vec![json!({"op": "add", "path": "/a", "value": {}})];
        for _ in 0..1000 {
            nested.push(json!({"op": "move", "from": "/a", "path": "/b"}));
            nested.push(json!({"op": "add", "path": "/a", "value": {}}));
            nested.push(json!({"op": "move", "from": "/b", "path": "/a/b"}));
        }
        let refused = Dialect::Operations.apply(json!({}), &Json::Array(nested));
        assert_eq!(refused.unwrap_err().code, 413);
    }

    #[test]
    fn dialects_have_their_media_types() {
        assert_eq!(
            Dialect::of("application/merge-patch+json; charset=utf-8", true),
            Ok(Dialect::Merge)
        );
        assert_eq!(
            Dialect::of("application/strategic-merge-patch+json", false),
            Ok(Dialect::Strategic)
        );
        for refused in [
            ("application/strategic-merge-patch+json", true),
            ("application/json", false),
        ] {
            assert_eq!(
                Dialect::of(refused.0, refused.1).unwrap_err().code,
                415,
                "{refused:?}"
            );
        }
    }
}
