//! How deep and how long values are.

use squall_model::Json;

use crate::Error;

/// Deeper values are refused: reading one back takes stack for each level.
pub(super) const DEEPEST: usize = 512;

/// Refuses what is nested deeper than [`DEEPEST`].
pub(super) fn check_depth(value: &Json) -> Result<(), Error> {
    if is_within(value, DEEPEST) {
        Ok(())
    } else {
        Err(Error::TooDeep { limit: DEEPEST })
    }
}

/// Whether the JSON text of `value` has, by a rough count, more than `bytes` bytes. Looks at no more than that.
pub(super) fn is_longer_than(value: &Json, bytes: usize) -> bool {
    let mut room = bytes;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        let cost = match value {
            Json::Null | Json::Bool(_) | Json::Number(_) => 4,
            Json::String(text) => text.len() + 2,
            Json::Array(items) => items.len(),
            Json::Object(fields) => fields.len() * 4,
        };
        let Some(left) = room.checked_sub(cost) else {
            return true;
        };
        room = left;
        match value {
            Json::Array(items) => open.extend(items),
            Json::Object(fields) => open.extend(fields.values()),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
    false
}

fn is_within(value: &Json, levels: usize) -> bool {
    let Some(inner) = levels.checked_sub(1) else {
        return false;
    };
    match value {
        Json::Array(items) => items.iter().all(|item| is_within(item, inner)),
        Json::Object(fields) => fields.values().all(|field| is_within(field, inner)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn depth_is_bounded() {
        let nested = |levels| (1..levels).fold(json!(1), |inner, _| json!([inner]));
        assert!(check_depth(&nested(DEEPEST)).is_ok());
        assert!(check_depth(&nested(DEEPEST + 1)).is_err());
    }

    #[test]
    fn length_is_estimated() {
        assert!(!is_longer_than(&json!({"a": [1, 2, "three"]}), 64));
        assert!(is_longer_than(&json!({"a": ["x".repeat(100)]}), 64));
        assert!(is_longer_than(&json!(vec![0; 100]), 64));
    }
}
