//! What StackStorm's casts made of values, replayed.

use super::super::recorded::{replay, untagged};
use super::*;

#[test]
fn values_are_cast_as_stackstorm_casts_them() {
    replay("casts.jsonl", &[], |case| {
        cast(case["type"].as_str().unwrap(), &untagged(&case["given"]))
    });
}
