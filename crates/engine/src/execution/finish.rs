//! How an execution ends.

use serde_json::json;
use squall_model::execution::{Execution, Status};
use squall_model::outcome::Outcome;
use squall_model::{Json, Timestamp};

use super::{Command, cancelled_result, enter};

/// The attempt ended. One that was asked to stop is canceled, however it ended in the meantime.
pub(super) fn finished(
    execution: &mut Execution,
    now: Timestamp,
    outcome: Outcome,
) -> Vec<Command> {
    match execution.status {
        Status::Running => end(execution, now, outcome.verdict.status(), outcome.result),
        Status::Canceling => end_cancelled(execution, now),
        Status::Requested
        | Status::Scheduled
        | Status::Delayed
        | Status::Succeeded
        | Status::Failed
        | Status::Timeout
        | Status::Abandoned
        | Status::Canceled
        | Status::Pending
        | Status::Pausing
        | Status::Paused
        | Status::Resuming => Vec::new(),
    }
}

/// The owner is gone. An action that declares nothing is done at most once, so it is not tried again.
pub(super) fn owner_lost(execution: &mut Execution, now: Timestamp, again: bool) -> Vec<Command> {
    match execution.status {
        Status::Running if again => vec![enter(execution, Status::Scheduled, now)],
        Status::Running => {
            let owner = execution
                .attempt
                .as_ref()
                .map_or("", |attempt| attempt.owner.as_str());
            let error = format!(
                "the server that ran this action (`{owner}`) stopped; whether the action had an effect is unknown"
            );
            end(execution, now, Status::Abandoned, json!({ "error": error }))
        }
        Status::Canceling => end_cancelled(execution, now),
        Status::Requested
        | Status::Scheduled
        | Status::Delayed
        | Status::Succeeded
        | Status::Failed
        | Status::Timeout
        | Status::Abandoned
        | Status::Canceled
        | Status::Pending
        | Status::Pausing
        | Status::Paused
        | Status::Resuming => Vec::new(),
    }
}

/// It could not be started: recorded as failed, so that whoever looks finds the reason.
pub(super) fn refused(execution: &mut Execution, now: Timestamp, reason: Json) -> Vec<Command> {
    if execution.status.is_final() {
        return Vec::new();
    }
    end(execution, now, Status::Failed, reason)
}

fn end_cancelled(execution: &mut Execution, now: Timestamp) -> Vec<Command> {
    let by = execution
        .context
        .get("cancelled_by")
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned();
    end(execution, now, Status::Canceled, cancelled_result(&by))
}

fn end(execution: &mut Execution, now: Timestamp, status: Status, result: Json) -> Vec<Command> {
    vec![enter(execution, status, now), Command::Keep(result)]
}
