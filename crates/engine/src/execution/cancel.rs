//! Somebody asks an execution to stop.

use squall_model::execution::{Execution, Status};
use squall_model::{Json, Timestamp};

use super::{Command, Refusal, cancelled_result, enter};

/// What runs is asked to stop and reports its end; what does not run yet is canceled at once. Asking twice is fine.
pub(super) fn asked(
    execution: &mut Execution,
    now: Timestamp,
    by: &str,
) -> Result<Vec<Command>, Refusal> {
    match execution.status {
        Status::Canceling | Status::Canceled => return Ok(Vec::new()),
        status if !status.is_cancelable() => return Err(Refusal::NotCancelable(status)),
        _ => {}
    }
    execution
        .context
        .insert("cancelled_by".to_owned(), Json::from(by));
    if execution.status == Status::Running {
        return Ok(vec![
            enter(execution, Status::Canceling, now),
            Command::Stop,
        ]);
    }
    Ok(vec![
        enter(execution, Status::Canceled, now),
        Command::Keep(cancelled_result(by)),
    ])
}
