//! What becomes of findings when actions add to them.

use serde_json::json;
use squall_model::Json;

use crate::case::Event;
use crate::failure::Code;
use crate::testing::api_server::{ApiServer, Data};
use crate::testing::{World, alert, pod_update, run};
use crate::{ALL, Case};

/// What a sink is told: titles, each with its texts.
fn told(case: &Case<'_>, sink: &str) -> Vec<(String, Vec<String>)> {
    let findings = serde_json::to_value(&case.findings).unwrap();
    let findings = findings.get(sink).and_then(Json::as_array).cloned();
    let texts = |finding: &Json| {
        let enrichments = finding["enrichments"].as_array().unwrap();
        let blocks = enrichments
            .iter()
            .flat_map(|one| one["blocks"].as_array().unwrap());
        blocks
            .filter_map(|block| block["text"].as_str().map(str::to_owned))
            .collect()
    };
    let findings = findings.unwrap_or_default();
    let told = findings
        .iter()
        .map(|one| (one["title"].as_str().unwrap().to_owned(), texts(one)));
    told.collect()
}

#[tokio::test]
async fn blocks_go_to_the_newest_finding_of_each_sink() {
    let world = World::empty();
    let mut case = world.case(pod_update());
    run(&mut case, "template_enricher", json!({"template": "one"}))
        .await
        .unwrap();
    let second = json!({"title": "$kind $namespace/$name", "aggregation_key": "K"});
    run(&mut case, "create_finding", second).await.unwrap();
    case.begin(vec!["b".to_owned(), "c".to_owned()], None);
    run(
        &mut case,
        "template_enricher",
        json!({"template": "two ${labels} ${node}"}),
    )
    .await
    .unwrap();
    let usual = |texts: &[&str]| {
        (
            "Update to pod web-1".to_owned(),
            texts
                .iter()
                .map(|&text| text.to_owned())
                .collect::<Vec<_>>(),
        )
    };
    let two = "two {'app': 'web'} node-1";
    let made = |texts: &[&str]| ("pod shop/web-1".to_owned(), usual(texts).1);
    assert_eq!(told(&case, "a"), [made(&[]), usual(&["one"])]);
    assert_eq!(told(&case, "b"), [made(&[two]), usual(&["one"])]);
    assert_eq!(told(&case, "c"), [usual(&[two])]);
    let sinks: Vec<&str> = case.findings.iter().map(|(sink, _)| sink).collect();
    assert_eq!(sinks, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_finding_has_one_id_in_all_sinks_and_the_same_when_it_is_made_again() {
    let world = World::empty();
    let ids = async || {
        let mut case = world.case(alert());
        run(&mut case, "default_enricher", json!({})).await.unwrap();
        let findings = serde_json::to_value(&case.findings).unwrap();
        [
            findings["a"][0]["id"].clone(),
            findings["b"][0]["id"].clone(),
        ]
    };
    let [one, other] = ids().await;
    assert_eq!(one, other);
    assert_eq!(one.as_str().unwrap().len(), 36);
    assert_eq!(ids().await, [one, other]);
}

#[tokio::test]
async fn an_alert_says_what_its_finding_is() {
    let world = World::empty();
    let mut case = world.case(alert());
    run(&mut case, "default_enricher", json!({})).await.unwrap();
    let findings = serde_json::to_value(&case.findings).unwrap();
    let finding = &findings["a"][0];
    assert_eq!(finding["title"], "Down");
    assert_eq!(finding["description"], "It is down. ");
    assert_eq!(finding["severity"], "HIGH");
    assert_eq!(finding["fingerprint"], "f1");
    assert_eq!(finding["starts_at"], "2026-05-01T11:00:00+00:00");
    assert_eq!(finding["ends_at"], Json::Null);
    assert_eq!(finding["links"][0]["text"], "📈 View Graph");
    assert_eq!(finding["subject"]["name"], "Unresolved");
    assert_eq!(
        finding["enrichments"][0]["blocks"][0]["rows"][0],
        json!(["alertname", "Down"])
    );
}

#[tokio::test]
async fn findings_survive_a_journey_to_python() {
    let world = World::empty();
    let mut case = world.case(alert());
    run(&mut case, "default_enricher", json!({})).await.unwrap();
    let told = serde_json::to_value(&case.findings).unwrap();
    case.findings = serde_json::from_value(told.clone()).unwrap();
    assert_eq!(serde_json::to_value(&case.findings).unwrap(), told);
}

#[tokio::test]
async fn what_an_action_does_not_take_is_told_by_number() {
    let world = World::empty();
    let mut case = world.case(pod_update());
    let failure = run(&mut case, "default_enricher", json!({}))
        .await
        .unwrap_err();
    assert_eq!(failure.code.number(), 4601);
    assert_eq!(
        failure.message,
        "Action default_enricher requires PrometheusKubernetesAlert, not PodChangeEvent"
    );
    let failure = run(&mut case, "create_finding", json!({"title": "x"}))
        .await
        .unwrap_err();
    assert_eq!(failure.code, Code::Params);
    assert_eq!(
        failure.message,
        "Failed to create FindingFields for running create_finding: 1 validation error for FindingFields\n\
         aggregation_key\n  field required (type=value_error.missing)"
    );
    let failure = run(
        &mut case,
        "create_finding",
        json!({"title": "x", "aggregation_key": "k", "severity": "?"}),
    );
    assert_eq!(failure.await.unwrap_err().code.number(), 4700);
}

#[tokio::test]
async fn a_call_by_hand_says_what_it_is_on() {
    let world = World::empty();
    let mut case = world.case(json!({"type": "manual", "params": {"name": "web-1"}}));
    let failure = run(&mut case, "logs_enricher", json!({}))
        .await
        .unwrap_err();
    assert_eq!(failure.code, Code::EventParams);
    assert!(failure.message.ends_with("1 validation error for PodAttributes\nnamespace\n  field required (type=value_error.missing)"));
    let failure = run(&mut case, "default_enricher", json!({}))
        .await
        .unwrap_err();
    assert_eq!(failure.code, Code::NotExternal);
    let mut case =
        world.case(json!({"type": "manual", "params": {"name": "web-1", "namespace": "shop"}}));
    let failure = run(&mut case, "logs_enricher", json!({}))
        .await
        .unwrap_err();
    assert_eq!(failure.code, Code::NoEvent);
    let finding = json!({"title": "$name", "aggregation_key": "k"});
    run(&mut case, "create_finding", finding).await.unwrap();
    assert_eq!(told(&case, "a"), [("Unresolved".to_owned(), Vec::new())]);
}

/// Values where others are expected.
fn odd() -> [Json; 7] {
    [
        Json::Null,
        json!(true),
        json!(-1.5e300),
        json!("../../secrets/x?a=b,c=d"),
        json!([null, [], "x"]),
        json!({"": {"a": []}}),
        json!("ü".repeat(5_000)),
    ]
}

/// Every place in a value, as a pointer.
fn places(value: &Json, place: &str, found: &mut Vec<String>) {
    found.push(place.to_owned());
    match value {
        Json::Object(members) => {
            for (name, member) in members {
                places(
                    member,
                    &format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")),
                    found,
                );
            }
        }
        Json::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                places(item, &format!("{place}/{number}"), found);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn odd_objects_and_alerts_break_no_action() {
    let local = tokio::task::LocalSet::new();
    local.run_until(all_odd()).await;
}

async fn all_odd() {
    let text = fs_err::read_to_string(crate::recorded::RECORDED).unwrap();
    let lines: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let server = ApiServer::start().await;
    for (number, entry) in ALL.iter().enumerate() {
        let Some(line) = lines.iter().find(|line| line["action"] == entry.name) else {
            continue;
        };
        let mut pointers = Vec::new();
        places(&line["event"], "", &mut pointers);
        for (turn, pointer) in pointers.iter().enumerate().skip(1).step_by(3) {
            let mut event = line["event"].clone();
            *event.pointer_mut(pointer).unwrap() = odd()[(number + turn) % odd().len()].clone();
            let Ok(event) = serde_json::from_value::<Event>(event) else {
                continue;
            };
            let objects = line["cluster"].as_array().cloned().unwrap_or_default();
            server.knows(Data {
                objects,
                ..Data::default()
            });
            let mut world = World::empty();
            world.cluster = Some(server.cluster.clone());
            let mut case = world.case(serde_json::to_value(event).unwrap());
            let params = line["params"].as_object().cloned().unwrap_or_default();
            if let Err(failure) = entry.run(&params, &mut case).await {
                assert!(
                    !failure.message.contains("broke down"),
                    "{}: {pointer}: {failure}",
                    entry.name
                );
            }
        }
    }
}

#[tokio::test]
async fn no_action_needs_a_cluster_to_end_well_or_say_why_not() {
    let world = World::empty();
    for entry in ALL {
        for event in [
            pod_update(),
            alert(),
            json!({"type": "schedule"}),
            json!({"type": "manual"}),
        ] {
            let mut case = world.case(event);
            // Whatever it gives, it gives something.
            let given =
                json!({"title": "t", "aggregation_key": "k", "names": ["Down"], "replicas": 1});
            if let Err(failure) = entry.run(given.as_object().unwrap(), &mut case).await {
                assert!(
                    !failure.message.contains("broke down"),
                    "{}: {failure}",
                    entry.name
                );
            }
        }
    }
}
