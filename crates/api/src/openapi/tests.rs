//! `/openapi.json` names every route, and says something of each.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::about::Shape;
use crate::serve::Mount;

use super::*;

fn everything() -> (Vec<Line>, Json) {
    let table = Mount::Everything.routes("").table().to_vec();
    let document = document(&table);
    (table, document)
}

#[test]
fn every_route_is_in_it_and_says_what_it_does() {
    let (table, document) = everything();
    let mut ids = BTreeSet::new();
    for line in &table {
        let told = format!("{} {}", line.method, line.path);
        let path = line.path.replace("{*", "{");
        let method = line.method.as_str().to_ascii_lowercase();
        let operation = &document["paths"][path][method];
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(
            summary.ends_with('.'),
            "{told} says nothing of itself: give it `.says(about(...))`"
        );
        assert!(
            !line.about.answers.is_empty(),
            "{told} does not say what it answers"
        );
        assert!(ids.insert(operation["operationId"].to_string()), "{told}");
        let is_open = line.access == Access::Anyone;
        assert_eq!(operation["security"] == json!([]), is_open, "{told}");
    }
    let count: usize = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|methods| methods.as_object().unwrap().len())
        .sum();
    assert_eq!(count, table.len());
}

#[test]
fn every_shape_that_is_named_is_there_and_used() {
    let (table, document) = everything();
    let known = document["components"]["schemas"].as_object().unwrap();
    let text = document.to_string();
    for name in known.keys() {
        let reference = format!("\"#/components/schemas/{name}\"");
        assert!(text.contains(&reference), "nobody has the shape {name}");
    }
    let shapes = table.iter().flat_map(|line| {
        let answers = line.about.answers.iter().map(|(_, shape)| *shape);
        answers.chain(line.about.body)
    });
    for shape in shapes {
        if let Shape::One(name) | Shape::List(name) = shape {
            assert!(known.contains_key(name), "there is no shape {name}");
        }
    }
}

/// `docs/openapi.json` is what is served. With `SQUALL_BLESS` set it is written anew.
#[test]
fn the_description_in_the_documents_is_this_one() {
    let (_, document) = everything();
    let mut text = serde_json::to_string_pretty(&document).unwrap();
    text.push('\n');
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    if std::env::vars_os().any(|(name, _)| name == "SQUALL_BLESS") {
        fs_err::write(file, &text).unwrap();
    }
    let known = fs_err::read_to_string(file).unwrap();
    assert!(
        known == text,
        "docs/openapi.json is out of date: cargo xtask bless writes it anew"
    );
}
