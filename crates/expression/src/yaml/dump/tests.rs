//! Cases computed by PyYAML with libyaml.

use super::*;
use crate::value::json::{Reader, loads};
use crate::value::recorded::{replay, untagged};
use crate::value::{Key, Set};
use crate::yaml::load;

const LAYOUT: Layout = Layout {
    indent: None,
    allow_unicode: true,
};

fn check(value: &Value, expected: &str) {
    assert_eq!(dump(value, &LAYOUT).unwrap(), expected);
}

fn check_json(json: &str, expected: &str) {
    check(&loads(json, Reader::Python).unwrap(), expected);
}

#[test]
fn long_text_is_folded() {
    check(
        &"word ".repeat(30).into(),
        "'word word word word word word word word word word word word word word word word word\n  word word word word \
         word word word word word word word word word '\n",
    );
    check(
        &format!("a\\\t{}", " word".repeat(30)).into(),
        "\"a\\\\\\t word word word word word word word word word word word word word word word\n  word word word word \
         word word word word word word word word word word word\"\n",
    );
    check(
        &"it's ".repeat(20).into(),
        "'it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s it''s\n  it''s it''s it''s \
         it''s it''s it''s '\n",
    );
    check(&"x".repeat(90).into(), &format!("{}\n", "x".repeat(90)));
}

#[test]
fn line_breaks_and_blanks_choose_the_quotes() {
    check_json(r#""a\n\nb\n\n""#, "'a\n\n\n  b\n\n\n  '\n");
    check_json(r#""\n""#, "'\n\n  '\n");
    check_json(r#""a b\n c""#, "\"a b\\n c\"\n");
    check_json(r#""a \nb""#, "\"a \\nb\"\n");
    check_json(r#""\u2028""#, "'\u{2028}  '\n");
    check_json(r#"" ""#, "' '\n");
    check_json(r#""a\u00a0b""#, "a\u{a0}b\n");
}

#[test]
fn keys_that_are_not_simple_stand_behind_a_question_mark() {
    check(
        &Value::dict(
            [(Key::new("k".repeat(130).into()).unwrap(), Value::Int(1))]
                .into_iter()
                .collect(),
        ),
        &format!("? {}\n: 1\n", "k".repeat(130)),
    );
    let inner = Value::tuple(vec![Value::Int(2), Value::Int(3)]);
    let key = Value::tuple(vec![Value::Int(1), inner]);
    let list = Value::list(vec![Value::Int(1)]);
    check(
        &Value::dict([(Key::new(key).unwrap(), list)].into_iter().collect()),
        "? - 1\n  - - 2\n    - 3\n: - 1\n",
    );
    check_json(r#"{"a\nb": 1}"#, "? 'a\n\n  b'\n: 1\n");
    check_json(r#"{"": ""}"#, "'': ''\n");
    check_json(
        r#"[{"a": 1, "b": [1, {}, []]}, []]"#,
        "- a: 1\n  b:\n  - 1\n  - {}\n  - []\n- []\n",
    );
}

#[test]
fn bytes_sets_and_shared_tuples_are_marked() {
    let bytes = || Value::bytes(*b"xyz");
    check(&Value::list(vec![bytes()]), "- !!binary |\n  eHl6\n");
    check(&Value::bytes(Vec::new()), "!!binary \"\"\n");
    let set = || {
        Value::set(
            [Key::new(Value::Int(1)).unwrap()]
                .into_iter()
                .collect::<Set>(),
        )
    };
    check(&set(), "!!set\n1: null\n");
    check(&Value::list(vec![set()]), "- !!set\n  1: null\n");
    let tuple = Value::tuple(vec![Value::Int(1), Value::Int(2)]);
    check(
        &Value::list(vec![tuple.clone(), tuple]),
        "- &id001\n  - 1\n  - 2\n- *id001\n",
    );
}

#[test]
fn what_is_no_data_is_refused() {
    let view =
        crate::value::methods::call(&Value::dict(crate::value::Dict::new()), "keys", &[], &[])
            .unwrap();
    let error = dump(&view, &LAYOUT).unwrap_err();
    assert_eq!(
        error.to_string(),
        "RepresenterError: ('cannot represent an object', dict_keys([]))"
    );
    let list = Value::list(Vec::new());
    if let Value::List(items) = &list {
        items.borrow_mut().push(list.clone());
    }
    assert!(matches!(dump(&list, &LAYOUT), Err(Error::Limit(_))));
}

#[test]
fn values_are_written_as_pyyaml_writes_them() {
    replay("yaml_texts_written.jsonl", &[], |case| {
        let layout = Layout {
            indent: case["indent"].as_i64(),
            allow_unicode: case["allow_unicode"].as_bool().unwrap_or(true),
        };
        dump(&untagged(&case["json"]), &layout).map(Value::from)
    });
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_back(text in "[a-c :#'\"\\-?!&*\\[\\]{},|>%@`\n\t\u{e9}0-9.~=<\\\\]{0,20}", indent in 0_i64..12) {
        let list = Value::list(vec![text.as_str().into()]);
        let value = Value::dict([(Key::from("k"), list)].into_iter().collect());
        let layout = Layout { indent: Some(indent), allow_unicode: true };
        let written = dump(&value, &layout).unwrap();
        let read = load(&written).unwrap();
        proptest::prop_assert!(crate::value::order::equals(&read, &value).unwrap(), "{}", written);
    }
}
