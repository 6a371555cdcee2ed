//! What Robusta's own actions found, replayed: the same events, the same cluster, the same findings. It is noon on the first
//! of May 2026.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::json;
use squall_model::http::Request;
use squall_model::{Json, Object};

use crate::case::{Case, Filtered};
use crate::testing::World;
use crate::testing::api_server::{ApiServer, Data};

pub(crate) const RECORDED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../conformance/recorded/robusta_actions.jsonl"
);

/// Where we differ on purpose, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    ("daemonset_silence_false_alarm-01", SILENCING),
    ("daemonset_silence_false_alarm-02", SILENCING),
    ("node_restart_silencer-01", NODE_TIMES),
    ("node_restart_silencer-02", NODE_TIMES),
    ("node_restart_silencer-03", NODE_TIMES),
    ("pod_issue_investigator-03", REQUESTS),
    ("pod_issue_investigator-04", REQUESTS),
    ("pod_issue_investigator-09", REQUESTS),
];

const SILENCING: &str = "Robusta names a form of its files that it has long given up";
const NODE_TIMES: &str = "Robusta cannot read the times of nodes that it asked for, and fails";
const REQUESTS: &str = "what a pod requests of processors and memory counts as nothing in Robusta";

#[derive(Deserialize)]
struct Line {
    id: String,
    action: String,
    event: Json,
    #[serde(default)]
    params: Object,
    #[serde(default)]
    before: Vec<Object>,
    #[serde(default)]
    filtered: Option<Filtered>,
    #[serde(default)]
    cluster: Vec<Json>,
    #[serde(default)]
    logs: BTreeMap<String, String>,
    #[serde(default)]
    answers: BTreeMap<String, Object>,
    #[serde(default)]
    outside: Object,
    expected: Json,
}

#[tokio::test]
async fn actions_find_what_robustas_find() {
    let text = fs_err::read_to_string(RECORDED).unwrap();
    let text = text.replace("{outside}", "http://outside");
    let lines: Vec<Line> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() >= 100);
    let mut faults = Vec::new();
    let local = tokio::task::LocalSet::new();
    let server = local.run_until(ApiServer::start()).await;
    for line in lines
        .iter()
        .filter(|line| crate::find(&line.action).is_some())
    {
        // Commands inside pods need more of a cluster than this one is.
        if line.action == "pod_bash_enricher" && line.expected["error"].is_null() {
            continue;
        }
        let found = local.run_until(replayed(line, &server)).await;
        let is_meant = DIFFERENCES.iter().any(|(id, _)| *id == line.id);
        if (found == line.expected) == is_meant {
            let (ours, theirs) = (pretty(&found), pretty(&line.expected));
            faults.push(format!(
                "{}\n--- ours\n{ours}\n--- theirs\n{theirs}",
                line.id
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "{} differ:\n{}",
        faults.len(),
        faults.join("\n\n")
    );
}

fn pretty(value: &Json) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

async fn replayed(line: &Line, server: &ApiServer) -> Json {
    let refused = line.answers.iter().filter_map(|(name, answer)| {
        let status = answer.get("status").and_then(Json::as_u64)?;
        Some((name.clone(), u16::try_from(status).unwrap()))
    });
    server.knows(Data {
        objects: line.cluster.clone(),
        logs: line.logs.clone(),
        refused: refused.collect(),
    });
    let outside = line.outside.clone();
    let mut world = World::answering(move |_| {
        let status = outside.get("status").and_then(Json::as_u64).unwrap_or(200);
        let text = outside
            .get("text")
            .and_then(Json::as_str)
            .unwrap_or_default();
        let body = outside
            .get("json")
            .map_or_else(|| text.to_owned(), Json::to_string);
        Some((u16::try_from(status).unwrap(), body))
    });
    world.cluster = Some(server.cluster.clone());
    world.global_config = json!({"cluster_name": "test", "unknown_setting": 1})
        .as_object()
        .unwrap()
        .clone();
    let mut case = world.case(line.event.clone());
    case.filtered = line.filtered.clone();
    for one in &line.before {
        let (name, params) = one.iter().next().unwrap();
        let params = params.as_object().unwrap();
        crate::find(name)
            .unwrap()
            .run(params, &mut case)
            .await
            .unwrap();
    }
    let outcome = crate::find(&line.action)
        .unwrap()
        .run(&line.params, &mut case)
        .await;
    let mut told = json!({
        "error": outcome.err().map(|failure| json!({"code": failure.code.number()})),
        "findings": findings(&case),
        "stopped": case.stopped,
    });
    let mut changes = server.changes.lock().unwrap().clone();
    for change in changes
        .iter_mut()
        .filter(|change| change["path"].as_str().unwrap().ends_with("/eviction"))
    {
        // Python leaves out what the path says already.
        for name in ["apiVersion", "kind"] {
            change["body"].as_object_mut().unwrap().shift_remove(name);
        }
    }
    if !changes.is_empty() {
        told["changes"] = Json::Array(changes);
    }
    let sent = world.answers.sent.lock().unwrap();
    if !sent.is_empty() {
        told["sent"] = sent.iter().map(request).collect();
    }
    told
}

/// A request as it is recorded: with the headers that matter, and forms read.
fn request(sent: &Request) -> Json {
    let path = sent.url.strip_prefix("http://outside").unwrap();
    let kept = ["Content-Type", "X-Own", "Authorization"];
    let headers = sent
        .headers
        .iter()
        .filter(|(name, _)| kept.contains(&name.as_str()));
    let headers: Object = headers
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let text = String::from_utf8(sent.body.clone()).unwrap();
    let body = if path.starts_with("/api/v1/") {
        form(&text)
    } else {
        json!(text)
    };
    json!({"method": sent.method, "path": path, "headers": headers, "body": body})
}

fn form(text: &str) -> Json {
    let mut read = Object::new();
    for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = percent_decode_str(value).decode_utf8().unwrap();
        read.insert(name.to_owned(), json!([value]));
    }
    Json::Object(read)
}

/// As they are recorded: without ids, and without what differs from run to run.
fn findings(case: &Case<'_>) -> Json {
    let mut findings = serde_json::to_value(&case.findings).unwrap();
    for finding in findings
        .as_object_mut()
        .unwrap()
        .values_mut()
        .flat_map(|found| found.as_array_mut().unwrap())
    {
        finding.as_object_mut().unwrap().shift_remove("id");
        let enrichments = finding["enrichments"].as_array_mut().unwrap();
        for block in enrichments
            .iter_mut()
            .flat_map(|one| one["blocks"].as_array_mut().unwrap())
        {
            plain_block(block);
        }
    }
    findings
}

fn plain_block(block: &mut Json) {
    match block["block"].as_str().unwrap() {
        "KubernetesDiffBlock" => {
            for name in ["old", "new"] {
                block[name] = json!(!block[name].is_null());
            }
        }
        "FileBlock" => {
            let contents = block.as_object_mut().unwrap().shift_remove("contents");
            // Pictures are ours.
            if block["filename"].as_str().unwrap().ends_with(".svg") {
                return;
            }
            block["text"] = json!(decoded(contents.unwrap().as_str().unwrap()));
        }
        // The picture is ours.
        "GraphBlock" => {
            block.as_object_mut().unwrap().shift_remove("contents");
        }
        _ => {}
    }
}

fn decoded(base64: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in base64.bytes().filter(|letter| *letter != b'=') {
        let value = LETTERS.iter().position(|known| *known == letter).unwrap();
        bits = (bits << 6) | u32::try_from(value).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).unwrap());
        }
    }
    String::from_utf8(bytes).unwrap()
}
