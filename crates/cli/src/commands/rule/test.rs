//! `squall rule test`: what a rule would make of an event, and why. It needs no server, but may ask one.

mod explanation;
mod subject;

use std::path::PathBuf;

use clap::Args;
use squall_engine::rule::{Criteria, CriteriaVerdict};
use squall_model::{Json, Object, Timestamp};

use crate::batch;
use crate::console::{Console, Paint};
use crate::decide::{self, Datastore};
use crate::failure::{Ending, Failure};
use crate::input;
use crate::remote::Remote;
use crate::show::{self, Format};
use subject::Subject;

/// Try out a rule's criteria on an event
///
/// Rule and event are files, or those of a server; then the datastore is that server's, too. Nothing is run or recorded.
///
/// Says whether the rule matches and which criterion decided, then tells of each criterion what it asks, what its key
/// finds and whether it holds. Ends with 0 if the rule matches, 1 if it does not, and 2 if a criterion cannot be
/// evaluated (on a server such a rule does not match, and the failure is recorded).
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The rule's file
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["batch", "rule_ref"],
        conflicts_with = "rule_ref"
    )]
    rule: Option<PathBuf>,
    /// A rule of the server, by its name with its pack
    #[arg(long, value_name = "RULE")]
    rule_ref: Option<String>,
    /// The event's payload, or an object with `trigger` and `payload`: a JSON or YAML file
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["batch", "event_id"],
        conflicts_with = "event_id"
    )]
    event: Option<PathBuf>,
    /// An event of the server, by its id
    #[arg(long, value_name = "ID")]
    event_id: Option<String>,
    /// What the datastore holds: names and texts, a JSON or YAML file
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    keys: Option<PathBuf>,
    /// The time it is, for `timediff_lt` and `timediff_gt`, such as 2026-03-01T12:00:00Z [default: the time it is]
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Answer a file with one object a line: {"id", "rule": {"criteria"}, "event", "keys": {"system"}, "now"},
    /// each with one line: {"id", "verdict": "match|no_match|error", "reason"}
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rule", "rule_ref", "event", "event_id"])]
    batch: Option<PathBuf>,
    #[command(flatten)]
    remote: Remote,
}

/// The verdict of a rule's criteria.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Match,
    NoMatch(String),
    Error(String),
}

/// A criterion cannot be evaluated.
#[derive(Debug, thiserror::Error)]
#[error("cannot evaluate the criteria: {0}")]
pub(crate) struct NotEvaluated(String);

impl Test {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        if let Some(batch) = &self.batch {
            return batch::answer(batch, console, |line| answer(line, self.now));
        }
        let Subject {
            rule,
            payload,
            datastore,
        } = Subject::read(&self, console)?;
        let criteria = criteria(&rule)?;
        let now = self.now.unwrap_or_else(squall_server::clock::now);
        let verdict = verdict(&criteria, &payload, &datastore, now);
        let explained = explanation::of(&criteria, &payload, &datastore, now);
        if self.remote.output != Format::Table {
            let mut told = told(verdict.clone());
            told.insert("criteria".to_owned(), explanation::json(&explained));
            show::value(console, self.remote.output, &Json::Object(told))?;
            return match verdict {
                Verdict::Match => Ok(Ending::Well),
                Verdict::NoMatch(_) => Ok(Ending::Badly),
                Verdict::Error(reason) => Err(NotEvaluated(reason).into()),
            };
        }
        match verdict {
            Verdict::Match => {
                let word = console.paint(Paint::Green, "match:");
                let why = match criteria.len() {
                    0 => "a rule without criteria matches every event of its trigger".to_owned(),
                    1 => "its criterion holds".to_owned(),
                    count => format!("all {count} criteria hold"),
                };
                console.line(format!("{word} {why}"))?;
                explanation::write(console, &explained)?;
                Ok(Ending::Well)
            }
            Verdict::NoMatch(reason) => {
                let word = console.paint(Paint::Yellow, "no match:");
                console.line(format!("{word} {reason}"))?;
                explanation::write(console, &explained)?;
                Ok(Ending::Badly)
            }
            Verdict::Error(reason) => {
                explanation::write(console, &explained)?;
                Err(NotEvaluated(reason).into())
            }
        }
    }
}

/// A rule without criteria matches every event.
fn criteria(rule: &Object) -> Result<Object, input::Error> {
    match rule.get("criteria") {
        None | Some(Json::Null) => Ok(Object::new()),
        Some(Json::Object(criteria)) => Ok(criteria.clone()),
        Some(_) => Err(input::Error::Shape {
            what: "`criteria`".to_owned(),
            wanted: "an object: keys, each with its `type` and `pattern`",
        }),
    }
}

fn answer(line: &Object, now: Option<Timestamp>) -> Object {
    told(of_line(line, now).unwrap_or_else(Verdict::Error))
}

fn told(verdict: Verdict) -> Object {
    let (word, reason) = match verdict {
        Verdict::Match => ("match", None),
        Verdict::NoMatch(reason) => ("no_match", Some(reason)),
        Verdict::Error(reason) => ("error", Some(reason)),
    };
    Object::from_iter([
        ("verdict".to_owned(), Json::from(word)),
        ("reason".to_owned(), Json::from(reason)),
    ])
}

fn of_line(line: &Object, now: Option<Timestamp>) -> Result<Verdict, String> {
    let rule = line
        .get("rule")
        .and_then(Json::as_object)
        .ok_or("`rule` must be an object")?;
    let criteria = criteria(rule).map_err(|error| error.to_string())?;
    let datastore = Datastore::of_line(line).map_err(|error| error.to_string())?;
    let given = line
        .get("now")
        .and_then(Json::as_str)
        .map(str::parse)
        .transpose();
    let given = given.map_err(|error: squall_model::time::NotATime| format!("`now`: {error}"))?;
    let now = given.or(now).unwrap_or_else(squall_server::clock::now);
    Ok(verdict(
        &criteria,
        line.get("event").unwrap_or(&Json::Null),
        &datastore,
        now,
    ))
}

fn verdict(criteria: &Object, payload: &Json, datastore: &Datastore, now: Timestamp) -> Verdict {
    let criteria = Criteria::new(criteria);
    let decided: Result<CriteriaVerdict, decide::Error> =
        datastore.decide(now, |facts| criteria.evaluate(payload, facts));
    match decided {
        Err(error) => Verdict::Error(error.to_string()),
        Ok(verdict) if verdict.matched => Verdict::Match,
        Ok(verdict) => {
            let raised = verdict
                .failures
                .first()
                .map(|raised| format!("{} ({})", raised.message, raised.class));
            match raised {
                Some(raised) => Verdict::Error(raised),
                None => Verdict::NoMatch(verdict.reason.unwrap_or_default()),
            }
        }
    }
}

#[cfg(test)]
mod tests;
