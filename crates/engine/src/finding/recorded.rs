//! Replays what Robusta's sinks took, from `conformance/recorded`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use squall_model::finding::Finding;
use squall_model::playbook::SinkConfig;
use squall_model::{Json, Object, Timestamp};

use super::{Facts, Sinks, Verdict};

/// Cases that are meant to differ, with the reason.
const DIFFERENT: &[(&str, &str)] = &[];

#[test]
fn sinks_take_what_robustas_take() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../conformance/recorded/robusta_routing.jsonl");
    let mut faults = Vec::new();
    let mut count = 0;
    for line in fs_err::read_to_string(path).unwrap().lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let found = if case.get("sinks").is_some() {
            json!({"sent": sent(&case)})
        } else if case.get("sink").is_some() {
            json!({"takes": takes(&case)})
        } else {
            // Channels are for the sinks themselves.
            continue;
        };
        count += 1;
        // What Robusta stumbles over is not delivered either.
        let expected = match case["expected"].get("error") {
            Some(_) => json!({"takes": false}),
            None => case["expected"].clone(),
        };
        let is_different = DIFFERENT.iter().any(|(id, _)| case["id"] == *id);
        if (expected == found) == is_different {
            faults.push(format!("{line}\n  found {found}"));
        }
    }
    assert!(count >= 60, "{count}");
    assert!(
        faults.is_empty(),
        "{} of {count} cases:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

fn sinks(written: &[Json]) -> Sinks {
    let config = |written: &Json| SinkConfig {
        kind: "file_sink".to_owned(),
        name: written["name"].as_str().unwrap_or("s").to_owned(),
        parameters: written.as_object().cloned().unwrap_or_default(),
        ..SinkConfig::default()
    };
    Sinks::read(&written.iter().map(config).collect::<Vec<_>>()).0
}

fn now(case: &Json) -> Timestamp {
    case["now"].as_str().unwrap().parse().unwrap()
}

fn takes(case: &Json) -> bool {
    let finding: Finding = serde_json::from_value(case["finding"].clone()).unwrap();
    let namespaces: BTreeMap<String, Object> =
        serde_json::from_value(case["namespaces"].clone()).unwrap();
    let facts = Facts {
        now: now(case),
        namespaces: &namespaces,
    };
    let sinks = sinks(std::slice::from_ref(&case["sink"]));
    let verdict = sinks
        .named("s")
        .map(|sink| sink.judge(&finding, facts).unwrap());
    verdict == Some(Verdict::Taken)
}

fn sent(case: &Json) -> Vec<(String, String)> {
    let findings: Vec<(String, Vec<Finding>)> =
        serde_json::from_value(case["findings"].clone()).unwrap();
    let facts = Facts {
        now: now(case),
        namespaces: &BTreeMap::new(),
    };
    let routes = sinks(case["sinks"].as_array().unwrap())
        .route(&findings, facts)
        .unwrap();
    let taken = routes
        .into_iter()
        .filter(|route| route.verdict == Verdict::Taken);
    taken
        .map(|route| {
            let (_, given) = findings
                .iter()
                .find(|(name, _)| *name == route.sink)
                .unwrap();
            (route.sink, given[route.finding].title.clone())
        })
        .collect()
}
