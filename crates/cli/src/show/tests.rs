//! What people and programs see.

use serde_json::json;

use super::*;
use crate::console::paper::written;

const COLUMNS: &[Column] = &[
    Column::plain("id", "id"),
    Column::status("status", "status"),
    Column::time("started", "started"),
    Column::yes_no("on", "deep.on"),
    Column::plain("text", "text"),
];

#[test]
fn a_list_has_a_line_for_each_item() {
    let items = [
        json!({"id": 1, "status": "succeeded", "started": "2026-03-01T12:00:00.123456Z", "deep": {"on": true}, "text": "a\nb"}),
        json!({"id": 22, "deep": {"on": false}}),
    ];
    let expected = "\
ID  STATUS     STARTED              ON   TEXT
1   succeeded  2026-03-01 12:00:00  yes  a b
22  -          -                    no   -
";
    assert_eq!(
        written(|console| list(console, Format::Table, &items, COLUMNS)),
        expected
    );
    assert_eq!(
        written(|console| list(console, Format::Json, &[], COLUMNS)),
        "[]\n"
    );
}

#[test]
fn an_item_leaves_out_what_it_does_not_have() {
    let thing =
        json!({"id": "x", "status": "failed", "text": {"a": [1, {"b": null}], "c": "d\ne\n"}});
    let expected = "\
id      x
status  failed
text
  a:
    - 1
    - b: null
  c: |
    d
    e
";
    assert_eq!(
        written(|console| item(console, Format::Table, &thing, COLUMNS)),
        expected
    );
}

#[test]
fn yaml_reads_back_as_what_it_was() {
    let texts = [
        "",
        " ",
        "plain",
        "two words",
        "yes",
        "No",
        "null",
        "~",
        "1",
        "1.5",
        "1e3",
        "0x1F",
        "1:30",
        "2026-03-01",
        "a: b",
        "a #b",
        "- a",
        "#a",
        "*a",
        "&a",
        "!a",
        "@a",
        "%a",
        "{a}",
        "[a",
        "a,b",
        "'a'",
        "\"a\"",
        "a\\b",
        "über",
        "日本",
        "a\nb",
        "a\nb\n",
        "a\n\nb",
        "\na",
        "a\n\n",
        "a \nb",
        " a\nb",
        "\ta\nb",
        "a\tb",
        "a\r\nb",
        "\u{7f}",
        "\u{85}",
        "\u{2028}x\ny",
        "\u{0}",
        "---",
        "--- a",
        "...",
        "a:",
        ":a",
        "=",
        "<<",
        "a\u{feff}",
        "x\n---\ny",
        "0.5s",
        "http://h:1/x",
        "😀",
    ];
    let mut cases: Vec<Json> = texts.iter().map(|text| json!(text)).collect();
    cases.push(Json::from(texts.as_slice()));
    cases.push(
        texts
            .iter()
            .map(|text| (text.to_string(), json!([text, {"nested": text}])))
            .collect(),
    );
    cases.extend([
        json!([]),
        json!({}),
        json!([[], {}, [[1, [2]], null]]),
        json!({"a": {"b": {"c": [true, -1, 2.5]}}}),
    ]);
    for case in cases {
        let text = written(|console| value(console, Format::Yaml, &case));
        let read = squall_expression::yaml::parse(&text).map(|document| document.root.to_json());
        assert_eq!(read.as_ref(), Ok(&case), "{text}");
    }
}
