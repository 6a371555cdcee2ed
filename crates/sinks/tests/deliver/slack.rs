//! Slack: files before the message that names them, threads, summaries, signed buttons.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::summary::{Row, Summary};
use squall_model::finding::{Block, Enrichment};
use squall_sinks::{Site, Told, ToldSummary, find};

use super::{answer, deliver, deliver_with, parameters, site};
use crate::samples::finding;
use crate::service::Service;

#[tokio::test]
async fn slack_gets_files_before_the_message_that_names_them() {
    let service = Service::start();
    let message = deliver("slack_sink", &finding(), &service).await.unwrap();
    assert_eq!(message, json!({"channel": "C1", "ts": "17.1"}));
    let three_steps = |id| {
        [
            "http://slack.com/api/files.getUploadURLExternal".to_owned(),
            format!("http://files.slack.com/upload/v1/{id}"),
            "http://slack.com/api/files.completeUploadExternal".to_owned(),
        ]
    };
    let mut expected = [three_steps("F1"), three_steps("F2")].concat();
    expected.push("http://slack.com/api/chat.postMessage".to_owned());
    assert_eq!(service.urls(), expected);
    assert_eq!(
        service.body(6)["text"],
        "Pod web-1 is crash looping\n* <https://slack.example/F1 | main.log>\n* <https://slack.example/F2 | data.txt>"
    );
    assert_eq!(service.seen()[1].text(), "at work\n");
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
    let (service, site) = (Service::start(), site());
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
            "http://slack.com/api/chat.postMessage",
            "http://slack.com/api/chat.update"
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
async fn what_is_hidden_is_left_out() {
    let mut given = parameters("slack_sink_preview");
    let blocks = async |given: &squall_model::Object| {
        let service = Service::start();
        let delivered = deliver_with("slack_sink_preview", given, &finding(), &service).await;
        delivered.unwrap();
        let message = service.seen().pop().unwrap().json();
        message["blocks"].to_string()
    };
    let whole = blocks(&given).await;
    assert!(
        whole.contains("restarted") && whole.contains("http://prom/graph"),
        "{whole}"
    );
    given.insert("hide_enrichments".to_owned(), json!(true));
    given.insert("hide_buttons".to_owned(), json!(true));
    let bare = blocks(&given).await;
    assert!(
        !bare.contains("restarted") && !bare.contains("http://prom/graph"),
        "{bare}"
    );
    assert!(bare.contains("crash looping"), "{bare}");
}

#[tokio::test]
async fn findings_stand_below_their_summary() {
    let sink = find("slack_sink")
        .unwrap()
        .open(&parameters("slack_sink"))
        .unwrap();
    let (service, site, mut finding) = (Service::start(), site(), finding());
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
        let service = Service::start();
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
