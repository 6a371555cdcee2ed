//! What Robusta made of texts with `{{ env.X }}`, and of files of playbooks, replayed.

use squall_model::Object;

use super::super::environment::fill;
use super::*;

/// Files that are loaded here and not there, or the other way round, each with its reason.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "trigger_null_body",
        "a trigger with nothing behind it has no parameters",
    ),
    ("playbook_stop_null", "nothing is as good as left out"),
    ("activity_thu", "Thursday is THU too"),
    ("scope_null_pattern", ENDS_EVENTS),
    ("scope_bad_pattern", ENDS_EVENTS),
    ("scope_labels_without_value", ENDS_EVENTS),
    ("smart_number_as_text", ENDS_EVENTS),
    ("match_bad_pattern", ENDS_EVENTS),
    (
        "activity_hours_beyond",
        "the sink is refused when it is made",
    ),
    ("schedule_bad_cron", "it fails when it is scheduled"),
    ("resources_list", "capitals stay: `group/Kind` has them"),
    ("resources_text", "the kinds would be `p`, `o` and `d`"),
    ("match_labels_wrong", "all findings would match"),
    ("repos_url_environment", "it fails when it is fetched"),
];

const ENDS_EVENTS: &str = "every event that comes so far ends with an exception";

/// Texts that become something else, each with its reason.
const FILLED_ELSEWHERE: &[(&str, &str)] = &[
    ("in_a_list", LISTS),
    ("in_a_dict_in_a_list", LISTS),
    ("missing_in_a_list", LISTS),
];

const LISTS: &str = "lists are filled in too: whoever writes it there means it";

/// The recorded cases of a file.
fn cases(name: &str) -> Vec<Json> {
    let file = format!("../../conformance/recorded/{name}.jsonl");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let recorded = fs_err::read_to_string(path).unwrap();
    let lines = recorded.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Compares what is found with what is expected in every case, but for those that are excused.
fn replay(name: &str, excused: &[(&str, &str)], differs: fn(&Json) -> Option<String>) {
    let mut faults = Vec::new();
    for case in cases(name) {
        let id = case["id"].as_str().unwrap();
        let is_excused = excused.iter().any(|(excused, _)| *excused == id);
        match differs(&case) {
            Some(_) if is_excused => {}
            Some(difference) => faults.push(format!("{id}: {difference}")),
            None if is_excused => faults.push(format!("{id}: is the same, but excused")),
            None => {}
        }
    }
    assert!(
        faults.is_empty(),
        "{} cases:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// The variables of a case.
fn variables(case: &Json) -> impl Fn(&str) -> Option<String> + '_ {
    |name| case["environment"][name].as_str().map(str::to_owned)
}

#[test]
fn texts_become_what_they_become_in_robusta() {
    replay("substitutions", FILLED_ELSEWHERE, |case| {
        let mut report = Report::on("");
        let node = Node::from_json(&case["given"]);
        let filled = fill(&node, "", &variables(case), &mut report);
        let found = if report.has_errors() {
            Json::Null
        } else {
            filled.to_json()
        };
        let expected = &case["expected"]["value"];
        (found != *expected).then(|| format!("expected {expected}, found {found}"))
    });
}

#[test]
fn files_load_as_in_robusta() {
    replay("playbook_files", DIFFERENT, |case| {
        let text = case["text"].as_str().unwrap();
        let read = read_playbook_text(text, Path::new("p.yaml"), &variables(case));
        let expected = &case["expected"];
        match (read.has_errors(), expected.get("value")) {
            (true, None) => None,
            (true, Some(_)) => Some(format!("loads there, but: {}", told(&read.problems))),
            (false, None) => Some(format!("loads here, but there: {expected}")),
            (false, Some(value)) => difference(&read.playbooks, value),
        }
    });
}

/// How what was read differs from what Robusta's models hold, which have all defaults besides.
fn difference(playbooks: &Playbooks, expected: &Json) -> Option<String> {
    let found = serde_json::json!({
        "playbooks": playbooks.playbooks.iter().map(playbook).collect::<Vec<_>>(),
        "sinks": playbooks.sinks.iter().map(|sink| {
            let mut all = sink.parameters.clone();
            all.insert("name".to_owned(), sink.name.clone().into());
            matchers_as_there(&mut all);
            Json::from(all)
        }).collect::<Vec<_>>(),
        "global_config": playbooks.global_config,
        "alert_relabel": playbooks.alert_relabel,
        "repositories": playbooks.repositories.iter().map(|repository| {
            let mut all = serde_json::to_value(repository).unwrap();
            let all = all.as_object_mut().unwrap();
            all.retain(|name, value| !matches!(name.as_str(), "place" | "name" | "http_headers") && !value.is_null());
            (repository.name.clone(), Json::from(all.clone()))
        }).collect::<Object>(),
    });
    let wrong = [
        "playbooks",
        "sinks",
        "global_config",
        "alert_relabel",
        "repositories",
    ]
    .into_iter()
    .find(|part| !holds(&expected[part], &found[part]))?;
    Some(format!(
        "{wrong}: expected {}, found {}",
        expected[wrong], found[wrong]
    ))
}

fn playbook(playbook: &squall_model::playbook::Playbook) -> Json {
    let triggers = playbook
        .triggers
        .iter()
        .map(|trigger| trigger.parameters.clone());
    let actions = playbook.actions.iter();
    let actions = actions.map(|action| serde_json::json!([action.name, action.parameters]));
    serde_json::json!({
        "triggers": triggers.collect::<Vec<_>>(),
        "actions": actions.collect::<Vec<_>>(),
        "sinks": playbook.sinks,
        "stop": playbook.stop,
    })
}

/// Robusta's models keep the labels of `match` taken apart, and `$` before an override that is a name alone.
fn matchers_as_there(sink: &mut Object) {
    let labels = sink.get_mut("match").and_then(|all| all.get_mut("labels"));
    if let Some(labels) = labels
        && let Some(text) = labels.as_str()
    {
        let pairs = text.split(',').filter_map(|part| part.split_once('='));
        *labels = pairs.collect();
    }
}

/// Whether `all` has everything that `some` has: objects may have more.
fn holds(all: &Json, some: &Json) -> bool {
    match (all, some) {
        (Json::Object(all), Json::Object(some)) => some
            .iter()
            .all(|(name, value)| holds(all.get(name).unwrap_or(&Json::Null), value)),
        (Json::Array(all), Json::Array(some)) => {
            all.len() == some.len() && all.iter().zip(some).all(|(all, some)| holds(all, some))
        }
        // An empty mapping where Robusta has nothing at all.
        (Json::Null, Json::Object(some)) => some.is_empty(),
        _ => all == some,
    }
}
