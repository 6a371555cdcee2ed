//! What a shell command's end means: StackStorm's result and status.

use serde_json::json;
use squall_model::Json;
use squall_model::outcome::{Outcome, Verdict};

use crate::process::{self, Cause, Ended};

const KILLED: i32 = -9;
const TERMINATED: i32 = -15;

/// The outcome of a command that had `timeout` seconds and, if `with_password`, a password for sudo.
pub(crate) fn outcome(ended: Ended, timeout: i64, with_password: bool) -> Outcome {
    let mut code = ended.code;
    let mut error = None;
    match ended.cause {
        Cause::Timeout => {
            error = Some(timed_out(code, timeout));
            code = KILLED;
        }
        Cause::Itself => error = process::told_by(code),
        Cause::Cancel => {}
    }
    if with_password && let Some(user) = refused_by_sudo(&ended.stderr) {
        error = Some(format!(
            "Invalid sudo password provided or sudo is not configured for this user ({user})"
        ));
        code = -1;
    }
    let succeeded = code == 0 && ended.cause == Cause::Itself;
    let mut result = json!({
        "failed": !succeeded,
        "succeeded": succeeded,
        "return_code": code,
        "stdout": value(ended.stdout),
        "stderr": value(ended.stderr),
    });
    if let (Some(error), Some(result)) = (error, result.as_object_mut()) {
        result.insert("error".to_owned(), error.into());
    }
    let verdict = match ended.cause {
        Cause::Timeout => Verdict::TimedOut,
        Cause::Cancel => Verdict::Cancelled,
        Cause::Itself if succeeded => Verdict::Succeeded,
        Cause::Itself if code == TERMINATED => Verdict::Abandoned,
        Cause::Itself => Verdict::Failed,
    };
    Outcome { verdict, result }
}

/// The output as users find it: without the newline at its end, and parsed if it is JSON.
pub(crate) fn value(mut output: String) -> Json {
    for end in ['\n', '\r'] {
        if output.ends_with(end) {
            output.pop();
        }
    }
    serde_json::from_str(&output).unwrap_or(Json::String(output))
}

/// `code` is how the command itself ended, if it did: only what it left in the background was killed then.
fn timed_out(code: i32, timeout: i64) -> String {
    let background = match code {
        KILLED => String::new(),
        code => format!(
            "; the command itself had ended with {code}, but what it left in the background kept its output open"
        ),
    };
    format!("Action failed to complete in {timeout} seconds{background}")
}

/// Whom sudo asked, if it did not take the password.
fn refused_by_sudo(stderr: &str) -> Option<String> {
    let (before, _) = stderr.split_once(" incorrect password attempt")?;
    let (_, attempts) = before.rsplit_once("sudo: ")?;
    attempts.parse::<u32>().ok()?;
    let user = before
        .split_once("[sudo] password for ")
        .and_then(|(_, rest)| rest.split_once(':'))
        .map_or("unknown", |(user, _)| user);
    Some(user.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(cause: Cause, code: i32, stdout: &str, stderr: &str) -> Ended {
        Ended {
            cause,
            code,
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        }
    }

    #[test]
    fn output_becomes_a_value() {
        for (output, expected) in [
            ("5\n", json!(5)),
            ("true", json!(true)),
            ("{\"a\": [1]}\r\n", json!({"a": [1]})),
            ("hi\n\n", json!("hi\n")),
            ("\"quoted\"", json!("quoted")),
            ("", json!("")),
            ("007", json!("007")),
            ("NaN", json!("NaN")),
        ] {
            assert_eq!(value(output.to_owned()), expected, "{output:?}");
        }
    }

    #[test]
    fn the_end_decides_the_verdict() {
        for (cause, code, verdict, shown) in [
            (Cause::Itself, 0, Verdict::Succeeded, 0),
            (Cause::Itself, 3, Verdict::Failed, 3),
            (Cause::Itself, -15, Verdict::Abandoned, -15),
            (Cause::Itself, -9, Verdict::Failed, -9),
            (Cause::Timeout, -9, Verdict::TimedOut, -9),
            (Cause::Timeout, 0, Verdict::TimedOut, -9),
            (Cause::Cancel, 0, Verdict::Cancelled, 0),
        ] {
            let outcome = outcome(ended(cause, code, "", ""), 60, false);
            assert_eq!(outcome.verdict, verdict, "{cause:?} {code}");
            assert_eq!(outcome.result["return_code"], shown);
            assert_eq!(
                outcome.result["succeeded"],
                verdict == Verdict::Succeeded,
                "{cause:?} {code}"
            );
        }
    }

    #[test]
    fn a_refused_password_is_named_as_such() {
        let stderr =
            "[sudo] password for pat: Sorry, try again.\nsudo: 3 incorrect password attempts\n";
        let outcome = outcome(ended(Cause::Itself, 1, "", stderr), 60, true);
        assert_eq!(outcome.result["return_code"], -1);
        let error = outcome.result["error"].as_str().unwrap();
        assert!(error.ends_with("(pat)"), "{error}");
        assert_eq!(
            refused_by_sudo("sudo: none incorrect password attempts"),
            None
        );
    }
}
