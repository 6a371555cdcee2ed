//! What recordings do not show: sameness in long lists, and where in a value something is wrong.

use serde_json::json;

use super::*;

fn checked(value: &Json, schema: &Json) -> Result<(), Box<Mismatch>> {
    check(value, schema.as_object().unwrap())
}

#[test]
fn items_are_the_same_as_values_not_as_texts() {
    let unique = json!({"type": "array", "uniqueItems": true});
    for (items, are_unique) in [
        (json!([1, 2, "1", true, null, [1], {"a": 1}]), true),
        (json!([1, 1.0]), false),
        (json!([0, -0.0]), false),
        (json!([[1, [2]], [1, [2.0]]]), false),
        (json!([{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}]), false),
        (json!([{"a": 1, "b": 2}, {"a": 2, "b": 1}]), true),
        (json!([{"a": 1}, {"a": 1, "b": 2}]), true),
        (
            json!([9_007_199_254_740_993_u64, 9_007_199_254_740_992_u64]),
            false,
        ),
        (json!(["", ""]), false),
    ] {
        assert_eq!(checked(&items, &unique).is_ok(), are_unique, "{items}");
    }
}

#[test]
fn what_is_wrong_below_an_alternative_is_told_with_its_whole_path() {
    let schema = json!({"properties": {"a": {"anyOf": [{"properties": {"b": {"items": {"type": "integer"}}}}]}}});
    let mismatch = checked(&json!({"a": {"b": [1, "x"]}}), &schema).unwrap_err();
    assert_eq!(mismatch.message, "'x' is not of type 'integer'");
    let key = |name: &str| Part::Key(name.to_owned());
    assert_eq!(mismatch.path, [key("a"), key("b"), Part::Index(1)]);
}
