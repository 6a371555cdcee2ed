//! Texts that PyYAML's C dumper wrote.

use serde_json::json;

use super::super::json::from_json;
use super::super::recorded::{cases, untagged};
use super::*;

#[test]
fn values_are_written_as_pyyaml_writes_them() {
    let mut faults = Vec::new();
    for case in cases("yaml_texts_written.jsonl") {
        let layout = Layout {
            indent: case["indent"]
                .as_u64()
                .map_or(2, |indent| usize::try_from(indent).unwrap()),
            unicode: case["allow_unicode"] != json!(false),
        };
        let found = dump(&untagged(&case["json"]), layout).unwrap();
        if found != case["expected"]["value"].as_str().unwrap() {
            faults.push(format!("{case}\n  found {found:?}"));
        }
    }
    assert!(
        faults.is_empty(),
        "{} cases:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn what_is_written_reads_back() {
    let value = from_json(&json!({
        "text": ["a: b", "- x", "yes", "1", "", " a", "a ", "#", "it's", "a\n\nb\n", "\t", "é", "😀", "{{ x }}", "'", "\"", "-", "?", "!", "<<", "="],
        "nested": {"list": [[], {}, [[1, 2], {"k": "v", "l": null}]], "long": "word ".repeat(60)},
    }));
    let written = dump(&value, Layout::default()).unwrap();
    let read = yaml::load(&written).unwrap();
    assert!(order::equals(&read, &value).unwrap(), "{written}");
}

#[test]
fn what_is_no_data_is_refused() {
    let keys = super::super::methods::call(&from_json(&json!({"a": 1})), "keys", &[], &[]).unwrap();
    assert_eq!(
        dump(&keys, Layout::default()).unwrap_err().to_string(),
        "RepresenterError: ('cannot represent an object', dict_keys(['a']))"
    );
}

proptest::proptest! {
    #[test]
    fn any_text_reads_back(text in "[a-c :#'\"\\-?!&*\\[\\]{},|>%@`\n\t\u{e9}0-9.~=<\\\\]{0,20}", indent in 0_usize..12) {
        let value = Value::dict([("k".into(), Value::list(vec![text.as_str().into()]))].into_iter().collect());
        let written = dump(&value, Layout { indent, unicode: true }).unwrap();
        let read = yaml::load(&written).unwrap();
        proptest::prop_assert!(order::equals(&read, &value).unwrap(), "{}", written);
    }
}
