//! Deliveries against fakes of the services: every request is held against the limits that the services document, and
//! their answers become errors that say whether to try again.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "all of this is tests, where a panic is the verdict"
)]

mod limits;
mod smtp;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;
use squall_model::finding::summary::{Row, Summary};
use squall_model::finding::{
    Block, Enrichment, Finding, Link, Source, Subject, SubjectKind, Table,
};
use squall_model::http::{Answer, Http, NoAnswer, Request};
use squall_model::{Json, Object};
use squall_sinks::{Error, Site, Told, ToldSummary, find};

/// A service that answers as it is told to, then that all is well.
#[derive(Default)]
struct Service {
    answers: Mutex<VecDeque<Option<Answer>>>,
    seen: Mutex<Vec<Request>>,
}

impl Service {
    fn answering(answers: Vec<Option<Answer>>) -> Self {
        Self {
            answers: Mutex::new(answers.into()),
            ..Self::default()
        }
    }

    fn urls(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|request| request.url.clone())
            .collect()
    }

    fn body(&self, number: usize) -> Json {
        serde_json::from_slice(&self.seen.lock().unwrap()[number].body).unwrap()
    }
}

impl Http for Service {
    fn send(
        &self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send + '_>> {
        limits::check(&request);
        let well = well(&request);
        self.seen.lock().unwrap().push(request);
        let answer = self
            .answers
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Some(well));
        Box::pin(async move {
            answer.ok_or_else(|| NoAnswer {
                host: "service".to_owned(),
                source: "the connection was cut".into(),
            })
        })
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
    let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Some(Answer {
        status,
        headers: headers.iter().map(header).collect(),
        body: body.as_bytes().to_vec(),
    })
}

/// What each service says when all is well.
fn well(request: &Request) -> Answer {
    let body = if request.url.ends_with("files.getUploadURLExternal") {
        json!({"ok": true, "upload_url": "https://files.slack.com/upload/v1/1", "file_id": "F1"})
    } else if request.url.ends_with("files.completeUploadExternal") {
        json!({"ok": true, "files": [{"id": "F1", "permalink": "https://slack.example/F1"}]})
    } else if request.url.contains("slack.com/api/") {
        json!({"ok": true, "channel": "C1", "ts": "17.1"})
    } else {
        json!({})
    };
    answer(200, &[], &body.to_string()).unwrap()
}

fn parameters(kind: &str) -> Object {
    serde_json::from_str(find(kind).unwrap().example).unwrap()
}

/// A finding with some of everything.
fn finding() -> Finding {
    let mut finding = Finding::new("f1", "Pod web-1 is crash looping", "CrashLoopBackoff");
    finding.source = Some(Source::Prometheus);
    finding.description = Some("It restarts".to_owned());
    finding.subject = Subject {
        name: Some("web-1".to_owned()),
        kind: Some(SubjectKind::Pod),
        namespace: Some("shop".to_owned()),
        ..Subject::default()
    };
    finding.links.push(Link::new(
        "http://prom/graph",
        "Graph",
        Some("prometheus_generator_url"),
    ));
    let wide = Table::new(
        &["a", "b", "c"],
        vec![vec!["1".to_owned(), "2".to_owned(), "3".to_owned()]],
    );
    finding.enrichments.push(Enrichment::of(vec![
        Block::markdown("*main* restarted"),
        Block::header("Logs"),
        Block::file("main.log", b"at work\n".to_vec()),
        Block::Table(wide),
    ]));
    finding
}

/// A finding with too much of everything.
fn enormous() -> Finding {
    let mut finding = finding();
    finding.title = "ä🔥".repeat(8_000);
    finding.description = Some("\"quoted\" ä🔥\n".repeat(8_000));
    finding.fingerprint = "f".repeat(400);
    finding.links = (0..100)
        .map(|number| {
            Link::new(
                format!("http://a/{}", "x".repeat(number * 50)),
                "y".repeat(200),
                None,
            )
        })
        .collect();
    let rows = (0..300)
        .map(|number| vec![format!("row {number}"), "🔥".repeat(50)])
        .collect();
    let mut blocks = vec![
        Block::header("h".repeat(500)),
        Block::Table(Table::new(&["only", "two"], rows)),
    ];
    blocks.extend(
        (0..200).map(|number| Block::markdown(format!("```{number}{}", "code ".repeat(900)))),
    );
    blocks.extend((0..200).map(|_| Block::list(vec!["item".repeat(100); 50])));
    blocks.push(Block::file(
        "big.log",
        "a line of a log\n".repeat(80_000).into_bytes(),
    ));
    finding.enrichments.push(Enrichment::of(blocks));
    finding
}

fn site() -> Site {
    Site {
        cluster_name: "prod".to_owned(),
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

const BY_HTTP: [&str; 11] = [
    "datadog_sink",
    "discord_sink",
    "google_chat_sink",
    "incidentio_sink",
    "ms_teams_sink",
    "opsgenie_sink",
    "pagerduty_sink",
    "slack_sink",
    "telegram_sink",
    "victorops_sink",
    "webhook_sink",
];

#[tokio::test]
async fn every_request_is_within_the_limits_of_its_service() {
    for kind in BY_HTTP {
        for finding in [finding(), enormous()] {
            let service = Service::default();
            deliver(kind, &finding, &service).await.unwrap();
            assert!(!service.urls().is_empty(), "{kind}");
        }
    }
}

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
        let service = Service::default();
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
async fn slack_gets_files_before_the_message_that_names_them() {
    let service = Service::default();
    let message = deliver("slack_sink", &finding(), &service).await.unwrap();
    assert_eq!(message, json!({"channel": "C1", "ts": "17.1"}));
    let each = [
        "https://slack.com/api/files.getUploadURLExternal",
        "https://files.slack.com/upload/v1/1",
        "https://slack.com/api/files.completeUploadExternal",
    ];
    let expected: Vec<_> = each
        .into_iter()
        .chain(each)
        .chain(["https://slack.com/api/chat.postMessage"])
        .collect();
    assert_eq!(service.urls(), expected);
    assert_eq!(
        service.body(6)["text"],
        "Pod web-1 is crash looping\n* <https://slack.example/F1 | main.log>\n* <https://slack.example/F1 | data.txt>"
    );
    assert_eq!(
        String::from_utf8_lossy(&service.seen.lock().unwrap()[1].body),
        "at work\n"
    );
}

#[tokio::test]
async fn a_file_that_slack_does_not_want_does_not_lose_the_message() {
    let refused = answer(200, &[], r#"{"ok": false, "error": "missing_scope"}"#);
    let service = Service::answering(vec![refused.clone(), refused]);
    deliver("slack_sink", &finding(), &service).await.unwrap();
    let message = service.body(2);
    let blocks = message["blocks"].as_array().unwrap();
    let note = &blocks.last().unwrap()["text"]["text"];
    assert_eq!(
        note,
        "_Failed to send file(s) main.log, data.txt to slack._"
    );
    // One that it cannot take now is another matter.
    let service = Service::answering(vec![answer(500, &[], "")]);
    assert!(
        !deliver("slack_sink", &finding(), &service)
            .await
            .unwrap_err()
            .is_final()
    );
}

#[tokio::test]
async fn slack_changes_the_message_of_a_summary() {
    let summary = Summary {
        header: vec!["cluster: prod".to_owned()],
        columns: vec!["notification".to_owned(), "label:app".to_owned()],
        rows: vec![Row {
            key: vec![Some("CrashLoop".to_owned()), None],
            fired: 2,
            resolved: 1,
        }],
        started_at: 1_795_266_855,
        interval: 5_400,
    };
    let sink = find("slack_sink")
        .unwrap()
        .open(&parameters("slack_sink"))
        .unwrap();
    let (service, site) = (Service::default(), site());
    let channel = sink.channel(&finding(), &site).unwrap();
    let told = |summary, message| ToldSummary {
        summary,
        threaded: true,
        site: &site,
        channel: &channel,
        message,
    };
    let message = sink
        .deliver_summary(told(&summary, None), &service)
        .await
        .unwrap();
    let mut longer = summary.clone();
    longer.rows = (0..500)
        .map(|number| Row {
            key: vec![Some(format!("alert {number}")), Some("app".repeat(30))],
            fired: 2,
            resolved: 0,
        })
        .collect();
    sink.deliver_summary(told(&longer, Some(&message)), &service)
        .await
        .unwrap();
    assert_eq!(
        service.urls(),
        [
            "https://slack.com/api/chat.postMessage",
            "https://slack.com/api/chat.update"
        ]
    );
    let text = |body: &Json, number: usize| {
        body["blocks"][number]["text"]["text"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (first, second) = (service.body(0), service.body(1));
    assert_eq!(text(&first, 0), "*Alerts Summary - 3 Notifications*");
    assert_eq!(
        text(&first, 3),
        "*Time interval:* `1 hour and 30 minutes` starting at `<!date^1795266855^{date_num} {time}|2026-11-21 13:14 UTC>`"
    );
    assert_eq!(
        text(&first, 4),
        "```\n notification   | label:app   |   Fired |   Resolved\n\
         ----------------+-------------+---------+------------\n CrashLoop      | None        |       2 |          1\n```"
    );
    assert_eq!(
        (&second["channel"], &second["ts"]),
        (&json!("C1"), &json!("17.1"))
    );
    assert!(
        text(&second, 4).contains(" more groups ("),
        "{}",
        text(&second, 4)
    );
}

#[tokio::test]
async fn findings_stand_below_their_summary() {
    let sink = find("slack_sink")
        .unwrap()
        .open(&parameters("slack_sink"))
        .unwrap();
    let (service, site, mut finding) = (Service::default(), site(), finding());
    finding.enrichments.clear();
    let thread = json!({"channel": "C1", "ts": "17.1"});
    let told = Told {
        finding: &finding,
        site: &site,
        sink: "s",
        key: "k",
        now: "2026-11-22T13:14:15Z".parse().unwrap(),
        thread: Some(&thread),
    };
    sink.deliver(told, &service).await.unwrap();
    assert_eq!(service.body(0)["thread_ts"], "17.1");
}

#[tokio::test]
async fn buttons_are_signed_or_not_there() {
    let mut finding = finding();
    let buttons: Block = serde_json::from_value(json!({"block": "CallbackBlock", "choices": {
        "Delete it": {"action": "delete_pod", "action_params": {"name": "web-1", "namespace": "shop"}, "object": null}}}))
    .unwrap();
    finding.enrichments = vec![Enrichment::of(vec![buttons])];
    let sink = find("slack_sink")
        .unwrap()
        .open(&parameters("slack_sink"))
        .unwrap();
    let posted = async |signing_key: Option<&str>| {
        let site = Site {
            account_id: "acc".to_owned(),
            signing_key: signing_key.map(str::to_owned),
            ..site()
        };
        let service = Service::default();
        let now = "2026-11-22T13:14:15Z".parse().unwrap();
        let told = Told {
            finding: &finding,
            site: &site,
            sink: "s",
            key: "k",
            now,
            thread: None,
        };
        sink.deliver(told, &service).await.unwrap();
        service.body(0)["blocks"].as_array().unwrap().clone()
    };
    let is_button = |block: &&Json| block["elements"][0]["style"] == "primary";
    assert_eq!(posted(None).await.iter().find(is_button), None);
    let blocks = posted(Some("secret")).await;
    let button = &blocks.iter().find(is_button).unwrap()["elements"][0];
    assert_eq!(
        (&button["text"]["text"], &button["action_id"]),
        (&json!("Delete it"), &json!("trigger_playbook_0"))
    );
    let request: Json = serde_json::from_str(button["value"].as_str().unwrap()).unwrap();
    // What Robusta's own `sign_action_request` gives for this body and key.
    assert_eq!(request["signature"], SIGNATURE);
    assert_eq!(
        request["body"]["action_params"],
        json!({"name": "web-1", "namespace": "shop"})
    );
}

const SIGNATURE: &str = "v0=0e6e89642a72bf93f9ea11d75d58665771c0af011aa000f7b338d14cd60a5cfa";

#[tokio::test]
async fn the_key_goes_along_so_that_services_can_tell_repetitions() {
    for kind in BY_HTTP {
        let service = Service::default();
        deliver(kind, &finding(), &service).await.unwrap();
        let seen = service.seen.lock().unwrap();
        let last = seen.last().unwrap();
        let key = last
            .headers
            .iter()
            .find(|(name, _)| name == "Idempotency-Key");
        assert_eq!(key.map(|(_, key)| key.as_str()), Some("key-1"), "{kind}");
    }
}

#[tokio::test]
async fn findings_are_added_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("findings.json");
    let given = Object::from_iter([("file_name".to_owned(), json!(file))]);
    for _ in 0..2 {
        deliver_with("file_sink", &given, &finding(), &Service::default())
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
    let fault = deliver_with("file_sink", &given, &finding(), &Service::default())
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
        let service = Service::default();
        deliver(kind, &finding, &service).await.unwrap();
        assert_eq!(
            service.body(0).pointer(place),
            Some(&json!(expected)),
            "{kind}"
        );
        if kind == "opsgenie_sink" {
            assert_eq!(
                service.urls(),
                ["https://api.opsgenie.com/v2/alerts/a%2Fb/close?identifierType=alias"]
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
    let service = Service::default();
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
    let count = async |kind: &str| {
        let service = Service::default();
        deliver(kind, &finding(), &service).await.unwrap();
        service.seen.lock().unwrap().split_off(1)
    };
    for (kind, requests) in [("discord_sink", 1), ("telegram_sink", 2)] {
        let forms = count(kind).await;
        assert_eq!(forms.len(), requests, "{kind}");
        let kind_of_body = &forms[0].headers.last().unwrap().1;
        assert!(
            forms[0]
                .headers
                .iter()
                .any(|(_, value)| value.starts_with("multipart/form-data; boundary=squall-")),
            "{kind_of_body}"
        );
        let form = String::from_utf8(forms[0].body.clone()).unwrap();
        assert!(
            form.contains("filename=\"main.log\"\r\n")
                && form.contains("\r\n\r\nat work\n\r\n--squall-"),
            "{form}"
        );
        assert!(form.ends_with("--\r\n"), "{form}");
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
