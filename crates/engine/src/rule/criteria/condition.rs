//! What a criterion asks of its value, and how a search asks each item.

use std::fmt;

use squall_expression::regex;
use squall_expression::value::{Error, Value, access, json};
use squall_model::Json;

use super::{Criteria, Inquiry};
use crate::facts::Needs;
use crate::rule::operator::{self, Operator, Test};
use crate::rule::pattern::Pattern;

/// What is asked of the value.
#[derive(Debug)]
pub(in crate::rule) enum Condition {
    /// An operator with its pattern.
    Asks {
        operator: &'static Operator,
        pattern: Pattern,
        compiled: Option<Box<Result<regex::Pattern, Error>>>,
    },
    /// Criteria of its own on each item.
    Search {
        how: Option<String>,
        children: Result<Criteria, Error>,
        pattern: Pattern,
    },
    /// There is no such operator.
    Unknown(String),
    /// No operator is named, so nothing can hold.
    Unnamed,
}

/// Why an operator gave no verdict.
pub(super) enum Stop {
    Raised(Error),
    Needs(Needs),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Raised(error)
    }
}

impl Condition {
    pub(super) fn new(written: &Json) -> Self {
        let Some(name) = written
            .get("type")
            .map(|name| name.as_str().unwrap_or_default())
        else {
            return Self::Unnamed;
        };
        let Some(operator) = operator::find(name) else {
            return Self::Unknown(name.to_owned());
        };
        let written_pattern = written.get("pattern").unwrap_or(&Json::Null);
        let pattern = Pattern::new(written_pattern);
        match operator.test {
            Test::Search => Self::Search {
                how: written
                    .get("condition")
                    .and_then(Json::as_str)
                    .map(str::to_owned),
                children: children(written_pattern),
                pattern,
            },
            Test::Matched(matching) => {
                let compiled = pattern
                    .literal_text()
                    .map(|text| Box::new(matching.compile(text)));
                Self::Asks {
                    operator,
                    pattern,
                    compiled,
                }
            }
            Test::Plain(_) | Test::Timed(_) => Self::Asks {
                operator,
                pattern,
                compiled: None,
            },
        }
    }

    pub(super) fn holds(
        &self,
        value: &Value,
        pattern: &Value,
        inquiry: &mut Inquiry<'_, '_>,
    ) -> Result<bool, Stop> {
        match self {
            Self::Unnamed => Ok(false),
            Self::Unknown(name) => Err(Error::raised(
                "Exception",
                format!("There is no operator \"{name}\""),
            )),
            Self::Search {
                how,
                children: written,
                pattern: Pattern::Literal(_),
            } => {
                return search(value, how.as_deref(), written, inquiry);
            }
            Self::Search { how, .. } => {
                let rendered = json::to_json(pattern).map(|rendered| children(&rendered))?;
                return search(value, how.as_deref(), &rendered, inquiry);
            }
            Self::Asks {
                operator, compiled, ..
            } => match operator.test {
                Test::Plain(test) => test(value, pattern),
                Test::Timed(test) => test(value, pattern, inquiry.subject.facts.now),
                Test::Matched(matching) => match compiled.as_deref() {
                    Some(Err(error)) => Err(error.clone()),
                    Some(Ok(compiled)) => matching.holds(Some(compiled), value, pattern),
                    None => matching.holds(None, value, pattern),
                },
                Test::Search => Ok(false),
            },
        }
        .map_err(Stop::Raised)
    }
}

fn children(pattern: &Json) -> Result<Criteria, Error> {
    match pattern {
        Json::Object(criteria) => Ok(Criteria::new(criteria)),
        other => {
            let kind = json::from_json(other);
            Err(Error::attribute_error(format!(
                "'{}' object has no attribute 'items'",
                kind.type_name()
            )))
        }
    }
}

/// Every item is asked every criterion, without a short cut, so that whatever raises is seen.
fn search(
    value: &Value,
    how: Option<&str>,
    children: &Result<Criteria, Error>,
    inquiry: &mut Inquiry<'_, '_>,
) -> Result<bool, Stop> {
    let (any_item, any_child) = match how {
        Some("any") => (true, false),
        Some("all") => (false, false),
        Some("any2any") => (true, true),
        Some("all2any") => (false, true),
        other => return Err(unknown_condition(other).into()),
    };
    let items = items(value)?;
    let mut verdicts = Vec::with_capacity(items.len());
    for item in items {
        let children = children.as_ref().map_err(Error::clone)?;
        let item = inquiry.subject.item(item);
        let mut held = Vec::with_capacity(children.0.len());
        for child in &children.0 {
            let mut of_child = Inquiry::on(&item);
            let answer = child.ask(&mut of_child).map_err(Stop::Needs)?;
            held.push(answer.holds);
            inquiry.failures.extend(of_child.failures);
        }
        verdicts.push(if any_child {
            held.contains(&true)
        } else {
            !held.contains(&false)
        });
    }
    Ok(if any_item {
        verdicts.contains(&true)
    } else {
        !verdicts.contains(&false)
    })
}

/// What a search looks at, one after the other.
pub(in crate::rule) fn items(value: &Value) -> Result<Vec<Value>, Error> {
    match value {
        Value::Dict(_) => Ok(vec![value.clone()]),
        other => access::iterate(other),
    }
}

fn unknown_condition(how: Option<&str>) -> Error {
    let how = how.unwrap_or("None");
    let known = "'any', 'all', 'any2any' and 'all2any' are allowed";
    Error::raised(
        "UnrecognizedConditionError",
        format!("The '{how}' condition is not recognized for type search, {known}"),
    )
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asks {
                operator, pattern, ..
            } => write!(f, "{} {}", operator.name, pattern.source()),
            Self::Search { how, .. } => {
                write!(f, "search ({})", how.as_deref().unwrap_or("no condition"))
            }
            Self::Unknown(name) => write!(f, "{name} (no such operator)"),
            Self::Unnamed => write!(f, "anything: the criterion has no `type`"),
        }
    }
}
