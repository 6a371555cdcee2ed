//! Which sinks take a finding, and what grouping makes of many.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::summary::Row;
use squall_model::finding::{Source, Subject};

use super::grouping::{Send, Surroundings};
use super::*;

fn config(name: &str, parameters: Json) -> SinkConfig {
    let Json::Object(parameters) = parameters else {
        unreachable!("parameters are an object")
    };
    SinkConfig {
        kind: "file_sink".to_owned(),
        name: name.to_owned(),
        parameters,
        ..SinkConfig::default()
    }
}

fn sinks(written: &[(&str, Json)]) -> Sinks {
    let written: Vec<_> = written
        .iter()
        .map(|(name, parameters)| config(name, parameters.clone()))
        .collect();
    let (sinks, problems) = Sinks::read(&written);
    assert_eq!(problems, []);
    sinks
}

fn finding(title: &str) -> Finding {
    let mut finding = Finding::new("1", title, "KubePodCrashLooping");
    finding.source = Some(Source::Prometheus);
    finding.subject = Subject {
        name: Some("web-1".to_owned()),
        namespace: Some("shop".to_owned()),
        labels: json!({"app": "web", "tier": "front"})
            .as_object()
            .cloned()
            .unwrap(),
        ..Subject::default()
    };
    finding
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What a sink with these parameters says of a finding.
fn judged(parameters: Json, now: &str) -> Verdict {
    let namespaces = BTreeMap::from([(
        "shop".to_owned(),
        json!({"team": "a"}).as_object().cloned().unwrap(),
    )]);
    let facts = Facts {
        now: at(now),
        namespaces: &namespaces,
    };
    let sinks = sinks(&[("s", parameters)]);
    sinks
        .named("s")
        .unwrap()
        .judge(&finding("Pod crashes"), facts)
        .unwrap()
}

#[test]
fn match_asks_for_all_attributes_and_for_their_starts_only() {
    let judged = |matching: Json| judged(json!({"match": matching}), "2026-11-22T12:00:00Z");
    let missed = |attribute: &str| Verdict::NoMatch(attribute.to_owned());
    assert_eq!(
        judged(json!({"title": "Pod", "source": "PROM"})),
        Verdict::Taken
    );
    assert_eq!(judged(json!({"title": "crashes"})), missed("title"));
    assert_eq!(judged(json!({"namespace": ["x", "sh"]})), Verdict::Taken);
    assert_eq!(judged(json!({"node": "None"})), Verdict::Taken);
    assert_eq!(
        judged(json!({"labels": "app=web,tier=front"})),
        Verdict::Taken
    );
    assert_eq!(
        judged(json!({"labels": ["app=db", "tier=back"]})),
        missed("labels")
    );
}

#[test]
fn scope_asks_for_whole_texts_and_goes_before_match() {
    let judged = |parameters: Json| judged(parameters, "2026-11-22T12:00:00Z");
    let include =
        |area: Json| judged(json!({"scope": {"include": [area]}, "match": {"title": "other"}}));
    assert_eq!(include(json!({"name": "web.*"})), Verdict::Taken);
    assert_eq!(include(json!({"name": "web"})), Verdict::OutOfScope);
    assert_eq!(
        include(json!({"labels": "app=w.b,tier!=back"})),
        Verdict::Taken
    );
    assert_eq!(
        include(json!({"labels": "missing!=x"})),
        Verdict::OutOfScope
    );
    assert_eq!(
        include(json!({"namespace_labels": "team=a"})),
        Verdict::Taken
    );
    assert_eq!(
        judged(json!({"scope": {"exclude": [{"namespace": ["x", "shop"]}]}})),
        Verdict::OutOfScope
    );
    assert_eq!(
        judged(json!({"scope": {"exclude": [{"namespace": "x"}]}})),
        Verdict::Taken
    );
}

#[test]
fn labels_of_a_namespace_are_asked_for_only_where_they_matter() {
    let sinks = sinks(&[
        ("plain", json!({"scope": {"include": [{"name": ".*"}]}})),
        (
            "team",
            json!({"scope": {"include": [{"namespace_labels": "team=a"}]}}),
        ),
    ]);
    let facts = Facts {
        now: at("2026-11-22T12:00:00Z"),
        namespaces: &BTreeMap::new(),
    };
    let route = |name: &str| sinks.route(&[(name.to_owned(), vec![finding("t")])], facts);
    assert_eq!(route("plain").unwrap()[0].verdict, Verdict::Taken);
    assert_eq!(
        route("team"),
        Err(Needs(BTreeSet::from(["shop".to_owned()])))
    );
}

#[test]
fn sinks_are_awake_and_muted_by_the_clock_of_their_place() {
    let days = |day: &str| {
        json!({"activity": {"timezone": "America/New_York", "intervals": [
        {"days": [day], "hours": [{"start": "08:00", "end": "17:30"}]}]}})
    };
    // Thursday, 12:30 UTC is 07:30 in New York.
    assert_eq!(judged(days("THR"), "2026-11-19T12:30:00Z"), Verdict::Asleep);
    assert_eq!(judged(days("THR"), "2026-11-19T13:00:00Z"), Verdict::Taken);
    assert_eq!(judged(days("thu"), "2026-11-19T22:30:00Z"), Verdict::Taken);
    assert_eq!(judged(days("THU"), "2026-11-19T22:30:01Z"), Verdict::Asleep);
    assert_eq!(judged(days("FRI"), "2026-11-19T13:00:00Z"), Verdict::Asleep);
    let muted = json!({"mute_intervals": [{"start_date": "2026-02-28 10:00", "end_date": "2026-02-31 10:00"}]});
    assert_eq!(
        judged(muted.clone(), "2026-02-28T10:00:59Z"),
        Verdict::Muted
    );
    assert_eq!(judged(muted, "2026-02-28T09:59:59Z"), Verdict::Taken);
}

#[test]
fn a_sink_that_stops_lets_nothing_past_it() {
    let sinks = sinks(&[
        ("a", json!({})),
        ("b", json!({"stop": true, "match": {"title": "yes"}})),
        ("c", json!({"default": false})),
    ]);
    assert_eq!(sinks.defaults(), ["a", "b"]);
    let namespaces = BTreeMap::new();
    let facts = Facts {
        now: at("2026-11-22T12:00:00Z"),
        namespaces: &namespaces,
    };
    let findings = [
        ("a".to_owned(), vec![finding("yes")]),
        (
            "b".to_owned(),
            vec![finding("no"), finding("yes"), finding("yes")],
        ),
        ("c".to_owned(), vec![finding("yes")]),
        ("d".to_owned(), vec![finding("yes")]),
    ];
    let verdicts = |findings: &[(String, Vec<Finding>)]| -> Vec<Verdict> {
        let routes = sinks.route(findings, facts).unwrap();
        routes.into_iter().map(|route| route.verdict).collect()
    };
    let stopped = || Verdict::Stopped("b".to_owned());
    assert_eq!(
        verdicts(&findings),
        [
            Verdict::Taken,
            Verdict::NoMatch("title".to_owned()),
            Verdict::Taken,
            stopped(),
            stopped(),
            stopped()
        ]
    );
    assert_eq!(verdicts(&findings[3..]), [Verdict::Unknown]);
}

#[test]
fn what_cannot_be_meant_is_told() {
    let told = |parameters: Json| -> String {
        let (read, problems) = Sinks::read(&[config("s", parameters)]);
        let left_out = if read.named("s").is_none() {
            " (left out)"
        } else {
            ""
        };
        format!("{}{left_out}", problems[0])
    };
    for (parameters, expected) in [
        (
            json!({"match": {"titel": "x"}}),
            "warning: file_sink.s.match.titel: findings have no `titel`, so the sink takes none (title, identifier, \
             severity, source, type, kind, namespace, node, name, labels, annotations)",
        ),
        (
            json!({"scope": {}}),
            "error: file_sink.s.scope: has neither `include` nor `exclude` (left out)",
        ),
        (
            json!({"scope": {"include": [{"labels": "app"}]}}),
            "error: file_sink.s.scope.include.labels: `app` is not of the form `name=pattern` (a=b.*,c!=d) (left out)",
        ),
        (
            json!({"activity": {"timezone": "Mars/Base", "intervals": []}}),
            "error: file_sink.s.activity.timezone: `Mars/Base` is no time zone (such as Europe/Berlin) (left out)",
        ),
        (
            json!({"activity": {"intervals": [{"days": ["FUNDAY"]}]}}),
            "error: file_sink.s.activity.intervals.days: \"FUNDAY\" is no day of the week (MON TUE WED THU FRI SAT \
             SUN) (left out)",
        ),
        (
            json!({"mute_intervals": [{"start_date": "2026-13-01 00:00", "end_date": "2026-01-01 00:00"}]}),
            "error: file_sink.s.mute_intervals.start_date: `2026-13-01 00:00` is no moment (YYYY-MM-DD HH:MM) (left \
             out)",
        ),
        (
            json!({"grouping": {"notification_mode": {}}}),
            "error: file_sink.s.grouping.notification_mode: must be exactly one of `regular` and `summary` (summary: \
             {threaded: true}) (left out)",
        ),
    ] {
        assert_eq!(told(parameters), expected);
    }
}

#[test]
fn the_first_few_are_ignored_until_there_are_enough_within_the_interval() {
    let sinks = sinks(&[(
        "s",
        json!({"grouping": {"interval": 60, "group_by": [{"labels": ["app"]}],
                            "notification_mode": {"regular": {"ignore_first": 3}}}}),
    )]);
    let grouping = sinks.named("s").unwrap().grouping.clone().unwrap();
    let around = Surroundings::default();
    assert_eq!(grouping.key(&finding("t"), around), r#"["web",null]"#);
    let mut group = None;
    let mut sent = Vec::new();
    for second in [0, 10, 20, 30, 85, 86, 300] {
        let now = at("2026-11-22T12:00:00Z").plus_millis(second * 1000);
        let (next, send) = grouping.step(group, &finding("t"), around, now);
        // As it is recorded.
        group = Some(serde_json::from_value(serde_json::to_value(next).unwrap()).unwrap());
        sent.push(send == Send::Finding);
    }
    assert_eq!(sent, [false, false, true, true, false, true, false]);
}

#[test]
fn a_summary_counts_until_its_interval_is_over() {
    let sinks = sinks(&[(
        "s",
        json!({"grouping": {"interval": 60, "group_by": ["cluster", "workload"], "notification_mode": {"summary":
               {"threaded": false, "by": ["identifier", {"labels": ["tier", "app", "none"]}]}}}}),
    )]);
    let grouping = sinks.named("s").unwrap().grouping.clone().unwrap();
    let around = Surroundings {
        cluster: "prod",
        ..Surroundings::default()
    };
    let start = at("2026-11-22T12:00:00Z");
    let (mut group, first) = grouping.step(None, &finding("t"), around, start);
    let Send::Summary {
        summary,
        message: None,
        threaded: false,
    } = first
    else {
        panic!("{first:?}");
    };
    assert_eq!(summary.header, ["cluster: prod", "workload: (undefined)"]);
    assert_eq!(
        summary.columns,
        ["notification", "label:app", "label:none", "label:tier"]
    );
    group.message = Some(json!("17.1"));
    let (group, second) = grouping.step(
        Some(group),
        &finding("[RESOLVED] t"),
        around,
        start.plus_millis(60_000),
    );
    let Send::Summary {
        summary, message, ..
    } = second
    else {
        panic!("{second:?}");
    };
    let key = ["KubePodCrashLooping", "web", "", "front"];
    let key = key
        .map(|part| (!part.is_empty()).then(|| part.to_owned()))
        .to_vec();
    assert_eq!(
        summary.rows,
        [Row {
            key,
            fired: 1,
            resolved: 1
        }]
    );
    assert_eq!(message, Some(json!("17.1")));
    let (_, third) = grouping.step(
        Some(group),
        &finding("t"),
        around,
        start.plus_millis(60_001),
    );
    let Send::Summary {
        summary,
        message: None,
        ..
    } = third
    else {
        panic!("{third:?}");
    };
    assert_eq!((summary.rows.len(), summary.rows[0].resolved), (1, 0));
}

#[test]
fn a_summary_does_not_grow_without_end() {
    let sinks = sinks(&[(
        "s",
        json!({"grouping": {"notification_mode": {"summary": {"by": ["title"]}}}}),
    )]);
    let grouping = sinks.named("s").unwrap().grouping.clone().unwrap();
    let mut group = None;
    for number in 0..1_100 {
        let finding = finding(&format!("t{number}"));
        group = Some(
            grouping
                .step(
                    group,
                    &finding,
                    Surroundings::default(),
                    at("2026-11-22T12:00:00Z"),
                )
                .0,
        );
    }
    let recorded = serde_json::to_value(group).unwrap();
    let rows = recorded["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[1000]["fired"]), (1_001, &json!(100)));
}
