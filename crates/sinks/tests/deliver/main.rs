//! Deliveries against fakes of the services: every request is held against the limits that the services document, and
//! their answers become errors that say whether to try again.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "all of this is tests, where a panic is the verdict"
)]

mod chance;
mod samples;
mod service;
mod services;
mod slack;
mod smtp;
mod tickets;

use std::time::Duration;

use serde_json::json;
use squall_model::finding::{Block, Enrichment, Finding, Table};
use squall_model::http::Answer;
use squall_model::{Json, Object};
use squall_sinks::{Error, Site, Told, find};

use chance::Chance;
use samples::{enormous, finding};
use service::Service;

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
    let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Some(Answer {
        headers: headers.iter().map(header).collect(),
        ..services::said(status, body)
    })
}

fn parameters(kind: &str) -> Object {
    serde_json::from_str(find(kind).unwrap().example).unwrap()
}

fn site() -> Site {
    Site {
        cluster_name: "prod".to_owned(),
        signing_key: Some("secret".to_owned()),
        ..Site::default()
    }
}

async fn deliver(kind: &str, finding: &Finding, service: &Service) -> Result<Json, Error> {
    deliver_with(kind, &parameters(kind), finding, service).await
}

async fn deliver_with(
    kind: &str,
    parameters: &Object,
    finding: &Finding,
    service: &Service,
) -> Result<Json, Error> {
    let sink = find(kind).unwrap().open(parameters).unwrap();
    let site = site();
    let told = Told {
        finding,
        site: &site,
        sink: "s",
        key: "key-1",
        now: "2026-11-22T13:14:15Z".parse().unwrap(),
        thread: None,
    };
    sink.deliver(told, service).await
}

const BY_HTTP: [&str; 20] = [
    "datadog_sink",
    "discord_sink",
    "google_chat_sink",
    "incidentio_sink",
    "jira_sink",
    "mattermost_sink",
    "ms_teams_sink",
    "opsgenie_sink",
    "pagerduty_sink",
    "pushover_sink",
    "rocketchat_sink",
    "service_now_sink",
    "slack_sink",
    "slack_sink_preview",
    "telegram_sink",
    "victorops_sink",
    "webex_sink",
    "webhook_sink",
    "yamessenger_sink",
    "zulip_sink",
];

#[tokio::test]
async fn every_request_is_within_the_limits_of_its_service() {
    for kind in BY_HTTP {
        for finding in [finding(), enormous()] {
            let service = Service::start();
            deliver(kind, &finding, &service).await.unwrap();
            assert!(!service.urls().is_empty(), "{kind}");
        }
    }
}

/// Findings by chance; the number of one that fails makes it again.
#[tokio::test]
async fn no_finding_breaks_a_limit() {
    let mut faults = Vec::new();
    for kind in BY_HTTP {
        let service = Service::start();
        for number in 0..FINDINGS_BY_CHANCE {
            let finding = Chance::new(number).finding();
            if let Err(fault) = deliver(kind, &finding, &service).await {
                faults.push(format!("{kind}, finding {number}: {fault}"));
            }
        }
        faults.extend(service.faults());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

const FINDINGS_BY_CHANCE: u64 = 20;

/// Each of these once took time that grew with the square of its length, or worse.
#[tokio::test]
async fn hostile_texts_cost_no_more_than_long_ones() {
    let mut finding = finding();
    let long = 80_000;
    finding.title = "<".repeat(long);
    finding.subject.labels =
        Object::from_iter([("a".to_owned(), json!("labels.a ".repeat(long / 9)))]);
    let word = vec![vec![
        "x".repeat(long),
        "<a".repeat(long / 2),
        "*`".repeat(long / 2),
    ]];
    finding.enrichments = vec![Enrichment::of(vec![
        Block::Table(Table::new(&["one"], word.clone())),
        Block::Table(Table::new(&["one", "two", "three"], word)),
        Block::list(vec!["<a|".repeat(long / 3), "```".repeat(long / 3)]),
    ])];
    for kind in BY_HTTP {
        let mut given = parameters(kind);
        if kind == "slack_sink" {
            given.insert("channel_override".to_owned(), json!("$labels.a"));
        }
        let service = Service::start();
        deliver_with(kind, &given, &finding, &service)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn answers_say_whether_to_try_again() {
    for kind in BY_HTTP {
        let fault = |answer| async move {
            let service = Service::answering(vec![answer]);
            let mut finding = finding();
            finding.enrichments.clear();
            deliver(kind, &finding, &service).await.unwrap_err()
        };
        let busy = fault(answer(429, &[("retry-after", "7")], "slow down")).await;
        assert!(!busy.is_final(), "{kind}: {busy}");
        assert_eq!(busy.retry_after(), Some(Duration::from_secs(7)), "{kind}");
        assert!(
            busy.to_string().ends_with("status 429: slow down"),
            "{busy}"
        );
        let broken = fault(answer(503, &[], "")).await;
        assert_eq!(
            (broken.is_final(), broken.retry_after()),
            (false, None),
            "{kind}: {broken}"
        );
        let silent = fault(None).await;
        assert!(!silent.is_final(), "{kind}: {silent}");
        let refused = fault(answer(400, &[], "no such thing")).await;
        assert!(refused.is_final(), "{kind}: {refused}");
        let moved = fault(answer(302, &[], "")).await;
        assert!(moved.is_final(), "{kind}: {moved}");
    }
}

#[tokio::test]
async fn services_that_say_200_to_everything_are_understood() {
    let mut plain = finding();
    plain.enrichments.clear();
    let said = |kind: &'static str, body: &'static str| {
        let plain = plain.clone();
        async move {
            let service = Service::answering(vec![answer(200, &[], body)]);
            deliver(kind, &plain, &service).await.unwrap_err()
        }
    };
    for (kind, body, is_final) in [
        (
            "slack_sink",
            r#"{"ok": false, "error": "channel_not_found"}"#,
            true,
        ),
        (
            "slack_sink",
            r#"{"ok": false, "error": "ratelimited"}"#,
            false,
        ),
        (
            "slack_sink",
            r#"{"ok": false, "error": "service_unavailable"}"#,
            false,
        ),
        ("slack_sink", "<html>", true),
        (
            "ms_teams_sink",
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
            false,
        ),
        ("ms_teams_sink", "Summary or Text is required. Error", true),
    ] {
        let fault = said(kind, body).await;
        assert_eq!(fault.is_final(), is_final, "{kind} {body}: {fault}");
    }
}

#[tokio::test]
async fn the_key_goes_along_so_that_services_can_tell_repetitions() {
    for kind in BY_HTTP {
        let service = Service::start();
        deliver(kind, &finding(), &service).await.unwrap();
        let seen = service.seen();
        let key = seen.iter().find_map(|one| one.header("idempotency-key"));
        assert_eq!(key, Some("key-1"), "{kind}");
    }
}

#[tokio::test]
async fn findings_are_added_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("findings.json");
    let given = Object::from_iter([("file_name".to_owned(), json!(file))]);
    for _ in 0..2 {
        deliver_with("file_sink", &given, &finding(), &Service::start())
            .await
            .unwrap();
    }
    let text = fs_err::read_to_string(&file).unwrap();
    let values: Vec<Json> = serde_json::Deserializer::from_str(&text)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        (values.len(), &values[1]["subject"]["subject_type"]),
        (2, &json!("pod"))
    );
    assert!(!text.contains("main.log"), "{text}");
    let given = Object::from_iter([("file_name".to_owned(), json!(folder.path()))]);
    let fault = deliver_with("file_sink", &given, &finding(), &Service::start())
        .await
        .unwrap_err();
    assert!(!fault.is_final(), "{fault}");
}

#[tokio::test]
async fn what_is_resolved_is_closed() {
    let mut finding = finding();
    finding.title = "[RESOLVED] Pod web-1 is crash looping".to_owned();
    finding.fingerprint = "a/b".to_owned();
    for (kind, place, expected) in [
        ("victorops_sink", "/message_type", "RECOVERY"),
        ("incidentio_sink", "/status", "resolved"),
        ("pagerduty_sink", "/event_action", "resolve"),
        ("opsgenie_sink", "/source", "Squall"),
    ] {
        let service = Service::start();
        deliver(kind, &finding, &service).await.unwrap();
        assert_eq!(
            service.body(0).pointer(place),
            Some(&json!(expected)),
            "{kind}"
        );
        if kind == "opsgenie_sink" {
            assert_eq!(
                service.urls(),
                ["http://api.opsgenie.com/v2/alerts/a%2Fb/close?identifierType=alias"]
            );
        }
    }
}

#[tokio::test]
async fn opsgenie_knows_teams_and_tags_by_labels() {
    let mut finding = finding();
    finding.subject.labels = Object::from_iter([
        ("team".to_owned(), json!("shop")),
        ("node".to_owned(), json!("x")),
    ]);
    let given = json!({"api_key": "key", "teams": ["$labels.team", "ops", "$labels.missing"], "default_team": "all",
                       "tags": ["env-$labels.team", "$labels.missing", "ops"], "extra_details_labels": true});
    let service = Service::start();
    deliver_with(
        "opsgenie_sink",
        given.as_object().unwrap(),
        &finding,
        &service,
    )
    .await
    .unwrap();
    let body = service.body(0);
    let teams: Vec<&Json> = body["responders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(teams, ["shop", "ops", "all"]);
    assert_eq!(body["tags"], json!(["prod", "env-shop", "ops"]));
    assert_eq!(
        body["details"],
        json!({"Resource": "web-1", "Cluster": "prod", "Namespace": "shop", "Node": null,
                                        "Source": "PROMETHEUS", "team": "shop"})
    );
    assert_eq!(
        (&body["priority"], &body["entity"]),
        (&json!("P5"), &json!("shop/pod/web-1"))
    );
}

#[tokio::test]
async fn files_follow_as_forms() {
    for (kind, count) in [("discord_sink", 1), ("telegram_sink", 2)] {
        let service = Service::start();
        deliver(kind, &finding(), &service).await.unwrap();
        let forms = service.seen().split_off(1);
        assert_eq!(forms.len(), count, "{kind}");
        let parts = services::parts(&forms[0]);
        let file = parts.iter().find(|part| part.1.is_some()).unwrap();
        assert_eq!(file.1.as_deref(), Some("main.log"), "{kind}");
        assert_eq!(file.2, b"at work\n", "{kind}");
    }
}

#[test]
fn wrong_parameters_are_told() {
    for (kind, given, expected) in [
        ("webhook_sink", json!({}), "url is missing"),
        (
            "webhook_sink",
            json!({"url": "example.com"}),
            "url is no address of HTTP",
        ),
        (
            "webhook_sink",
            json!({"url": "http://x", "format": "xml"}),
            "format there is no `xml`",
        ),
        (
            "webhook_sink",
            json!({"url": "http://x", "size_limit": "many"}),
            "size_limit `\"many\"` is no whole number",
        ),
        (
            "slack_sink",
            json!({"api_key": "x"}),
            "slack_channel is missing",
        ),
        (
            "slack_sink",
            json!({"api_key": "x", "slack_channel": "c", "channel_override": "plain"}),
            "channel_override `plain` names nothing of a finding",
        ),
        (
            "ms_teams_sink",
            json!({"webhook_url": "http://x", "webhook_override": "labels.x"}),
            "webhook_override `labels.x` names no annotation",
        ),
        (
            "pagerduty_sink",
            json!({"api_key": ["x"]}),
            "api_key `[\"x\"]` is no text",
        ),
        (
            "incidentio_sink",
            json!({"token": "t", "source_config_id": "short"}),
            "source_config_id `short` is no id of an alert source",
        ),
        (
            "opsgenie_sink",
            json!({"api_key": "k", "teams": "ops"}),
            "teams `\"ops\"` is no list of texts",
        ),
        (
            "mail_sink",
            json!({"mailto": "x", "use_ses": true}),
            "use_ses the interface of SES is not here, only SMTP",
        ),
        (
            "mail_sink",
            json!({"mailto": "slack://x"}),
            "mailto is no mailto:// or mailtos:// address",
        ),
    ] {
        let fault = find(kind)
            .unwrap()
            .open(given.as_object().unwrap())
            .err()
            .unwrap();
        assert_eq!(
            format!("{} {}", fault.key, fault.message),
            expected,
            "{kind}"
        );
    }
}

#[test]
fn every_kind_that_files_may_use_is_here_and_no_other() {
    let available = squall_model::playbook::sinks::ALL
        .iter()
        .filter(|kind| kind.is_available);
    let available: Vec<&str> = available.map(|kind| kind.name).collect();
    let here: Vec<&str> = squall_sinks::ALL.iter().map(|entry| entry.kind).collect();
    assert_eq!(here, available);
    for entry in squall_sinks::ALL {
        let example = serde_json::from_str::<Object>(entry.example).unwrap();
        let kind = squall_model::playbook::sinks::named(entry.kind).unwrap();
        let is_known = |name: &String| kind.parameter(name).is_some();
        assert!(example.keys().all(is_known), "{}", entry.kind);
        assert!(entry.open(&example).is_ok(), "{}", entry.kind);
    }
}
