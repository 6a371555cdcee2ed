//! What the end of an action means.

use squall_model::outcome::{Outcome, Verdict};
use squall_model::{Json, Object};

use super::LOST;
use super::conversation::{Ended, Stopped};
use crate::process::{explain, told_by};

/// Exit code of an action whose status is neither true nor false.
const INVALID_STATUS: i32 = 220;

/// What StackStorm shows as the exit code of an action that was killed after its timeout.
const KILLED: i32 = -9;

/// What StackStorm gives as the result of an action that gave none: Python's name for nothing, as text.
const NO_RESULT: &str = "None";

/// The outcome of an action that was started; `timeout` is its limit in seconds.
pub(super) fn of(ended: Ended, timeout: i64) -> Outcome {
    let mut shown = Shown {
        stdout: ended.stdout,
        stderr: ended.stderr,
        exit_code: ended.code.unwrap_or(KILLED),
        ..Shown::nothing()
    };
    let mut status = None;
    if let Some(done) = ended.done {
        (shown.result, status) = (done.result, done.status);
    }
    let verdict = match (ended.stopped, ended.code) {
        (Some(Stopped::TimedOut), _) => {
            shown.exit_code = KILLED;
            shown.error = Some(too_slow(timeout));
            Verdict::TimedOut
        }
        (Some(Stopped::Cancelled), _) => Verdict::Cancelled,
        (None, None) => {
            let (verdict, error) = match ended.fault {
                Some(fault) => (Verdict::Failed, explain(&fault)),
                None => (Verdict::Abandoned, LOST.to_owned()),
            };
            shown.error = Some(error);
            verdict
        }
        (None, Some(INVALID_STATUS)) => return Outcome::error(shown.stderr),
        (None, Some(0)) if status != Some(false) => Verdict::Succeeded,
        (None, Some(code)) => {
            shown.error = told_by(code);
            Verdict::Failed
        }
    };
    shown.into_outcome(verdict)
}

/// The outcome of an action whose time is over before it has begun.
pub(super) fn out_of_time(timeout: i64) -> Outcome {
    let mut shown = Shown::nothing();
    shown.error = Some(too_slow(timeout));
    shown.into_outcome(Verdict::TimedOut)
}

/// The outcome of an action that was cancelled before it was started.
pub(super) fn cancelled_before_start() -> Outcome {
    Shown::nothing().into_outcome(Verdict::Cancelled)
}

/// The result as users see it.
struct Shown {
    stdout: String,
    stderr: String,
    exit_code: i32,
    result: Json,
    error: Option<String>,
}

impl Shown {
    fn nothing() -> Self {
        Self {
            stdout: String::new(),
            stderr: String::new(),
            exit_code: KILLED,
            result: Json::from(NO_RESULT),
            error: None,
        }
    }

    /// Moves everything: results may be large.
    fn into_outcome(self, verdict: Verdict) -> Outcome {
        let mut result = Object::new();
        result.insert("stdout".to_owned(), self.stdout.into());
        result.insert("stderr".to_owned(), self.stderr.into());
        result.insert("exit_code".to_owned(), self.exit_code.into());
        result.insert("result".to_owned(), self.result);
        result.extend(self.error.map(|error| ("error".to_owned(), error.into())));
        Outcome {
            verdict,
            result: result.into(),
        }
    }
}

fn too_slow(timeout: i64) -> String {
    format!("Action failed to complete in {timeout} seconds")
}
