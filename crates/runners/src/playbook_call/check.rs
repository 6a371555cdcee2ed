//! Refuses questions that make no sense or ask for too much.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use squall_model::Json;

use super::{KubernetesExec, KubernetesRequest, PlaybookCall, Recurrence, ScheduledAction};

/// Bytes of a name of anything.
const LONGEST_NAME: usize = 4096;
/// Bytes of what is stored under one name, or told with an event, as JSON.
const LONGEST_VALUE: usize = 1024 * 1024;
/// Bytes of a request's body. The API server takes no more.
const LONGEST_BODY: usize = 3 * 1024 * 1024;
/// Bytes of a command and its arguments, and of what it reads, which the API server's URLs and a pipe can carry.
const LONGEST_COMMAND: usize = 128 * 1024;
const LONGEST_INPUT: usize = 8 * 1024 * 1024;
/// How many parameters a request, or delays a plan, may have.
const MOST_PARTS: usize = 1000;
/// Seconds after which nobody remembers what was limited or planned: a hundred years.
const LONGEST_PERIOD: f64 = 3_155_760_000.0;

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

/// What a path may begin with: objects, and what the API says of itself.
const ROOTS: &[&str] = &["api", "apis", "openapi", "version"];

/// What a body may be.
const CONTENT_TYPES: &[&str] = &[
    "application/json",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];

/// What stays as it is in a part of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'@');

impl PlaybookCall {
    /// The names of all questions.
    pub(crate) const NAMES: &'static [&'static str] = &[
        "kubernetes_request",
        "kubernetes_exec",
        "rate_limit",
        "persistent_get",
        "persistent_set",
        "schedule_action",
        "emit_event",
        "service_of",
        "next_playbooks",
    ];

    /// The question that an action asks; the error is for the action's author.
    pub(crate) fn read(asked: Json) -> Result<Self, String> {
        let question: Self = serde_json::from_value(asked)
            .map_err(|error| format!("this cannot be asked of Squall: {error}"))?;
        question.checked()
    }

    fn checked(mut self) -> Result<Self, String> {
        match &mut self {
            Self::KubernetesRequest(request) => check_request(request)?,
            Self::KubernetesExec(exec) => check_exec(exec)?,
            Self::RateLimit {
                operation,
                id,
                period_seconds,
            } => {
                name("the operation of a rate limit", operation)?;
                if id.len() > LONGEST_NAME {
                    return Err(too_long("the id of a rate limit", id.len(), LONGEST_NAME));
                }
                if !(0.0..=LONGEST_PERIOD).contains(period_seconds) {
                    return Err(format!("{period_seconds} is no period of a rate limit"));
                }
            }
            Self::PersistentGet { name: asked } => name("the name of persistent data", asked)?,
            Self::PersistentSet { name: asked, value } => {
                name("the name of persistent data", asked)?;
                small("persistent data", value, LONGEST_VALUE)?;
            }
            Self::ScheduleAction(plan) => check_plan(plan)?,
            Self::EmitEvent {
                name: asked,
                arguments,
            } => {
                name("the name of an event", asked)?;
                small("what is told with an event", arguments, LONGEST_VALUE)?;
            }
            Self::ServiceOf {
                name: asked,
                namespace,
            } => {
                name("a name", asked)?;
                name("a namespace", namespace)?;
            }
            Self::NextPlaybooks(_) => {}
        }
        Ok(self)
    }
}

fn check_request(request: &mut KubernetesRequest) -> Result<(), String> {
    if !METHODS.contains(&request.method.as_str()) {
        return Err(format!(
            "a request to the cluster is one of {}, not `{}`",
            METHODS.join(", "),
            request.method
        ));
    }
    request.path = path(&request.path)?;
    if request.query.len() > MOST_PARTS {
        return Err(format!("a request has more than {MOST_PARTS} parameters"));
    }
    for endless in ["watch", "follow"] {
        if request.query.get(endless).is_some_and(is_true) {
            return Err(format!(
                "an action cannot wait for what comes ({endless}=true): let a trigger wait, and read what is there"
            ));
        }
    }
    if request.body.is_string() || request.body.is_number() || request.body.is_boolean() {
        return Err("the body of a request is an object or a list".to_owned());
    }
    small("the body of a request", &request.body, LONGEST_BODY)?;
    match request.content_type.as_deref() {
        Some(told) if !CONTENT_TYPES.contains(&told) => Err(format!(
            "the cluster takes no `{told}`; it takes {}",
            CONTENT_TYPES.join(", ")
        )),
        _ => Ok(()),
    }
}

/// The path as it may stand in a URL. Some clients encode it, others do not; no name in Kubernetes has a per cent sign.
fn path(told: &str) -> Result<String, String> {
    if told.len() > LONGEST_NAME {
        return Err(too_long("the path of a request", told.len(), LONGEST_NAME));
    }
    let decoded = percent_decode_str(told).decode_utf8();
    let decoded = decoded.map_err(|_| format!("the path `{told}` is not UTF-8"))?;
    let trimmed = decoded.strip_suffix('/').unwrap_or(&decoded);
    let parts: Vec<&str> = trimmed.split('/').collect();
    let is_odd = |part: &&str| matches!(*part, "" | "." | "..") || part.contains(char::is_control);
    match parts.as_slice() {
        ["", root, rest @ ..] if ROOTS.contains(root) && !rest.iter().any(is_odd) => {}
        _ => return Err(format!("`{told}` is no path of the Kubernetes API")),
    }
    if let Some(verb) = parts
        .last()
        .filter(|verb| matches!(**verb, "attach" | "exec" | "portforward"))
        && parts.contains(&"pods")
        && parts.len() >= 8
    {
        return Err(format!(
            "`{verb}` is more than a request: run commands in a pod with its `exec`"
        ));
    }
    let encoded = parts
        .iter()
        .map(|part| utf8_percent_encode(part, PLAIN).to_string());
    Ok(encoded.collect::<Vec<_>>().join("/"))
}

fn is_true(value: &Json) -> bool {
    match value {
        Json::Bool(value) => *value,
        Json::String(text) => matches!(text.as_str(), "true" | "True" | "1"),
        Json::Array(values) => values.iter().any(is_true),
        Json::Number(number) => number.as_i64() == Some(1),
        Json::Null | Json::Object(_) => false,
    }
}

fn check_exec(exec: &KubernetesExec) -> Result<(), String> {
    for (what, told) in [
        ("namespace", Some(&exec.namespace)),
        ("pod", Some(&exec.pod)),
        ("container", exec.container.as_ref()),
    ] {
        let is_name = |text: &String| {
            let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            (1..=253).contains(&text.len()) && text.chars().all(is_letter)
        };
        if let Some(told) = told.filter(|told| !is_name(told)) {
            return Err(format!("`{told}` is no name of a {what}"));
        }
    }
    let length = exec.command.iter().map(String::len).sum();
    if exec.command.is_empty() || exec.command.len() > MOST_PARTS {
        return Err(format!("a command has between 1 and {MOST_PARTS} parts"));
    }
    if length > LONGEST_COMMAND {
        return Err(too_long("a command", length, LONGEST_COMMAND));
    }
    let Some(input) = &exec.input else {
        return Ok(());
    };
    // Four characters stand for three bytes.
    if input.len() / 4 * 3 > LONGEST_INPUT {
        let length = input.len() / 4 * 3;
        return Err(too_long("what a command reads", length, LONGEST_INPUT));
    }
    let decoded = STANDARD.decode(input);
    decoded
        .map(drop)
        .map_err(|error| format!("what a command reads is no base64: {error}"))
}

fn check_plan(plan: &ScheduledAction) -> Result<(), String> {
    name("the name of an action", &plan.action)?;
    name("the id of a planned action", &plan.task_id)?;
    small(
        "the parameters of a planned action",
        &plan.action_params,
        LONGEST_VALUE,
    )?;
    let sinks = plan.named_sinks.as_deref().unwrap_or_default();
    if sinks.len() > MOST_PARTS {
        return Err(format!("a planned action has more than {MOST_PARTS} sinks"));
    }
    sinks
        .iter()
        .try_for_each(|sink| name("the name of a sink", sink))?;
    let delays = match &plan.schedule {
        Recurrence::FixedDelayRepeat { seconds_delay, .. } => std::slice::from_ref(seconds_delay),
        Recurrence::DynamicDelayRepeat { delay_periods } => delay_periods,
        Recurrence::CronScheduleRepeat { cron_expression } => {
            return name("a cron expression", cron_expression);
        }
    };
    if delays.len() > MOST_PARTS {
        return Err(format!(
            "a planned action has more than {MOST_PARTS} delays"
        ));
    }
    #[expect(clippy::cast_precision_loss, reason = "compared with a hundred years")]
    let longest = delays.iter().max().map_or(0.0, |delay| *delay as f64);
    if longest > LONGEST_PERIOD {
        return Err(format!(
            "{longest} seconds are no delay of a planned action"
        ));
    }
    Ok(())
}

fn name(what: &str, told: &str) -> Result<(), String> {
    match told.len() {
        0 => Err(format!("{what} is empty")),
        length if length > LONGEST_NAME => Err(too_long(what, length, LONGEST_NAME)),
        _ => Ok(()),
    }
}

fn small(what: &str, value: &impl serde::Serialize, most: usize) -> Result<(), String> {
    let mut length = Length(0);
    match serde_json::to_writer(&mut length, value) {
        Ok(()) if length.0 > most => Err(too_long(what, length.0, most)),
        Ok(()) => Ok(()),
        Err(error) => Err(format!("{what} cannot be told: {error}")),
    }
}

fn too_long(what: &str, length: usize, most: usize) -> String {
    format!("{what} has {length} bytes; at most {most} are possible")
}

/// Counts what is written.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
