//! Findings, read and written, and their fingerprints.

use serde_json::json;

use super::*;

#[test]
fn default_findings_are_all_the_same_thing() {
    // What Robusta gives an empty subject and the key `k`.
    let finding = Finding::new("1", "t", "k");
    assert!(
        finding.fingerprint.starts_with("13a67168"),
        "{}",
        finding.fingerprint
    );
    assert_eq!(
        finding.fingerprint,
        Finding::new("2", "other", "k").fingerprint
    );
}

#[test]
fn what_is_left_out_has_its_default() {
    let finding: Finding =
        serde_json::from_value(json!({"title": "t", "aggregation_key": "k"})).unwrap();
    assert_eq!(finding, Finding::new("", "t", "k"));
}

#[test]
fn what_is_read_is_written_again() {
    let written = json!({
        "id": "8a", "title": "t", "description": null, "severity": "HIGH", "source": "prometheus", "type": "issue",
        "failure": true, "aggregation_key": "k", "fingerprint": "f",
        "subject": {"name": "web", "kind": "pod", "namespace": "default", "node": null, "container": null,
                    "labels": {"app": "web"}, "annotations": {}},
        "links": [{"url": "http://a", "name": "Graph", "text": "📈 Graph", "type": "prometheus_generator_url"}],
        "enrichments": [{"blocks": [
            {"block": "MarkdownBlock", "hidden": false, "html_class": null, "text": "*hi*"},
            {"block": "FileBlock", "hidden": false, "html_class": null, "filename": "a.log", "contents": "aGk="},
            {"block": "TableBlock", "hidden": false, "html_class": null, "rows": [["1", "None"]], "headers": ["a", "b"],
             "column_renderers": {}, "table_name": "", "column_width": null, "metadata": {}, "table_format": null,
             "values": [[1, null]]},
            {"block": "EventsBlock", "hidden": false, "html_class": null, "rows": [], "headers": [],
             "column_renderers": {}, "table_name": "n", "column_width": [1, 2], "metadata": {}, "table_format": null,
             "values": [], "events": [{"kind": "pod", "name": "web"}]},
            {"block": "CallbackBlock", "choices": {"Press": {"action": "delete_pod", "action_params": {"name": "web"},
             "object": {"kind": "Pod", "name": "web", "namespace": "default"}}}},
            {"block": "MarkdownBlock", "bases": ["HeaderBlock", "BaseBlock"], "text": "mine", "more": [1]},
            {"block": "Strange", "x": 1},
        ], "annotations": {"attachment": true}, "type": "crash_info", "title": null}],
        "starts_at": "2026-11-22T13:14:15+00:00", "ends_at": null, "add_silence_url": false, "silence_labels": null
    });
    let finding: Finding = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&finding).unwrap(), written);
    let blocks = &finding.enrichments[0].blocks;
    assert_eq!(*blocks[5].shown(), Block::header("mine"));
    assert_eq!(
        (blocks[5].class(), blocks[6].class()),
        ("MarkdownBlock", "Strange")
    );
    assert_eq!(*blocks[6].shown(), blocks[6]);
}

#[test]
fn long_texts_are_cut_where_robusta_cuts_them() {
    let length = |count| Markdown::new("ä".repeat(count)).text.chars().count();
    assert_eq!(
        (length(2996), length(2997), length(9000)),
        (2996, 3000, 3000)
    );
}

#[test]
fn an_object_of_a_cluster_is_a_subject() {
    let pod = json!({"kind": "Pod", "metadata": {"name": "web", "namespace": "default", "labels": {"app": "web"}},
                     "spec": {"nodeName": "n1"}});
    let subject = Subject::of(&pod);
    assert_eq!(
        (subject.kind, subject.node.as_deref()),
        (Some(SubjectKind::Pod), Some("n1"))
    );
    assert_eq!(
        Subject::of(&json!({"kind": "Node", "metadata": {"name": "n1"}}))
            .node
            .as_deref(),
        Some("n1")
    );
    assert_eq!(Subject::of(&json!({"kind": "Ingress"})).kind, None);
}

#[test]
fn times_are_written_as_python_writes_them() {
    let write = |text: &str| python_time(text.parse().unwrap());
    assert_eq!(write("2026-11-22T13:14:15Z"), "2026-11-22T13:14:15+00:00");
    assert_eq!(
        write("2026-11-22T13:14:15.000123Z"),
        "2026-11-22T13:14:15.000123+00:00"
    );
}

#[test]
fn fingerprints_and_subjects_are_those_of_robusta() {
    let recorded = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../conformance/recorded/robusta_fingerprints.jsonl"
    ));
    let mut faults = Vec::new();
    let mut count = 0;
    for line in recorded.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let found = if case.get("object").is_some() {
            let mut found = serde_json::to_value(Subject::of(&case["object"])).unwrap();
            found.as_object_mut().unwrap().remove("container");
            found
        } else {
            let subject = serde_json::from_value(case["subject"].clone()).unwrap();
            let source = serde_json::from_value(case["source"].clone()).unwrap();
            json!({"fingerprint": fingerprint(&subject, source, case["aggregation_key"].as_str().unwrap())})
        };
        if case["expected"] != found {
            faults.push(format!("{line}\n  found {found}"));
        }
        count += 1;
    }
    assert!(count >= 60, "{count}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
