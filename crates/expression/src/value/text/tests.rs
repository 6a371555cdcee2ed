//! How Python writes values, replayed.

use super::super::recorded::{cases, untagged};
use super::*;

#[test]
fn values_are_written_as_python_writes_them() {
    let mut faults = Vec::new();
    for case in cases("python_repr.jsonl") {
        let value = untagged(&case["json"]);
        let expected = &case["expected"];
        let found = (str(&value).unwrap(), repr(&value).unwrap());
        if *found.0 != *expected["str"].as_str().unwrap()
            || found.1 != expected["repr"].as_str().unwrap()
        {
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
