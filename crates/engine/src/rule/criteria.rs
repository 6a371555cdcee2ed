//! What a rule's conditions mean.
//!
//! All criteria must hold; they are asked in the order written and the first "no" ends it. A criterion that raises does
//! not hold, and its reason is kept: the rule's author cannot see it otherwise. An author who needs "or" writes two rules.

use std::fmt;
use std::rc::Rc;

use squall_expression::jsonpath::{self, Path};
use squall_expression::value::{Dict, Error, Value, access, json};
use squall_model::{Json, Object};

use super::explain;
use super::pattern::Pattern;
use crate::expressions::Lookups;
use crate::facts::{Facts, Needs};

mod condition;

use condition::Stop;
pub(super) use condition::{Condition, items};

/// A rule's conditions, compiled.
#[derive(Debug, Default)]
pub struct Criteria(pub(super) Vec<Criterion>);

/// One condition: a value of the event, an operator, a pattern.
#[derive(Debug)]
pub(super) struct Criterion {
    pub(super) key: String,
    pub(super) path: Result<Path, Error>,
    pub(super) condition: Condition,
}

/// What came of asking all criteria.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    /// Whether all hold.
    pub matched: bool,
    /// Why the first that does not hold does not.
    pub reason: Option<String>,
    /// What was raised on the way, in the order it happened.
    pub failures: Vec<Raised>,
}

/// Something that was raised by a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The exception's class, as Python names it.
    pub class: &'static str,
    /// What was being done, and the exception's text.
    pub message: String,
}

/// Where criteria look things up: the event, or one item of it.
pub(crate) struct Subject<'a> {
    /// `trigger` or `item`.
    pub(crate) name: &'static str,
    /// `{name: value, system: look-up}`, what keys are looked up in.
    pub(crate) root: Value,
    /// The same with `st2kv`: what patterns see, and keys once a pattern has been rendered.
    pub(crate) variables: Value,
    pub(crate) lookups: Rc<Lookups<'a>>,
    pub(crate) facts: &'a Facts<'a>,
}

impl<'a> Subject<'a> {
    /// The subject of a rule's criteria.
    pub(super) fn event(payload: Value, facts: &'a Facts<'a>) -> Self {
        let lookups = Rc::new(Lookups::of_user("", facts));
        Self::named("trigger", payload, lookups, facts)
    }

    /// The subject of criteria on one item.
    pub(super) fn item(&self, item: Value) -> Self {
        Self::named("item", item, Rc::clone(&self.lookups), self.facts)
    }

    /// Whether the payload is more than empty.
    pub(super) fn says_something(&self) -> bool {
        let payload = access::item(&self.root, &Value::text(self.name));
        payload
            .and_then(|payload| access::truth(&payload))
            .unwrap_or(false)
    }

    fn named(
        name: &'static str,
        value: Value,
        lookups: Rc<Lookups<'a>>,
        facts: &'a Facts<'a>,
    ) -> Self {
        let mut root = Dict::new();
        root.set_text(name, value);
        root.set_text("system", lookups.system());
        let mut variables = root.clone();
        let mut st2kv = Dict::new();
        st2kv.set_text("system", lookups.system());
        variables.set_text("st2kv", Value::dict(st2kv));
        Self {
            name,
            root: Value::dict(root),
            variables: Value::dict(variables),
            lookups,
            facts,
        }
    }
}

impl Criteria {
    /// Compiles criteria as a rule has them. Whatever is wrong with one shows when it is asked.
    pub fn new(written: &Object) -> Self {
        Self(
            written
                .iter()
                .map(|(key, criterion)| Criterion::new(key, criterion))
                .collect(),
        )
    }

    /// Asks all criteria about an event.
    pub fn evaluate(&self, payload: &Json, facts: &Facts<'_>) -> Result<Verdict, Needs> {
        self.ask_about(&Subject::event(json::from_json(payload), facts))
    }

    pub(super) fn ask_about(&self, subject: &Subject<'_>) -> Result<Verdict, Needs> {
        let mut verdict = Verdict {
            matched: true,
            ..Verdict::default()
        };
        if self.0.is_empty() {
            return Ok(verdict);
        }
        if !subject.says_something() {
            verdict.matched = false;
            verdict.reason = Some(EMPTY_PAYLOAD.to_owned());
            return Ok(verdict);
        }
        let mut inquiry = Inquiry::on(subject);
        for criterion in &self.0 {
            let answer = criterion.ask(&mut inquiry)?;
            if !answer.holds {
                verdict.matched = false;
                let why_not = criterion.why_not(answer.value.as_ref(), &inquiry.failures);
                verdict.reason = Some(why_not);
                break;
            }
        }
        verdict.failures = inquiry.failures;
        Ok(verdict)
    }
}

/// Why nothing is asked of an event without a payload.
const EMPTY_PAYLOAD: &str = "the event's payload is empty, so no criterion can hold";

/// The criteria of one rule being asked about one subject.
pub(super) struct Inquiry<'s, 'a> {
    pub(super) subject: &'s Subject<'a>,
    /// Whether a pattern of text has been rendered: from then on keys find `st2kv`, as in the original.
    has_rendered: bool,
    pub(super) failures: Vec<Raised>,
}

impl<'s, 'a> Inquiry<'s, 'a> {
    pub(super) fn on(subject: &'s Subject<'a>) -> Self {
        Self {
            subject,
            has_rendered: false,
            failures: Vec::new(),
        }
    }

    fn root(&self) -> &'s Value {
        if self.has_rendered {
            &self.subject.variables
        } else {
            &self.subject.root
        }
    }
}

/// What came of asking one criterion.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) holds: bool,
    /// The pattern for this event, as far as it was rendered.
    pub(super) pattern: Option<Value>,
    /// What the key found, as far as it was looked up.
    pub(super) value: Option<Value>,
}

impl Criterion {
    fn new(key: &str, written: &Json) -> Self {
        // What follows a `#` only tells two criteria on one key apart.
        let looked_up = key.split('#').next().unwrap_or_default();
        Self {
            key: key.to_owned(),
            path: Path::parse(looked_up),
            condition: Condition::new(written),
        }
    }

    /// As the original: first the pattern, then the key, then the operator.
    pub(super) fn ask(&self, inquiry: &mut Inquiry<'_, '_>) -> Result<Answer, Needs> {
        let mut answer = Answer::default();
        let Some(written) = self.pattern() else {
            return Ok(answer);
        };
        inquiry.has_rendered |= written.is_text();
        let pattern = match written.render(inquiry.subject) {
            Ok(pattern) => pattern,
            Err(error) => {
                let doing = format!(
                    "Failed to render pattern value \"{}\" for key \"{}\"",
                    written.source(),
                    self.key
                );
                inquiry.failures.push(raised(&doing, error)?);
                return Ok(answer);
            }
        };
        answer.pattern = Some(pattern.clone());
        let value = match self.look_up(inquiry.root()) {
            Ok(value) => value,
            Err(error) => {
                let doing = format!("Failed transforming criteria key {}", self.key);
                inquiry.failures.push(raised(&doing, error)?);
                return Ok(answer);
            }
        };
        answer.value = Some(value.clone());
        match self.condition.holds(&value, &pattern, inquiry) {
            Ok(holds) => answer.holds = holds,
            Err(Stop::Needs(needs)) => return Err(needs),
            Err(Stop::Raised(error)) => {
                let doing = "There might be a problem with the criteria";
                inquiry.failures.push(raised(doing, error)?);
            }
        }
        Ok(answer)
    }

    pub(super) fn pattern(&self) -> Option<&Pattern> {
        match &self.condition {
            Condition::Asks { pattern, .. } | Condition::Search { pattern, .. } => Some(pattern),
            Condition::Unknown(_) => Some(&Pattern::NONE),
            Condition::Unnamed => None,
        }
    }

    /// The first match of the key; null if there is none.
    pub(super) fn look_up(&self, root: &Value) -> Result<Value, Error> {
        let path = self.path.as_ref().map_err(Error::clone)?;
        Ok(jsonpath::find_first(path, root)?.unwrap_or(Value::None))
    }

    fn why_not(&self, value: Option<&Value>, failures: &[Raised]) -> String {
        if let Some(raised) = failures.last() {
            return raised.to_string();
        }
        let shown = value.map(explain::shown).unwrap_or_default();
        format!("`{}` is {shown}, which is not {}", self.key, self.condition)
    }
}

/// So much of a reason is kept: it may quote the event, and an event may be large.
const LONGEST_REASON: usize = 4000;

/// Turns an error into what is kept of it, or into the question for a key.
fn raised(doing: &str, error: Error) -> Result<Raised, Needs> {
    let (class, message) = match error {
        Error::Raised { class, message } => (class, format!("{doing}: {message}")),
        Error::Limit(limit) => {
            let message = format!("{doing}: the evaluation is stopped: {limit}");
            ("Limit", message)
        }
        Error::NeedsKey { scope, name } => return Err(crate::facts::needs(scope, &name)),
    };
    let message = explain::cut(message, LONGEST_REASON);
    Ok(Raised { class, message })
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)
    }
}
