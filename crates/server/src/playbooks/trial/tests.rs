//! Trials of small playbooks, without a cluster.

use std::path::Path;

use squall_pack::read_playbook_text;
use squall_runners::Settings;

use super::*;
use crate::playbooks::repositories::Fetcher;
use crate::playbooks::{Code, Loaded};

const PLAYBOOKS: &str = "
sinksConfig:
- file_sink: {name: all}
- file_sink: {name: shop, match: {namespace: [shop]}}
customPlaybooks:
- triggers:
  - on_pod_update: {name_prefix: web}
  actions:
  - create_finding: {title: $name changed, aggregation_key: k}
- triggers:
  - on_pod_crash_loop: {namespace_prefix: gone, rate_limit: 60}
  actions:
  - create_finding: {title: crash, aggregation_key: k}
- triggers:
  - on_prometheus_alert: {alert_name: Quiet}
  actions:
  - name_silencer: {names: [Quiet]}
- triggers:
  - on_prometheus_alert: {}
  actions:
  - create_finding: {title: alert, aggregation_key: k}
  sinks: [all]
- triggers:
  - on_schedule: {cron_schedule_repeat: {cron_expression: '* * * * *'}}
  actions:
  - http_get: {url: 'http://user:secret@example.com/ping?token=1'}
";

async fn trial(text: &str) -> Trial {
    let host = Host::start(Settings::default()).unwrap();
    let read = read_playbook_text(text, Path::new("values.yaml"), &|_| None);
    let folder = tempfile::tempdir().unwrap();
    let fetcher = Fetcher::new(folder.path().to_owned(), &host);
    let code = Code::of(&read.playbooks.repositories, &fetcher, &host).await;
    let (in_force, problems) = InForce::of(Loaded::of(read, code));
    assert_eq!(problems, []);
    Trial::new(in_force, host, Surroundings::default())
}

fn update(name: &str, namespace: &str) -> Told {
    let pod = |phase: &str| {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"nodeName": phase},
            "status": {"containerStatuses": [
                {"name": "web", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
            ]},
        })
    };
    Told::Change(Box::new(Change {
        operation: Operation::Update,
        kind: "Pod".to_owned(),
        api_version: "v1".to_owned(),
        description: String::new(),
        obj: pod("new"),
        old_obj: Some(pod("old")),
    }))
}

fn alert(name: &str) -> Told {
    Told::Alert(json!({"status": "firing", "labels": {"alertname": name}}))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

/// Sinks with the titles of what they are told, and what each of the others says.
fn told(tried: &Tried) -> Vec<(&str, &str, bool)> {
    let findings = tried.findings.iter();
    findings
        .map(|one| {
            (
                one.sink.as_str(),
                one.finding.title.as_str(),
                one.why_not.is_none(),
            )
        })
        .collect()
}

#[tokio::test]
async fn what_fires_runs_and_each_sink_says_whether_it_takes_it() {
    let mut trial = trial(PLAYBOOKS).await;
    let tried = trial.tell(update("web-1", "blog"), at(100)).await.unwrap();
    assert_eq!(tried.fired, [0]);
    assert_eq!(
        told(&tried),
        [
            ("all", "web-1 changed", true),
            ("shop", "web-1 changed", false)
        ]
    );
    let why: Vec<String> = tried
        .answers
        .iter()
        .filter_map(|answer| answer.why_not.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(
        why.first().unwrap(),
        "the namespace does not begin with its prefix"
    );
    assert!(tried.performed.actions.iter().all(|action| action.success));
}

#[tokio::test]
async fn what_was_done_is_remembered_in_the_time_of_the_trial() {
    let mut trial = trial(PLAYBOOKS).await;
    let mut fired = Vec::new();
    for seconds in [100, 160, 161] {
        let tried = trial.tell(update("sad-1", "gone"), at(seconds)).await;
        fired.push(tried.unwrap().fired);
    }
    assert_eq!(fired, [vec![1], vec![], vec![1]]);
}

#[tokio::test]
async fn an_action_that_ends_the_processing_leaves_the_others_out() {
    let mut trial = trial(PLAYBOOKS).await;
    let tried = trial.tell(alert("Quiet"), at(1)).await.unwrap();
    assert_eq!(
        (tried.fired.as_slice(), tried.skipped.as_slice()),
        (&[2][..], &[3][..])
    );
    assert!(tried.findings.is_empty());
    let tried = trial.tell(alert("Loud"), at(1)).await.unwrap();
    assert_eq!(tried.fired, [3]);
    assert_eq!(told(&tried), [("all", "alert", true)]);
}

#[tokio::test]
async fn nothing_is_sent_and_no_secret_is_told_of_what_was_not() {
    let mut trial = trial(PLAYBOOKS).await;
    let tried = trial.tell(Told::Schedule(4), at(1)).await.unwrap();
    assert_eq!(tried.fired, [4]);
    assert_eq!(tried.left_out, ["GET to example.com was not sent"]);
}

#[tokio::test]
async fn an_event_of_a_packs_trigger_is_told_by_its_type() {
    let text = "
sinksConfig: [file_sink: {name: all}]
customPlaybooks:
- triggers: [core.st2.webhook: {url: deployed}]
  actions: [create_finding: {title: '${trigger.body.what} is out', aggregation_key: k}]
";
    let mut trial = trial(text).await;
    let event = |url: Option<&str>| Told::OfAPack {
        trigger: "core.st2.webhook".parse().unwrap(),
        parameters: url.map(|url| Object::from_iter([("url".to_owned(), json!(url))])),
        payload: json!({"body": {"what": "shop"}}),
    };
    for (url, fires) in [
        (None, true),
        (Some("deployed"), true),
        (Some("other"), false),
    ] {
        let tried = trial.tell(event(url), at(1)).await.unwrap();
        let titles: Vec<&str> = told(&tried).iter().map(|one| one.1).collect();
        let expected: &[&str] = if fires { &["shop is out"] } else { &[] };
        assert_eq!(titles, expected, "{url:?}");
    }
}

#[tokio::test]
async fn actions_by_hand_need_no_playbook() {
    let mut trial = trial(PLAYBOOKS).await;
    let by_hand = |action: &str, sinks| {
        let params = json!({"title": "by hand", "aggregation_key": "k"});
        Told::ByHand(ByHand {
            action: action.to_owned(),
            params: params.as_object().cloned().unwrap(),
            sinks,
            ..ByHand::default()
        })
    };
    let told_all = by_hand("create_finding", Some(vec!["all".to_owned()]));
    let tried = trial.tell(told_all, at(1)).await.unwrap();
    assert_eq!(told(&tried), [("all", "by hand", true)]);
    let nobody = by_hand("no_such_action", None);
    let tried = trial.tell(nobody, at(1)).await.unwrap();
    let action = tried.performed.actions.first().unwrap();
    assert_eq!((action.success, action.error_code), (false, Some(4600)));
}

#[tokio::test]
async fn what_is_no_event_is_told() {
    let mut trial = trial(PLAYBOOKS).await;
    let no_alert = Told::Alert(json!({"labels": "x"}));
    let wrong = trial.tell(no_alert, at(1)).await.unwrap_err();
    assert_eq!(wrong, "`labels` is an object");
    let no_playbook = trial.tell(Told::Schedule(9), at(1)).await.unwrap_err();
    assert_eq!(no_playbook, "there is no playbook 9");
}
