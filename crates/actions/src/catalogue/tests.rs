//! What holds for every entry, and the page about them.

use std::path::Path;

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

#[test]
fn parameters_are_told_as_pydantic_tells_them() {
    let known = find("customise_finding").unwrap().known();
    let params = Json::Object(known.params.unwrap());
    assert_eq!(params["properties"]["title"]["type"], "string");
    assert_eq!(params.get("required"), None);
    let rule = &params["properties"]["finding_label_rules"]["items"];
    assert_eq!(
        rule["required"],
        json!(["source_fields", "regex", "target_label", "replacement"])
    );
    assert_eq!(rule["properties"]["separator"].get("required"), None);
    assert_eq!(find("node_status_enricher").unwrap().known().params, None);
}

/// `docs/playbook-actions.md` is made of the catalogue. With `SQUALL_BLESS` set it is written anew.
#[test]
fn the_page_is_the_catalogue() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/playbook-actions.md");
    let page = page();
    if std::env::vars_os().any(|(name, _)| name == "SQUALL_BLESS") {
        fs_err::write(&file, &page).unwrap();
    }
    assert!(
        fs_err::read_to_string(&file).unwrap() == page,
        "docs/playbook-actions.md is not the catalogue; `cargo xtask bless` writes it anew"
    );
}

const INTRODUCTION: &str = "\
# Actions of playbooks

These actions come with Squall. They are named as Robusta's are, take the same parameters and say the same, without a
Python interpreter; a playbook names them as it does there:

```yaml
customPlaybooks:
  - triggers:
      - on_pod_crash_loop: {restart_reason: CrashLoopBackOff}
    actions:
      - report_crash_loop: {}
      - pod_events_enricher: {max_events: 5}
```

An action of a playbook repository with the same name takes the place of one of these. Actions in Python stand between
native ones as you like: they share the event and its findings.

Parameters are read as Robusta reads them: `\"5\"` is a number where one is taken, what is not known is left out, and
what `globalConfig` says stands behind an action's own. An action takes the class of events that is named with it, and all
classes below; what can be *called by hand* is told the name, namespace and kind of its object.

What changes the cluster is recorded in the execution with what was before and after, and with `dry_run: true` it
changes nothing: the cluster is only asked what would come of it. Robusta has neither.

";

fn page() -> String {
    let groups: Object = serde_json::from_str(GROUPS).unwrap();
    let mut page = INTRODUCTION.to_owned();
    for entry in ALL {
        page.push_str(&section(entry));
    }
    page.push_str("## Parameters of several actions\n\n");
    for (name, title) in TITLES {
        let group = groups.get(name).and_then(Json::as_object).unwrap();
        page.extend(["### ", title, "\n\n", &table(group)]);
    }
    page.trim_end().to_owned() + "\n"
}

const TITLES: [(&str, &str); 4] = [
    ("prometheus", "Prometheus"),
    ("logs", "Logs"),
    ("events", "Events"),
    ("pods_made", "Pods that are made"),
];

fn section(entry: &Entry) -> String {
    let definition: Definition = serde_json::from_str(entry.definition).unwrap();
    let by_hand = told_by_hand(entry.event())
        .map(|_| "; it can be called by hand")
        .unwrap_or_default();
    let also: Vec<String> = definition
        .also
        .iter()
        .map(|name| {
            let (_, title) = TITLES.iter().find(|(known, _)| known == name).unwrap();
            format!("[{title}](#{})", title.to_lowercase().replace(' ', "-"))
        })
        .collect();
    let changes = if definition.changes_cluster {
        " It changes the cluster, and has `dry_run`."
    } else {
        ""
    };
    let also = match also.as_slice() {
        [] => String::new(),
        also => format!(" It also has the parameters of {}.", also.join(" and ")),
    };
    format!(
        "## `{}`\n\n{}\n\nEvent: `{}`{by_hand}.{changes}{also}\n\n{}",
        entry.name,
        definition.description,
        entry.event,
        table(&definition.parameters)
    )
}

fn table(parameters: &Object) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let mut table = "| parameter | type | default | |\n|---|---|---|---|\n".to_owned();
    for (name, schema) in parameters {
        table.push_str(&row(name, schema));
        let inner = schema
            .pointer("/items/properties")
            .and_then(Json::as_object);
        for (inner, schema) in inner.into_iter().flatten() {
            table.push_str(&row(&format!("{name}[].{inner}"), schema));
        }
    }
    table + "\n"
}

fn row(name: &str, schema: &Json) -> String {
    let kind = match schema.get("type") {
        Some(Json::String(kind)) => kind.clone(),
        Some(Json::Array(kinds)) => kinds[0].as_str().unwrap().to_owned(),
        _ => "any".to_owned(),
    };
    let default = match (schema.get("default"), schema.get("required")) {
        (_, Some(Json::Bool(true))) => "required".to_owned(),
        (Some(default), _) => format!("`{default}`"),
        (None, _) => String::new(),
    };
    let about = schema["description"].as_str().unwrap();
    format!("| `{name}` | {kind} | {default} | {about} |\n")
}
