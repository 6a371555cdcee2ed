//! The first story: a pod comes near its memory limit, and a rule of a pack has its heap profile saved.

use std::path::Path;

use fs_err as fs;
use serde_json::json;
use squall_model::Json;

use super::objects::{LEAKING, NAMESPACE, leaking};
use super::stages::{Stages, answered, text};
use super::{Error, Playing};
use crate::client::{Client, Place};
use crate::failure::Failure;
use crate::follow;

const RULE: &str = "labs_sre.generate_pprof_with_webhook";
const ACTION: &str = "labs_sre.exec_pod";

/// Plays it, as the outside world sees it.
pub(super) fn play(playing: &mut Playing<'_, '_>) -> Result<(), Failure> {
    let Playing { stages, client, .. } = playing;
    playing.playground.make_pod(&leaking())?;
    playing.playground.until_running(LEAKING)?;
    stages.done(
        "pod",
        &format!("{LEAKING} runs; its profiler listens inside it only"),
    )?;
    let posted = client.post(&Place::api(&["webhooks", "pprof"]), &alert());
    answered("alert", posted)?;
    let told = "Alertmanager posts its message to /api/v1/webhooks/pprof";
    stages.done("alert", told)?;
    let place = Place::api(&["ruleenforcements"]).with("rule_ref", RULE);
    let decision = playing.first("decision", &place)?;
    let id = text(&decision, "execution_id");
    if id.is_empty() {
        let told = decision.to_string();
        let stage = "decision";
        return Err(Error::Otherwise { stage, told }.into());
    }
    let Playing { stages, client, .. } = playing;
    stages.done("decision", &format!("the rule {RULE} matches"))?;
    let execution = follow::until_ended(client, &id, &mut |_| Ok(()))?;
    saved(stages, &execution)
}

fn saved(stages: &mut Stages<'_>, execution: &Json) -> Result<(), Failure> {
    let otherwise = |told: String| Error::Otherwise {
        stage: "execution",
        told,
    };
    let status = text(execution, "status");
    let result = execution.get("result").cloned().unwrap_or_default();
    if status != "succeeded" {
        return Err(otherwise(format!("{ACTION} {status}: {result}")).into());
    }
    let path = result
        .pointer("/result/profile")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let profile = fs::read(Path::new(path)).map_err(|error| otherwise(error.to_string()))?;
    if !profile.starts_with(b"\x1f\x8b") {
        return Err(otherwise(format!("`{path}` is no heap profile")).into());
    }
    let told = format!("{ACTION} runs wget in the pod, through Kubernetes");
    stages.done("execution", &told)?;
    stages.more("profile", &format!("{path}, {} bytes", profile.len()))?;
    Ok(())
}

/// The second action of the pack needs a library from outside; without a network it is left out.
pub(super) fn table(stages: &mut Stages<'_>, client: &Client) -> Result<(), Failure> {
    let body = json!({"action": "labs_sre.list_pods", "parameters": {}});
    let requested = answered("table", client.post(&Place::api(&["executions"]), &body))?;
    let execution = follow::until_ended(client, &text(&requested.body, "id"), &mut |_| Ok(()))?;
    if text(&execution, "status") != "succeeded" {
        let told = "left out: labs_sre.list_pods needs a library, which pip could not install here";
        return Ok(stages.done("table", told)?);
    }
    let told = "labs_sre.list_pods, with a library from the pack's own environment";
    stages.done("table", told)?;
    let table = execution
        .pointer("/result/result")
        .and_then(Json::as_str)
        .unwrap_or_default();
    for line in table.lines().filter(|line| line.contains(NAMESPACE)) {
        stages.more("", line)?;
    }
    Ok(())
}

/// What Alertmanager sends.
fn alert() -> Json {
    let summary = format!("{LEAKING} uses 71.3% of its memory limit");
    let labels =
        json!({"alertname": "Pod Memory Limit 70%", "namespace": NAMESPACE, "pod": LEAKING});
    json!({
        "version": "4",
        "status": "firing",
        "receiver": "squall",
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": {"summary": summary},
        "externalURL": "http://alertmanager.example",
        "alerts": [{
            "status": "firing",
            "labels": {
                "alertname": "Pod Memory Limit 70%", "namespace": NAMESPACE, "pod": LEAKING, "container": "app",
                "severity": "warning",
            },
            "annotations": {"summary": summary},
            "startsAt": "2026-11-21T10:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "d1c2a9f0b3e47586",
        }],
    })
}
