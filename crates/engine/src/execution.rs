//! The life of one doing of an action.
//!
//! ```text
//! requested ─ [delayed] ─ scheduled ─ running ─┬─ succeeded | failed | timeout | abandoned
//!     └───────────┴───────────┴──────────┴─ canceling ─ canceled
//! ```
//!
//! What declares that it may be done again goes back from `running` to `scheduled` when its owner is gone.
//!
//! [`step`] is the only function that changes an [`Execution`]. It may run several times before one commit: a request
//! that is leased at once goes from nothing to `running` in a single transaction.

mod cancel;
mod finish;
mod request;

use std::io;

use serde_json::json;
use squall_model::execution::{Attempt, Execution, Status, Transition};
use squall_model::outcome::Outcome;
use squall_model::record::Record;
use squall_model::{Json, Timestamp};

pub use request::{Origin, Request, new};

/// What happened to an execution.
#[derive(Debug, Clone)]
pub enum Input {
    /// It was asked for; it is to be carried out as soon as there is room, or after its delay.
    Requested,
    /// The time it was delayed for has passed.
    Due,
    /// A node took it on.
    Leased {
        /// The node.
        owner: String,
    },
    /// The attempt under way has ended.
    Finished(Outcome),
    /// The owner of the attempt under way is gone; whether the action had an effect is unknown.
    OwnerLost {
        /// Whether the action declares that it may be done again.
        again: bool,
    },
    /// It could not be started at all: what is wrong with the request.
    Refused(Json),
    /// Somebody asked for something.
    Asked(Ask),
}

/// What people ask of an execution.
#[derive(Debug, Clone)]
pub enum Ask {
    /// To stop.
    Cancel {
        /// Who asks.
        by: String,
    },
}

/// What is to be done. Everything here is recorded in the transaction of the step before anybody acts on it.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Record a change of status.
    Record(Transition),
    /// Record the result.
    Keep(Json),
    /// Carry out the action under this attempt.
    Start(Attempt),
    /// Kill what the attempt started; the end is reported as [`Input::Finished`].
    Stop,
}

/// Why an execution does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A finished or pending execution cannot be cancelled.
    #[error("Action cannot be canceled. State = {}.", .0.as_str())]
    NotCancelable(Status),
}

/// Takes an execution one step further.
///
/// An input that has nothing to say to the execution where it stands (a second `Finished`, a lease on a canceled
/// execution) gives no commands: inputs may arrive twice.
pub fn step(
    execution: &mut Execution,
    now: Timestamp,
    input: Input,
) -> Result<Vec<Command>, Refusal> {
    match input {
        Input::Requested => Ok(requested(execution, now)),
        Input::Due => Ok(due(execution, now)),
        Input::Leased { owner } => Ok(leased(execution, now, owner)),
        Input::Finished(outcome) => Ok(finish::finished(execution, now, outcome)),
        Input::OwnerLost { again } => Ok(finish::owner_lost(execution, now, again)),
        Input::Refused(reason) => Ok(finish::refused(execution, now, reason)),
        Input::Asked(Ask::Cancel { by }) => cancel::asked(execution, now, &by),
    }
}

/// The rows that make `commands` and the execution they came from durable: the execution's next version, and its result
/// if it has one now. No commands, no rows.
pub fn records(execution: &mut Execution, commands: &[Command]) -> Vec<Record> {
    if commands.is_empty() {
        return Vec::new();
    }
    let mut records = Vec::with_capacity(2);
    for command in commands {
        if let Command::Keep(result) = command {
            execution.result_size = length(result);
            records.push(Record::Result {
                execution: execution.id,
                result: result.clone(),
            });
        }
    }
    execution.version = execution.version.saturating_add(1);
    records.insert(0, Record::Execution(Box::new(execution.clone())));
    records
}

/// How many bytes a value has as JSON text.
fn length(value: &Json) -> u64 {
    struct Count(u64);
    impl io::Write for Count {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
            self.0 = self.0.saturating_add(length);
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Nothing can go wrong with what is only counted.
    serde_json::to_writer(&mut count, value).map_or(0, |()| count.0)
}

fn requested(execution: &mut Execution, now: Timestamp) -> Vec<Command> {
    if !execution.log.is_empty() {
        return Vec::new();
    }
    let next = if execution.delay_millis > 0 {
        Status::Delayed
    } else {
        Status::Scheduled
    };
    vec![
        enter(execution, Status::Requested, now),
        enter(execution, next, now),
    ]
}

fn due(execution: &mut Execution, now: Timestamp) -> Vec<Command> {
    if execution.status != Status::Delayed {
        return Vec::new();
    }
    vec![enter(execution, Status::Scheduled, now)]
}

fn leased(execution: &mut Execution, now: Timestamp, owner: String) -> Vec<Command> {
    if execution.status != Status::Scheduled {
        return Vec::new();
    }
    let epoch = execution
        .attempt
        .as_ref()
        .map_or(0, |attempt| attempt.epoch)
        .saturating_add(1);
    let attempt = Attempt {
        epoch,
        owner,
        started_at: now,
    };
    execution.attempt = Some(attempt.clone());
    vec![
        enter(execution, Status::Running, now),
        Command::Start(attempt),
    ]
}

/// Changes the status and gives the command that records it.
fn enter(execution: &mut Execution, status: Status, now: Timestamp) -> Command {
    let transition = Transition { status, at: now };
    execution.status = status;
    execution.log.push(transition);
    if status.is_final() {
        execution.ended_at = Some(now);
    }
    Command::Record(transition)
}

/// The result of an execution that somebody cancelled, in StackStorm's words.
fn cancelled_result(by: &str) -> Json {
    json!({"message": "Action canceled by user.", "user": by})
}

#[cfg(test)]
mod tests;
