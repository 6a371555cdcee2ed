//! Replays what Robusta decided, from `conformance/recorded`.

use std::path::Path;

use serde_json::json;
use squall_model::change::{Change, Operation};
use squall_model::playbook::{
    Playbook, PlaybookAction, PlaybookTrigger, Playbooks, Relabel, RelabelOperation,
};
use squall_model::{Json, Object, Timestamp};

use super::*;

/// When the server starts, in recordings.
const START: &str = "2026-11-22T12:00:00Z";

/// Runs every case of a recording; `different` names those that are meant to differ, with the reason.
fn replay(file: &str, different: &[(&str, &str)], run: impl Fn(&Json) -> Json) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../conformance/recorded")
        .join(file);
    let recorded = fs_err::read_to_string(path).unwrap();
    let mut faults = Vec::new();
    let mut differing = Vec::new();
    let excused: Vec<_> = different
        .iter()
        .flat_map(|(names, _)| names.split_whitespace())
        .collect();
    for line in recorded.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let found = run(&case);
        let names = cases(&case);
        for (name, expected, found) in names(&found) {
            let excused = excused.contains(&name.as_str());
            if (expected == found) == excused {
                faults.push(format!("{name}\n  expected {expected}\n  found    {found}"));
            }
            differing.extend(excused.then_some(name));
        }
    }
    assert!(!recorded.is_empty(), "{file} is empty");
    assert!(
        faults.is_empty(),
        "{}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert_eq!(differing, excused, "{file} has these cases, in this order");
}

/// Where our triggers mean to differ.
const DIFFERENT_TRIGGERS: &[(&str, &str)] = &[
    (
        "operation-12/5 operation-12/6 operation-12/7 operation-12/10",
        "every version of a kind is good enough",
    ),
    (
        "operation-14/0 operation-14/3 operation-14/5 operation-14/6 operation-14/7 operation-14/8 operation-14/10",
        "an object that Hikaru refuses fires all the same",
    ),
    (
        "crash-02/5 crash-03/5 crash-04/5 crash-05/5 crash-06/5",
        "a number may be written as text",
    ),
    (
        "crash-11/0 crash-11/1 crash-11/2 crash-11/3 crash-11/4",
        "so may the number of restarts",
    ),
    (
        "crash-13/0 crash-13/1 crash-13/2 crash-13/3 crash-13/4 crash-13/5",
        "a container without a state does not wait",
    ),
    (
        "crash-15/0 crash-15/1 crash-15/3 crash-15/5",
        "a pod without a namespace has an empty one",
    ),
    ("crash-16/5", "a number may be written as text"),
    (
        "warning-10/0 warning-10/1 warning-10/4 warning-10/7 warning-10/9",
        "events of the core group are events",
    ),
];

/// Where our playbooks mean to differ.
const DIFFERENT_FLOWS: &[(&str, &str)] = &[
    (
        "flow-37/0 flow-57/0 flow-58/0",
        "what cannot be told of one trigger does not keep the others from firing",
    ),
    (
        "flow-59/1",
        "an object that Hikaru refuses fires all the same",
    ),
];

/// Where our alerts mean to differ.
const DIFFERENT_ALERTS: &[(&str, &str)] = &[(
    "alert-12",
    "an alert without a name is about its objects all the same",
)];

/// Where our cron expressions mean to differ.
const DIFFERENT_CRONS: &[(&str, &str)] = &[
    ("cron-20", "`fri#1` and `mon` may stand together"),
    (
        "cron-54",
        "a range from 0 to 0 is 0; croniter takes it for all",
    ),
    (
        "cron-56",
        "a range of weekdays that goes round keeps its step; croniter loses a day",
    ),
];

type Told = (DifferenceKind, String, Json, Json);
type Cases = Vec<(String, Json, Json)>;

/// A case for each trigger or each event where a line has several, else one for the line.
fn cases(case: &Json) -> impl Fn(&Json) -> Cases {
    let id = case["id"].as_str().unwrap().to_owned();
    let expected = case["expected"].clone();
    let triggers = case
        .get("triggers")
        .or(case.get("events"))
        .and_then(Json::as_array)
        .map(Vec::len);
    move |found| match triggers {
        Some(count) => (0..count)
            .map(|at| {
                (
                    format!("{id}/{at}"),
                    outline(&expected[at]),
                    found[at].clone(),
                )
            })
            .collect(),
        None => {
            let mut expected = expected.clone();
            if let Some(members) = expected.as_object_mut() {
                members.retain(|name, _| ["labels", "reads", "error"].contains(&name.as_str()));
            }
            let refused = expected.get("error").map(|_| json!("refused"));
            vec![(
                id.clone(),
                refused.unwrap_or_else(|| expected.clone()),
                found.clone(),
            )]
        }
    }
}

fn start() -> Timestamp {
    START.parse().unwrap()
}

fn playbooks(written: &Json) -> Playbooks {
    let written = written.as_array().unwrap().iter().enumerate();
    let playbook = |(number, written): (usize, &Json)| Playbook {
        triggers: written["triggers"]
            .as_array()
            .unwrap()
            .iter()
            .map(trigger)
            .collect(),
        actions: vec![PlaybookAction {
            name: "note".to_owned(),
            parameters: json!({ "number": number }).as_object().unwrap().clone(),
            ..PlaybookAction::default()
        }],
        stop: written["stop"].as_bool().unwrap_or_default(),
        ..Playbook::default()
    };
    Playbooks {
        playbooks: written.map(playbook).collect(),
        ..Playbooks::default()
    }
}

fn trigger(written: &Json) -> PlaybookTrigger {
    let (name, parameters) = written.as_object().unwrap().iter().next().unwrap();
    PlaybookTrigger {
        name: name.clone(),
        parameters: parameters.as_object().unwrap().clone(),
        ..PlaybookTrigger::default()
    }
}

fn change(event: &Json) -> Change {
    Change {
        operation: Operation::parse(event["operation"].as_str().unwrap()).unwrap(),
        kind: event["kind"].as_str().unwrap().to_owned(),
        api_version: event["apiVersion"].as_str().unwrap().to_owned(),
        description: String::new(),
        obj: event["obj"].clone(),
        old_obj: Some(event["oldObj"].clone()).filter(|old| !old.is_null()),
    }
}

/// What our playbooks make of events, in the words of the recording.
fn flow(case: &Json, written: &Json, events: &[&Json]) -> Json {
    let Ok(set) = PlaybookSet::compile(&playbooks(written)) else {
        return json!("refused");
    };
    let mut services = Services::default();
    for service in case["services"].as_array().into_iter().flatten() {
        services.learn(&Change {
            operation: Operation::Create,
            kind: service["resource_type"].as_str().unwrap().to_owned(),
            api_version: "v1".to_owned(),
            description: String::new(),
            obj: json!({"metadata": service}),
            old_obj: None,
        });
    }
    let mut limits = RateLimits::default();
    let told = events.iter().map(|event| {
        let facts = Facts {
            now: start().plus_millis(event["at"].as_i64().unwrap() * 1_000),
            started_at: start(),
            limits: &limits,
            services: &services,
            provider: case["provider"].as_str(),
        };
        let verdict = decide(&set, event, &facts);
        let marks = verdict.fired.iter().filter_map(|fired| fired.mark.clone());
        marks.for_each(|mark| limits.mark(mark));
        let fired: Vec<_> = verdict.fired.iter().map(|fired| fired.playbook).collect();
        if verdict.faults.is_empty() {
            json!({ "fired": fired })
        } else {
            json!({"aborted": true, "fired": fired})
        }
    });
    told.collect()
}

fn decide(set: &PlaybookSet, event: &Json, facts: &Facts<'_>) -> Verdict {
    if let Some(alert) = event.get("alert") {
        let alert = Alert::read(alert, facts.now).unwrap();
        set.decide(Happened::Alert(&alert), facts)
    } else if let Some(release) = event.get("release") {
        let release: Release = serde_json::from_value(release.clone()).unwrap();
        set.decide(Happened::Release(&release), facts)
    } else {
        let change = change(event);
        let verdict = set.decide(Happened::Change(&change), facts);
        assert_eq!(set.could_fire(&change, facts), !verdict.fired.is_empty());
        let answers = set.explain(Happened::Change(&change), facts);
        let firing = answers.iter().filter(|answer| answer.why_not.is_none());
        let firing: Vec<_> = firing.map(|answer| answer.playbook).collect();
        let fired: Vec<_> = verdict.fired.iter().map(|fired| fired.playbook).collect();
        assert_eq!(firing, fired, "the explanation says the same");
        verdict
    }
}

/// A recorded answer, as far as it is compared: not which exception it was, nor what the original could not build.
fn outline(expected: &Json) -> Json {
    if expected.get("refused").is_some() {
        return json!("refused");
    }
    let mut told = Object::new();
    if expected.get("aborted").is_some() {
        told.insert("aborted".to_owned(), json!(true));
    }
    told.insert("fired".to_owned(), expected["fired"].clone());
    Json::Object(told)
}

#[test]
fn triggers_fire_as_recorded() {
    replay("triggers.jsonl", DIFFERENT_TRIGGERS, |case| {
        let triggers = case["triggers"].as_array().unwrap().iter();
        let asked = triggers.map(|trigger| {
            let told = flow(case, &json!([{"triggers": [trigger]}]), &[&case["event"]]);
            if told.is_array() {
                told[0].clone()
            } else {
                told
            }
        });
        asked.collect()
    });
}

#[test]
fn playbooks_fire_one_after_the_other_as_recorded() {
    replay("trigger_flows.jsonl", DIFFERENT_FLOWS, |case| {
        let events: Vec<_> = case["events"].as_array().unwrap().iter().collect();
        flow(case, &case["playbooks"], &events)
    });
}

#[test]
fn differences_are_those_recorded() {
    replay("differences.jsonl", &[], |case| {
        let change = change(&case["event"]);
        let filters = json!({"include": case["change_filters"]["include"], "ignore": case["change_filters"]["ignore"]});
        let name = format!("on_{}_update", change.kind.to_lowercase());
        let trigger = json!({ (name): { "change_filters": filters } });
        let set = PlaybookSet::compile(&playbooks(&json!([{"triggers": [trigger]}]))).unwrap();
        let facts = Facts {
            now: start(),
            started_at: start(),
            limits: &RateLimits::default(),
            services: &Services::default(),
            provider: None,
        };
        let verdict = set.decide(Happened::Change(&change), &facts);
        let found = verdict
            .fired
            .first()
            .and_then(|fired| fired.differences.clone());
        let plain = |value: &Json| {
            if value.is_object() || value.is_array() {
                json!({})
            } else {
                value.clone()
            }
        };
        let told = found.iter().flat_map(|found| found.iter());
        let mut told: Vec<Told> = told
            .map(|one| {
                (
                    one.kind,
                    one.path.clone(),
                    plain(&one.value),
                    plain(&one.old_value),
                )
            })
            .collect();
        // The entries of each map by name, as they are recorded.
        let map = |path: &str| path.split_once("['").map(|(map, _)| map.to_owned());
        let of_one_map =
            |one: &Told, other: &Told| map(&one.1).is_some() && map(&one.1) == map(&other.1);
        for entries in told.chunk_by_mut(of_one_map) {
            entries.sort_by(|one, other| one.1.cmp(&other.1));
        }
        json!(told)
    });
}

#[test]
fn alerts_are_read_as_recorded() {
    // The rest of what is recorded is for actions to say.
    replay("alerts.jsonl", DIFFERENT_ALERTS, |case| {
        let mut alert = Alert::read(&case["alert"], start()).unwrap();
        let relabel = case["relabel"].as_array().unwrap().iter();
        let relabel: Vec<_> = relabel
            .map(|one| Relabel {
                source: one["source"].as_str().unwrap().to_owned(),
                target: one["target"].as_str().unwrap().to_owned(),
                operation: match one["operation"].as_str() {
                    Some("replace") => RelabelOperation::Replace,
                    _ => RelabelOperation::Add,
                },
            })
            .collect();
        alert.relabel(&relabel);
        let objects = alert.objects().into_iter();
        let mut reads: Vec<_> = objects
            .map(|one| json!([one.kind, one.namespace, one.name]))
            .collect();
        reads.extend(alert.nodes().into_iter().map(|node| match node {
            NamedNode::Name(name) => json!(["Node", null, name]),
            NamedNode::Address(_) => json!(["NodeList", null, null]),
        }));
        json!({"labels": alert.labels, "reads": reads})
    });
}

#[test]
fn cron_expressions_name_the_times_recorded() {
    replay("crons.jsonl", DIFFERENT_CRONS, |case| {
        let Ok(cron) = Cron::parse(case["expression"].as_str().unwrap()) else {
            return json!("refused");
        };
        let mut last = start();
        let next = || {
            last = cron.next(last)?;
            Some(last.micros() / 1_000_000)
        };
        std::iter::from_fn(next).take(4).collect()
    });
}
