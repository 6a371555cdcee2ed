//! An attempt at an execution of playbooks: what they found is recorded with its outcome, on its way to the sinks.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_actions::case::{Event, Findings};
use squall_engine::finding::Route;
use squall_model::execution::Execution;
use squall_model::finding::Finding;
use squall_model::outcome::{Outcome, Verdict};
use squall_model::outgoing::{Outgoing, OutgoingStatus};
use squall_model::record::Record;
use squall_model::{Id, Json, Timestamp};
use tokio_util::sync::CancellationToken;

use super::heard::event_of;
use super::live::Live;
use super::outbox::REMEMBERED;
use super::performance::{BrokenOff, Performance, Performed};
use super::route::{routes, why_not};
use super::{PACK, decide};
use crate::attempt::written_out;
use crate::clock;
use crate::handle::Handle;
use crate::output::Recorder;

/// How long all playbooks of an event may take, unless the execution says otherwise.
const TIMEOUT: u64 = 600;

impl Handle {
    /// Carries out an execution of playbooks; gives its outcome, and what is to be recorded with it.
    pub(crate) async fn run_playbooks(
        &self,
        execution: &Execution,
        stop: &CancellationToken,
        recorder: &Arc<Recorder>,
        token: String,
    ) -> (Outcome, Vec<Record>) {
        let opened = self.opened(execution);
        let fired = match decide::asked(&opened.parameters) {
            Ok(fired) => fired,
            Err(reason) => return (Outcome::error(reason), Vec::new()),
        };
        let (event, payload) = match self.event_of(&opened).await {
            Ok(event) => event,
            Err(reason) => return (Outcome::error(reason), Vec::new()),
        };
        let in_force = self.playbooks();
        let user = self.user_of(execution);
        let timeout = opened.parameters.get("timeout").and_then(Json::as_u64);
        let performance = Performance {
            host: Arc::clone(&self.0.host),
            world: Arc::new(Live::new(
                self.clone(),
                (execution.id, user),
                payload,
                stop.clone(),
            )),
            repositories: in_force.repositories.clone(),
            python: Arc::clone(&in_force.python),
            global_config: in_force.playbooks.global_config.clone(),
            execution: execution.id,
            environment: self.environment(execution, PACK, token),
            output: Arc::clone(recorder) as Arc<dyn squall_runners::Output>,
            cancel: stop.clone(),
            timeout: Duration::from_secs(timeout.unwrap_or(TIMEOUT)),
        };
        let performing = Box::pin(performance.perform(event, &fired));
        let performed = written_out(performing, recorder).await;
        let outgoing = self.route(execution.id, &performed.findings).await;
        let outcome = outcome(&performed, &outgoing);
        let outgoing = outgoing
            .into_iter()
            .map(|one| Record::Outgoing(Box::new(one)));
        let skipped = fired.get(performed.reached(&fired)..).unwrap_or_default();
        let records = outgoing.chain(self.0.playbooks.limits.taken_back(skipped));
        (outcome, records.collect())
    }

    /// What happened: the event that the execution answers, or what it was told; with what templates see of it.
    async fn event_of(&self, execution: &Execution) -> Result<(Event, Json), String> {
        let (event, payload) = match execution.event {
            None => {
                let told = execution.parameters.get("event").cloned();
                let told = told.unwrap_or_default();
                (serde_json::from_value(told.clone()), told)
            }
            Some(id) => {
                let event = self.0.store.event(id).await;
                let event = event.map_err(|error| error.to_string())?;
                let gone = || format!("the event {id} is not recorded any more");
                let event = event.ok_or_else(gone)?;
                (event_of(&event, &self.loaded().content), event.payload)
            }
        };
        let event = event
            .map_err(|error| format!("cannot make an event for playbooks of this: {error}"))?;
        Ok((event, payload))
    }

    /// Each finding for each sink, on its way or with the reason why it is not.
    async fn route(&self, execution: Id, findings: &Findings) -> Vec<Outgoing> {
        let by_sink: Vec<(String, Vec<Finding>)> = findings
            .iter()
            .map(|(sink, found)| (sink.to_owned(), found.to_vec()))
            .collect();
        let now = clock::now();
        let sinks = &self.playbooks().sinks;
        let cluster = self.0.playbooks.cluster.as_ref();
        let routes = routes(sinks, &by_sink, now, cluster).await;
        let found = |route: &Route| {
            let (_, found) = by_sink.iter().find(|(sink, _)| *sink == route.sink)?;
            found.get(route.finding)
        };
        let outgoing = |route: Route| {
            let finding = serde_json::to_value(found(&route)?).ok()?;
            Some(on_its_way(execution, route, finding, now))
        };
        routes.into_iter().filter_map(outgoing).collect()
    }
}

fn on_its_way(execution: Id, route: Route, finding: Json, now: Timestamp) -> Outgoing {
    let failure = why_not(&route);
    Outgoing {
        // The same when the execution is carried out again, so that services can tell.
        id: Id::of(&format!("{execution} {} {}", route.finding, route.sink)),
        execution,
        sink: route.sink,
        status: match failure {
            None => OutgoingStatus::Waiting,
            Some(_) => OutgoingStatus::Filtered,
        },
        due_at: now,
        until: Some(now.plus_millis(REMEMBERED)),
        attempts: 0,
        failure,
        finding,
    }
}

fn outcome(performed: &Performed, outgoing: &[Outgoing]) -> Outcome {
    let told = |outgoing: &Outgoing| {
        json!({
            "sink": outgoing.sink,
            "title": outgoing.finding.get("title"),
            "severity": outgoing.finding.get("severity"),
            "status": outgoing.status,
            "reason": outgoing.failure,
        })
    };
    let mut result = json!({
        "response": performed.response,
        "actions": performed.actions,
        "findings": outgoing.iter().map(told).collect::<Vec<_>>(),
        "stopped": performed.stopped,
    });
    let more = [
        ("effects", serde_json::to_value(&performed.effects)),
        ("requests", serde_json::to_value(&performed.requests)),
        ("notes", serde_json::to_value(&performed.notes)),
    ];
    for (name, value) in more {
        let value = value.unwrap_or_default();
        if let Some(result) = result.as_object_mut()
            && value.as_array().is_some_and(|all| !all.is_empty())
        {
            result.insert(name.to_owned(), value);
        }
    }
    let verdict = match performed.broken_off {
        Some(BrokenOff::Cancelled) => Verdict::Cancelled,
        Some(BrokenOff::TimedOut) => Verdict::TimedOut,
        None if performed.actions.iter().all(|action| action.success) => Verdict::Succeeded,
        None => Verdict::Failed,
    };
    Outcome { verdict, result }
}
