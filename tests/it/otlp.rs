//! From event to effect as a trace: a receiver of OpenTelemetry sees each step, under the span of whoever caused it.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::Request;
use crate::packs;
use crate::receiver;
use crate::server::Settings;
use crate::wait;

const PACK: (&str, &str) = (
    "traced/pack.yaml",
    "{name: traced, description: Traces, version: 1.0.0, author: a, email: a@example.com}",
);

const RULE: (&str, &str) = (
    "traced/rules/trace.yaml",
    "
name: trace
pack: traced
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: trace}}
action: {ref: core.local, parameters: {cmd: 'echo $TRACEPARENT $TRACESTATE; exit 3'}}
",
);

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CAUSE: &str = "00f067aa0ba902b7";
const STATE: &str = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7";

/// A request that the receiver got: its head, and its body.
type Got = (Vec<String>, Value);

/// Takes requests; the first is told to come again.
fn receiver() -> (String, Receiver<Got>) {
    let (sender, got) = channel();
    let is_first = AtomicBool::new(true);
    let address = receiver::listen(move |got| {
        let is_first = is_first.swap(false, Ordering::Relaxed);
        // A story that has ended wants no more.
        drop(sender.send((got.head.clone(), got.json())));
        let answers = ["200 OK", "503 Service Unavailable"];
        Some((answers[usize::from(is_first)], json!({})))
    });
    (format!("http://{address}/v1/traces"), got)
}

fn spans(body: &Value) -> Vec<Value> {
    body["resourceSpans"][0]["scopeSpans"][0]["spans"]
        .as_array()
        .unwrap()
        .clone()
}

fn attribute<'a>(of: &'a Value, name: &str) -> &'a Value {
    let mut attributes = of["attributes"].as_array().unwrap().iter();
    let found = attributes.find(|attribute| attribute["key"] == name);
    &found.unwrap_or_else(|| panic!("{name}: {of}"))["value"]["stringValue"]
}

#[test]
fn each_step_stands_under_what_caused_it() {
    let packs = packs::folder(&[PACK, RULE]);
    let (url, got) = receiver();
    let settings = Settings::dev().packs(packs.path());
    let headers = settings.folder().join("headers");
    fs_err::write(&headers, "X-Receiver-Key: of-squall\n").unwrap();
    let squall = settings
        .variable("SQUALL_TRACES_ENDPOINT", &url)
        .variable("SQUALL_TRACES_HEADERS_FILE", headers.to_str().unwrap())
        .variable("SQUALL_SERVER_NODE", "node-7")
        .start();
    let hook = Request::post("/api/v1/webhooks/trace", &json!({}))
        .header("traceparent", &format!("00-{TRACE}-{CAUSE}-01"))
        .header("tracestate", STATE);
    assert_eq!(squall.send(&hook).status, 202);

    let refused = got.recv_timeout(Duration::from_secs(60)).unwrap();
    let mut seen: Vec<Value> = Vec::new();
    while seen.len() < 4 {
        let (head, body) = got.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(
            head.contains(&"x-receiver-key: of-squall".to_owned()),
            "{head:?}"
        );
        assert!(
            head.contains(&"content-type: application/json".to_owned()),
            "{head:?}"
        );
        let resource = &body["resourceSpans"][0]["resource"];
        assert_eq!(attribute(resource, "service.name"), "squall");
        assert_eq!(attribute(resource, "service.instance.id"), "node-7");
        seen.extend(spans(&body));
    }
    assert!(
        !spans(&refused.1).is_empty(),
        "what was refused is sent again"
    );

    let span = |name: &str| {
        let mut found = seen.iter().filter(|span| span["name"] == name);
        let span = found.next().unwrap_or_else(|| panic!("{name}: {seen:?}"));
        assert!(found.next().is_none(), "{name} twice: {seen:?}");
        span
    };
    let (ingest, decide) = (span("ingest"), span("decide"));
    let (execution, attempt) = (span("execution core.local"), span("attempt"));
    assert_eq!(ingest["parentSpanId"], CAUSE);
    assert_eq!(decide["parentSpanId"], ingest["spanId"]);
    assert_eq!(execution["parentSpanId"], decide["spanId"]);
    assert_eq!(attempt["parentSpanId"], execution["spanId"]);
    assert_eq!(attribute(decide, "squall.rules.matched"), "1");
    assert_eq!(attribute(execution, "squall.status"), "failed");
    assert_eq!(attribute(execution, "squall.rule"), "traced.trace");
    assert_eq!(execution["status"]["code"], 2);
    assert!(decide["status"].is_null());
    for span in &seen {
        assert_eq!(span["traceId"], TRACE);
        assert_eq!(span["traceState"], STATE);
        let time = |name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
        assert!(
            time("startTimeUnixNano") <= time("endTimeUnixNano"),
            "{span}"
        );
    }

    // The action was told its own place.
    let execution = squall.get("/api/v1/executions?limit=1")[0].clone();
    let told = format!(
        "00-{TRACE}-{}-01 {STATE}",
        attempt["spanId"].as_str().unwrap()
    );
    assert_eq!(execution["result"]["stdout"], told);

    wait::until("the spans to be counted", || {
        let metrics = squall.send(&Request::get("/metrics")).text();
        let is_right = metrics.contains("\nsquall_spans_sent_total 4\n")
            && metrics.contains("\nsquall_spans_dropped_total 0\n");
        is_right.then_some(()).ok_or(metrics)
    });
}

#[test]
fn nobody_waits_for_a_receiver_that_is_silent() {
    let packs = packs::folder(&[PACK, RULE]);
    // Connections come to be, and nobody ever answers on them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", silent.local_addr().unwrap());
    let squall = Settings::dev()
        .packs(packs.path())
        .variable("SQUALL_TRACES_ENDPOINT", &url)
        .start();
    for _ in 0..50 {
        squall.post("/api/v1/webhooks/trace", &json!({}), 202);
    }
    wait::until("all actions to end", || {
        let failed = squall.send(&Request::get("/api/v1/executions?status=failed&limit=1"));
        let total = failed
            .header("X-Total-Count")
            .unwrap_or_default()
            .to_owned();
        (total == "50").then_some(()).ok_or(total)
    });
    let (_settings, ended_well) = squall.stop();
    assert!(ended_well);
}
