//! What holds for every entry.

use super::*;

#[test]
fn every_entry_says_what_it_is() {
    let mut names = Vec::new();
    for entry in ALL {
        let (class, manual) = (entry.event(), entry.manual());
        assert!(!manual.description.is_empty(), "{}", entry.name);
        assert!(manual.description.ends_with('.'), "{}", entry.name);
        assert_eq!(
            manual.class.is_empty(),
            manual.parameters.is_empty(),
            "{}",
            entry.name
        );
        for (name, parameter) in &manual.parameters {
            let said = parameter.get("description").and_then(Json::as_str);
            assert!(
                said.is_some_and(|said| said.ends_with('.')),
                "{}: {name}",
                entry.name
            );
        }
        assert!(entry.known().takes(class), "{}", entry.name);
        names.push(entry.name);
    }
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn what_a_call_by_hand_must_tell_follows_from_the_class() {
    let told = |name: &str| {
        let known = find(name).unwrap().known();
        known
            .by_hand
            .map(|schema| schema.get("required").cloned().unwrap_or_default())
    };
    assert_eq!(told("create_finding"), Some(Json::Null));
    assert_eq!(told("template_enricher"), Some(json!(["kind", "name"])));
    assert_eq!(told("default_enricher"), None);
}
