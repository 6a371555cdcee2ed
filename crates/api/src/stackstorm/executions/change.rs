//! Asking executions to stop.

use serde_json::json;
use squall_model::Json;
use squall_model::execution::{Execution, Status};
use squall_server::Error;

use super::super::fault::Fault;
use super::super::page::Attributes;
use super::super::{reply, shape as shapes};
use super::{found, shape};
use crate::call::Call;
use crate::route::Answer;
use crate::wire::Wire;

/// Stops it. As in the original, what has finished answers 200 with a `faultstring`.
pub(super) async fn cancel(wire: Wire, call: Call) -> Answer {
    let execution = found(&wire, &call).await?;
    match wire
        .handle()
        .cancel(execution.id, &call.principal.user)
        .await
    {
        Ok(execution) => shown(&wire, &execution).await,
        Err(Error::Invalid(refused)) => reply::ok(&json!({ "faultstring": refused })),
        Err(error) => Err(error.into()),
    }
}

/// `{"status": "canceled"}` stops it. Only workflows can be paused and resumed, and only what carries an execution out
/// says how it ended.
pub(super) async fn update(wire: Wire, call: Call) -> Answer {
    let status = status(&call)?;
    let execution = found(&wire, &call).await?;
    if execution.status.is_final() {
        return Err(Fault::bad_request(
            "Execution is already in completed state.",
        ));
    }
    let verb = match status {
        Status::Canceling | Status::Canceled => {
            let user = &call.principal.user;
            let execution = wire.handle().cancel(execution.id, user).await?;
            return shown(&wire, &execution).await;
        }
        Status::Pausing | Status::Paused => "pause",
        Status::Resuming => "resume",
        Status::Requested
        | Status::Scheduled
        | Status::Delayed
        | Status::Running
        | Status::Succeeded
        | Status::Failed
        | Status::Timeout
        | Status::Abandoned
        | Status::Pending => {
            return Err(Fault::bad_request(format!(
                "The status \"{}\" cannot be asked for.",
                status.as_str()
            )));
        }
    };
    let (twin, runner) = (execution.liveaction, &execution.runner);
    Err(Fault::bad_request(format!(
        "Failed updating execution. Unable to {verb} liveaction \"{twin}\" because it is not supported by the \"{runner}\" \
         runner."
    )))
}

fn status(call: &Call) -> Result<Status, Fault> {
    let body = shapes::object_body(call)?;
    let status = body.get("status").and_then(Json::as_str);
    let status = status.ok_or_else(|| Fault::bad_request("'status' is a required property"))?;
    let unknown = || {
        let known = Status::ALL.map(|status| format!("'{}'", status.as_str()));
        Fault::bad_request(format!("'{status}' is not one of [{}]", known.join(", ")))
    };
    Status::parse(status).ok_or_else(unknown)
}

async fn shown(wire: &Wire, execution: &Execution) -> Answer {
    reply::ok(&shape::shown(wire, execution, &Attributes::default(), false).await?)
}
