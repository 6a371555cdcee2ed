//! Texts and what PyYAML makes of them.

use super::*;

/// What a text is read as: type and JSON, or the error.
fn read(text: &str) -> String {
    match parse(text) {
        Ok(document) => format!("{} {}", document.root.about(), document.root.to_json()),
        Err(error) => error.to_string(),
    }
}

fn check(cases: &[(&str, &str)]) {
    let differ: Vec<String> = cases
        .iter()
        .filter(|(text, expected)| read(text) != *expected)
        .map(|(text, expected)| {
            format!("{text:?}\n  expected {expected}\n  read as  {}", read(text))
        })
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn plain_scalars_have_yaml_1_1_types() {
    check(&[
        ("yes", "a boolean true"),
        ("Off", "a boolean false"),
        ("TRUE", "a boolean true"),
        ("tRue", r#"text "tRue""#),
        ("y", r#"text "y""#),
        ("", "empty null"),
        ("~", "empty null"),
        ("Null", "empty null"),
        ("'null'", r#"text "null""#),
        ("017", "an integer 15"),
        ("0o17", r#"text "0o17""#),
        ("08", r#"text "08""#),
        ("-0x1F", "an integer -31"),
        ("+0b1_0", "an integer 2"),
        ("0b_", "`0b_` is not an integer (line 1, column 1)"),
        ("1_000", "an integer 1000"),
        ("190:20:30", "an integer 685230"),
        ("190:20:60", r#"text "190:20:60""#),
        ("18446744073709551615", "an integer 18446744073709551615"),
        ("18446744073709551616", "an integer 1.8446744073709552e+19"),
        ("1.10", "a float 1.1"),
        ("1e3", r#"text "1e3""#),
        ("1.5e3", r#"text "1.5e3""#),
        ("1.5e+3", "a float 1500.0"),
        ("1.", "a float 1.0"),
        (".5", "a float 0.5"),
        ("-.5", r#"text "-.5""#),
        ("1:30.5", "a float 90.5"),
        ("-.inf", "a float null"),
        (".NaN", "a float null"),
        (
            "<<",
            "`<<` has a meaning of its own: quote it to have the text (line 1, column 1)",
        ),
    ]);
}

#[test]
fn dates_exist_or_are_refused() {
    check(&[
        ("2026-01-31", r#"a date "2026-01-31""#),
        ("2026-1-31", r#"text "2026-1-31""#),
        (
            "2026-02-31",
            "`2026-02-31` is not a date that exists (line 1, column 1)",
        ),
        ("2026-1-31 9:05:00", r#"a date "2026-01-31T09:05:00""#),
        (
            "2026-01-31T09:05:00.25Z",
            r#"a date "2026-01-31T09:05:00.250+00:00""#,
        ),
        (
            "2026-01-31 09:05:00 -3:30",
            r#"a date "2026-01-31T09:05:00-03:30""#,
        ),
        (
            "2026-01-31 24:00:00",
            "`2026-01-31 24:00:00` is not a date that exists (line 1, column 1)",
        ),
    ]);
}

#[test]
fn tags_choose_the_type() {
    check(&[
        ("!!str 5", r#"text "5""#),
        ("!!int '0x10'", "an integer 16"),
        ("!!float 1e3", "a float 1000.0"),
        ("!!bool 'on'", "a boolean true"),
        (
            "!!bool maybe",
            "`maybe` is not a boolean (line 1, column 8)",
        ),
        ("! '5'", "an integer 5"),
        ("!!binary aGVs\n  bG8=", r#"binary data "hello""#),
        (
            "!!binary aGVsbG8",
            "base-64 data lacks its padding (line 1, column 10)",
        ),
        ("!!set {a, b}", r#"a set ["a","b"]"#),
        ("!!omap [a: 1, b: 2]", r#"a list [["a",1],["b",2]]"#),
        (
            "!!omap [a]",
            "an ordered map is a list of mappings with one key each (line 1, column 9)",
        ),
        (
            "!!map [a]",
            "the tag `tag:yaml.org,2002:map` does not fit a list (line 1, column 7)",
        ),
        (
            "!secret x",
            "the tag `!secret` has no meaning here (line 1, column 9)",
        ),
        (
            "!!python/none ''",
            "the tag `tag:yaml.org,2002:python/none` has no meaning here (line 1, column 15)",
        ),
    ]);
}

#[test]
fn merges_and_repeated_keys() {
    check(&[
        ("{a: 1, b: 2, a: 3}", r#"a mapping {"a":3,"b":2}"#),
        ("{1: a, true: b, 1.0: c}", r#"a mapping {"1":"c"}"#),
        (
            "[&x {a: 1, b: 2}, {b: 3, <<: *x}]",
            r#"a list [{"a":1,"b":2},{"a":1,"b":3}]"#,
        ),
        (
            "[&x {a: 1}, &y {a: 2, b: 2}, {<<: [*x, *y]}]",
            r#"a list [{"a":1},{"a":2,"b":2},{"a":1,"b":2}]"#,
        ),
        (
            "<<: 5",
            "`<<` merges a mapping or a list of mappings, but this is an integer (line 1, column 5)",
        ),
        ("{=: 5}", r#"a mapping {"=":5}"#),
    ]);
    let document = parse("name: a\nother: b\nname: c\n").unwrap();
    let repeated: Vec<_> = document
        .repeated
        .iter()
        .map(|key| (key.line, key.as_text()))
        .collect();
    assert_eq!(repeated, [(3, Some("name"))]);
}

#[test]
fn broken_texts_are_told_with_their_place() {
    check(&[
        (
            "a: {{ x }}",
            "a list or a mapping cannot be a key: if this is a template, quote it (line 1, column 5)",
        ),
        ("a: [1, 2", "unclosed bracket '[' (line 1, column 4)"),
        (
            "a: 1\n b: 2",
            "mapping values are not allowed in this context (line 2, column 3)",
        ),
        (
            "a: 1\n---\nb: 2",
            "a second document begins here, but one file holds one document (line 2, column 1)",
        ),
        (
            "[&a 1, &a 2]",
            "the anchor `a` is given twice (line 1, column 8)",
        ),
        (
            "&a [*a]",
            "an alias inside its own anchor has no finite value (line 1, column 5)",
        ),
        (
            "a: *b",
            "while parsing node, found unknown anchor (line 1, column 4)",
        ),
        (
            "a: \u{1}",
            "control characters are not allowed (line 1, column 4)",
        ),
    ]);
}

#[test]
fn a_comment_may_follow_quoted_text_without_a_blank() {
    check(&[("a: 'b'#c\nd: [e]#f\n", r#"a mapping {"a":"b","d":["e"]}"#)]);
}

#[test]
fn hostile_texts_are_bounded() {
    let bomb: String = std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned())
        .chain((1..20).map(|level| {
            let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
            format!("a{level}: &a{level} [{aliases}]\n")
        }))
        .collect();
    assert_eq!(
        read(&bomb),
        "more than 1000000 values, aliases counted in full (line 7, column 10)"
    );

    let merges: String = std::iter::once("a: &a {".to_owned())
        .chain((0..1000).map(|key| format!("k{key}: 0, ")))
        .chain(["}\nb: {<<: [".to_owned()])
        .chain((0..100_000).map(|_| "*a,".to_owned()))
        .chain(["]}\n".to_owned()])
        .collect();
    assert!(
        read(&merges).starts_with("more than 1000000 values"),
        "{}",
        read(&merges)
    );

    for deep in [
        "[".repeat(10_000),
        "- ".repeat(10_000),
        "{a: ".repeat(10_000),
    ] {
        assert!(
            read(&deep).starts_with("lists and mappings more than 100 deep"),
            "{}",
            read(&deep)
        );
    }
    let chain: String = std::iter::once("- &a0 [x]\n".to_owned())
        .chain((1..200).map(|level| format!("- &a{level} [*a{}]\n", level - 1)))
        .collect();
    assert!(
        read(&chain).starts_with("lists and mappings more than 100 deep"),
        "{}",
        read(&chain)
    );
    assert!(read(&"[x,".repeat(99)).starts_with("unclosed bracket"));
    for long in ["9".repeat(5000), "1:".repeat(500_000) + "1"] {
        assert!(read(&long).ends_with("...` is not an integer (line 1, column 1)"));
    }
    let comments = "a: 'b'#c\n".repeat(200_000);
    assert!(read(&comments).starts_with("too many comments"));
}

#[test]
fn an_alias_is_the_anchored_value_itself() {
    let Value::List(items) = load("[&a [1], *a]").unwrap() else {
        panic!("a list is a list");
    };
    let items = items.borrow();
    assert!(items[0].is(&items[1]));
}

#[test]
fn nodes_know_their_places() {
    let document = parse("name: a\ncriteria:\n    trigger.x:\n        type: eq\n").unwrap();
    let criteria = document.root.get("criteria").unwrap();
    let [pair] = criteria.pairs() else {
        panic!("one criterion");
    };
    assert_eq!((pair.key.line, pair.key.column), (3, 5));
    let kind = pair.value.get("type").unwrap();
    assert_eq!(
        (kind.line, kind.column, kind.as_text()),
        (4, 15, Some("eq"))
    );
}

#[test]
fn json_is_read_as_a_document_without_places() {
    let json = serde_json::json!({"a": [1, 2.5, null, true, "x"], "b": {"c": {}}});
    let node = Node::from_json(&json);
    assert_eq!((node.to_json(), node.line), (json, 0));
    assert!(node.get("b").unwrap().get("c").is_some());
}
