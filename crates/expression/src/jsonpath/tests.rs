//! What `jsonpath-rw` finds, replayed; and that no path can do harm.

use proptest::prelude::*;

use super::*;
use crate::value::recorded::{replay, untagged};
use crate::value::text::repr;
use crate::value::{Value, recorded};

#[test]
fn paths_find_what_jsonpath_rw_finds() {
    replay("jsonpath.jsonl", &[], |case| {
        let path = Path::parse(case["path"].as_str().unwrap())?;
        find(&path, &untagged(&case["data"])).map(Value::list)
    });
}

#[test]
fn the_first_is_the_first_of_all() {
    for case in recorded::cases("jsonpath.jsonl") {
        let Ok(path) = Path::parse(case["path"].as_str().unwrap()) else {
            continue;
        };
        let data = untagged(&case["data"]);
        let first = find_first(&path, &data).map(|first| first.map(|value| repr(&value).unwrap()));
        let all = find(&path, &data).map(|all| all.first().map(|value| repr(value).unwrap()));
        if all.is_ok() {
            assert_eq!(first, all, "{case}");
        }
    }
}

#[test]
fn errors_have_the_words_of_the_original() {
    for case in recorded::cases("jsonpath.jsonl") {
        let expected = &case["expected"];
        if let (Err(error), Some(class)) = (
            Path::parse(case["path"].as_str().unwrap()),
            expected["error"].as_str(),
        ) {
            let expected = Error::raised("", expected["message"].as_str().unwrap()).to_string();
            assert_eq!(error.to_string(), format!("{class}{expected}"), "{case}");
        }
    }
}

#[test]
fn a_path_that_multiplies_is_stopped() {
    let path = Path::parse("$..*..*..*..*..*..*").unwrap();
    let data = (0..40).fold(Value::Int(1), |inner, _| {
        Value::dict(
            [("a".into(), inner.clone()), ("b".into(), inner)]
                .into_iter()
                .collect(),
        )
    });
    assert!(matches!(find(&path, &data), Err(Error::Limit(_))));
}

#[test]
fn paths_are_shared_between_threads() {
    const fn shared<T: Send + Sync>() {}
    shared::<Path>();
}

proptest! {
    #[test]
    fn any_path_is_read_or_refused(text in "[a-c.*\\[\\]()|&$'\"`\\\\:,0-9 @-]{0,30}|.{0,20}") {
        if let Ok(path) = Path::parse(&text) {
            let data = Value::dict([("a".into(), Value::list(vec![Value::Int(1)]))].into_iter().collect());
            let _found_or_failed = (find(&path, &data), find_first(&path, &data));
        }
    }
}
