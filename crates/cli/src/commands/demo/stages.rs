//! The stages of the story, each told with the time it took.

use std::io;
use std::path::Path;
use std::time::Duration;

use fs_err as fs;
use serde_json::json;
use squall_model::Json;
use tokio::time::Instant;

use super::Error;
use crate::client::{Answer, Client, Place};
use crate::console::{Console, Paint};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::follow;

const RULE: &str = "labs_sre.generate_pprof_with_webhook";
const ACTION: &str = "labs_sre.exec_pod";

/// How long the rules may take to decide about one event.
const DECIDE_WITHIN: Duration = Duration::from_secs(30);
const ASK_EVERY: Duration = Duration::from_millis(5);

/// Tells stage after stage.
pub(super) struct Stages<'a> {
    console: &'a mut Console,
    since: Instant,
}

impl<'a> Stages<'a> {
    /// The clock of the first stage starts now.
    pub(super) fn begin(console: &'a mut Console) -> Self {
        Self {
            console,
            since: Instant::now(),
        }
    }

    /// What the demo was started with.
    pub(super) fn environment(&self) -> &Environment {
        &self.console.environment
    }

    /// A stage is over, and the next begins.
    pub(super) fn done(&mut self, stage: &str, told: &str) -> io::Result<()> {
        let took = self.since.elapsed().as_secs_f64() * 1000.0;
        let stage = self.console.paint(Paint::Bold, &format!("{stage:9}"));
        self.console
            .line(format!("{took:9.1} ms  {stage}  {told}"))?;
        self.since = Instant::now();
        Ok(())
    }

    fn more(&mut self, name: &str, told: &str) -> io::Result<()> {
        self.console.line(format!("{:14}{name:9}  {told}", ""))
    }

    /// Everything after the start, as the outside world sees it.
    pub(super) fn play(&mut self, client: &Client) -> Result<(), Failure> {
        let posted = client.post(&Place::api(&["webhooks", "pprof"]), &alert());
        answered("alert", posted)?;
        self.done(
            "alert",
            "posted to /api/v1/webhooks/pprof, acknowledged: it is on disk",
        )?;
        let decision = decision(client)?;
        let (event, id) = (
            text(&decision, "trigger_instance_id"),
            text(&decision, "execution_id"),
        );
        self.done("decision", &format!("the rule {RULE} matched"))?;
        self.more("event", &event)?;
        self.more("decision", &text(&decision, "id"))?;
        let execution = follow::until_ended(client, &id, &mut |_| Ok(()))?;
        self.saved(&id, &execution)
    }

    fn saved(&mut self, id: &str, execution: &Json) -> Result<(), Failure> {
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
        self.done(
            "execution",
            &format!("{ACTION} saved the heap profile of shop-7c9"),
        )?;
        self.more("execution", id)?;
        self.more("profile", &format!("{path}, {} bytes", profile.len()))?;
        Ok(())
    }

    /// The second action of the pack needs a library from outside; without a network it is left out.
    pub(super) fn table(&mut self, client: &Client) -> Result<(), Failure> {
        let body = json!({"action": "labs_sre.list_pods", "parameters": {}});
        let told = "pip installs the library texttable, once; this takes a moment";
        self.more("", told)?;
        let requested = answered("table", client.post(&Place::api(&["executions"]), &body))?;
        let execution = follow::until_ended(client, &text(&requested.body, "id"), &mut |_| Ok(()))?;
        if text(&execution, "status") != "succeeded" {
            let told = "left out: labs_sre.list_pods needs the library texttable, which pip could not install";
            return Ok(self.done("table", told)?);
        }
        self.done(
            "table",
            "labs_sre.list_pods, with the library texttable in the pack's own environment",
        )?;
        let table = execution
            .pointer("/result/result")
            .and_then(Json::as_str)
            .unwrap_or_default();
        for line in table.lines() {
            self.more("", line)?;
        }
        Ok(())
    }
}

/// What Alertmanager sends.
fn alert() -> Json {
    json!({
        "version": "4",
        "status": "firing",
        "receiver": "squall",
        "groupLabels": {"alertname": "Pod Memory Limit 70%", "namespace": "dm-demo-app", "pod": "shop-7c9"},
        "commonLabels": {"alertname": "Pod Memory Limit 70%", "namespace": "dm-demo-app", "pod": "shop-7c9"},
        "commonAnnotations": {"summary": "shop-7c9 uses 71.3% of its memory limit"},
        "externalURL": "http://alertmanager.example",
        "alerts": [{
            "status": "firing",
            "labels": {
                "alertname": "Pod Memory Limit 70%", "namespace": "dm-demo-app", "pod": "shop-7c9", "container": "app",
                "severity": "warning",
            },
            "annotations": {"summary": "shop-7c9 uses 71.3% of its memory limit"},
            "startsAt": "2026-11-21T10:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "d1c2a9f0b3e47586",
        }],
    })
}

/// The decision about the only event there is.
fn decision(client: &Client) -> Result<Json, Failure> {
    let begun = Instant::now();
    let place = Place::api(&["ruleenforcements"]).with("rule_ref", RULE);
    while begun.elapsed() < DECIDE_WITHIN {
        let decisions = answered("decision", client.get(&place))?.body;
        if let Some(decision) = decisions.as_array().and_then(|decisions| decisions.first()) {
            return match decision.get("execution_id") {
                Some(_) => Ok(decision.clone()),
                None => Err(Error::Otherwise {
                    stage: "decision",
                    told: decision.to_string(),
                }
                .into()),
            };
        }
        std::thread::sleep(ASK_EVERY);
    }
    let told = format!("no rule matched within {} s", DECIDE_WITHIN.as_secs());
    Err(Error::Otherwise {
        stage: "decision",
        told,
    }
    .into())
}

fn answered(
    stage: &'static str,
    answer: Result<Answer, crate::client::Error>,
) -> Result<Answer, Error> {
    answer.map_err(|source| Error::Stage { stage, source })
}

fn text(of: &Json, name: &str) -> String {
    of.get(name)
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned()
}
