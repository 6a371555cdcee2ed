//! The rules of CloudEvents 1.0, one line each.

use super::*;
use serde_json::json;

fn object(value: &Json) -> Object {
    value.as_object().unwrap().clone()
}

fn event(more: &Json) -> Object {
    let mut event = object(&json!({
        "specversion": "1.0", "id": "A234-1234-1234", "source": "/mycontext", "type": "com.example.someevent"
    }));
    event.extend(object(more));
    event
}

fn value(name: &str, expected: &'static str) -> Error {
    Error::Value {
        name: name.to_owned(),
        expected,
    }
}

#[test]
fn what_the_standard_shows_is_valid() {
    for more in [
        json!({}),
        json!({"subject": null, "time": "2018-04-05T17:31:00Z", "comexampleothervalue": 5, "unsetextension": null,
            "datacontenttype": "application/xml", "data": "<much wow=\"xml\"/>"}),
        json!({"datacontenttype": "application/vnd.apache.thrift.binary", "data_base64": "Zm9vYg=="}),
        json!({"data": null, "data_base64": null}),
        json!({"source": "https://github.com/cloudevents", "time": "2018-04-05T17:31:00.123456789+02:00"}),
        json!({"source": "mailto:cncf-wg-serverless@lists.cncf.io"}),
        json!({"source": "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66"}),
        json!({"source": "cloudevents/spec/pull/123"}),
        json!({"source": "1-555-123-4567"}),
        json!({"dataschema": "http://example.com/schema#part", "datacontenttype": "text/plain; charset=\"utf-8\";a=b"}),
        json!({"extension": true, "ext2": -2_147_483_648, "ext3": "", "data": {"any": [1, null]}}),
    ] {
        let event = event(&more);
        check(event.clone()).unwrap_or_else(|error| panic!("{event:?}: {error}"));
    }
}

#[test]
fn unset_is_left_out_and_null_data_is_kept() {
    let checked = check(event(&json!({"subject": null, "data": null}))).unwrap();
    assert_eq!(checked.keys().next_back().map(String::as_str), Some("data"));
    assert!(!checked.contains_key("subject"));
}

#[test]
fn what_is_required_must_be_there() {
    for name in ["specversion", "id", "source", "type"] {
        for absent in [true, false] {
            let mut event = event(&json!({}));
            event.remove(name);
            if !absent {
                event.insert(name.to_owned(), Json::Null);
            }
            let error = check(event).unwrap_err();
            assert_eq!(error, Error::Missing(name));
        }
    }
}

#[test]
fn every_broken_rule_is_told() {
    let text = "a text that is not empty";
    let extension = "a text without control characters, a boolean or an integer of 32 bits";
    let uri = "a URI reference that is not empty";
    for (more, expected) in [
        (json!({"specversion": "0.3"}), Error::Version),
        (json!({"specversion": 1.0}), Error::Version),
        (json!({"id": ""}), value("id", text)),
        (json!({"id": 7}), value("id", text)),
        (json!({"id": "a\nb"}), value("id", text)),
        (json!({"type": "\u{fffe}"}), value("type", text)),
        (json!({"subject": ""}), value("subject", text)),
        (json!({"source": ""}), value("source", uri)),
        (json!({"source": "a b"}), value("source", uri)),
        (json!({"source": "ü"}), value("source", uri)),
        (json!({"source": "%zz"}), value("source", uri)),
        (json!({"source": "1:2"}), value("source", uri)),
        (json!({"source": "a#b#c"}), value("source", uri)),
        (
            json!({"dataschema": "relative"}),
            value("dataschema", "an absolute URI"),
        ),
        (
            json!({"time": "yesterday"}),
            value("time", "a time of RFC 3339"),
        ),
        (
            json!({"time": "2018-04-05T17:31:00"}),
            value("time", "a time of RFC 3339"),
        ),
        (
            json!({"time": 1_522_949_460}),
            value("time", "a time of RFC 3339"),
        ),
        (
            json!({"datacontenttype": "json"}),
            value("datacontenttype", "a media type"),
        ),
        (
            json!({"datacontenttype": "a/b; c"}),
            value("datacontenttype", "a media type"),
        ),
        (json!({"data": 1, "data_base64": "AA=="}), Error::BothData),
        (
            json!({"data": null, "data_base64": "AA=="}),
            Error::BothData,
        ),
        (json!({"data_base64": "A"}), value("data_base64", "base64")),
        (
            json!({"data_base64": "A==="}),
            value("data_base64", "base64"),
        ),
        (
            json!({"data_base64": "AA-_"}),
            value("data_base64", "base64"),
        ),
        (json!({"data_base64": {}}), value("data_base64", "base64")),
        (json!({"Extension": 1}), Error::Name("Extension".to_owned())),
        (
            json!({"my-extension": 1}),
            Error::Name("my-extension".to_owned()),
        ),
        (json!({"": 1}), Error::Name(String::new())),
        (
            json!({"__proto__": "x"}),
            Error::Name("__proto__".to_owned()),
        ),
        (json!({"ext": {}}), value("ext", extension)),
        (json!({"ext": [1]}), value("ext", extension)),
        (json!({"ext": 1.5}), value("ext", extension)),
        (json!({"ext": 2_147_483_648_u64}), value("ext", extension)),
        (json!({"ext": "\u{7f}"}), value("ext", extension)),
    ] {
        assert_eq!(check(event(&more)), Err(expected), "{more}");
    }
}

#[test]
fn headers_carry_any_text() {
    let text = "Euro € 😀";
    assert_eq!(to_header(text), "Euro%20%E2%82%AC%20%F0%9F%98%80");
    assert_eq!(to_header("a\"%b\n"), "a%22%25b%0A");
    for text in [text, "", "plain", "a\"%41\\", "50%"] {
        let header = to_header(text);
        assert_eq!(
            from_header(header.as_bytes()).as_deref(),
            Some(text),
            "{header}"
        );
    }
    for (header, expected) in [
        (&b" plain "[..], Some("plain")),
        (b"%41%e2%82%ac", Some("A€")),
        (b"\"quoted \\\" %41\\\\\"", Some("quoted \" A\\")),
        (b"50% and 5%2", Some("50% and 5%2")),
        (b"%2541", Some("%41")),
        ("€".as_bytes(), Some("€")),
        (b"%C0%A0", None),
        (b"%FF", None),
        (b"\xff", None),
    ] {
        assert_eq!(from_header(header).as_deref(), expected, "{header:?}");
    }
}

#[test]
fn json_is_known_by_its_subtype() {
    for (media_type, expected) in [
        ("application/json; charset=utf-8", true),
        ("text/JSON", true),
        ("application/vnd.x+json", true),
        ("application/jsonl", false),
        ("json", false),
        ("text/plain; x=application/json", false),
    ] {
        assert_eq!(is_json(media_type), expected, "{media_type}");
    }
}
