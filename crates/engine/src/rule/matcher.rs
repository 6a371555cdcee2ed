//! All rules, made ready for events.

use std::collections::HashMap;
use std::sync::Arc;

use squall_expression::value::json;
use squall_model::event::Event;
use squall_model::rule::{Rule, RuleKind};
use squall_model::{Id, Json, Reference};

use super::criteria::{Criteria, Subject};
use super::index::Index;
use crate::facts::{Facts, Needs};

/// All enabled rules, by trigger.
#[derive(Debug, Default)]
pub struct RuleSet {
    triggers: HashMap<Reference, Listeners>,
    hash: u64,
}

/// The rules of one trigger.
#[derive(Debug, Default)]
struct Listeners {
    standard: Ready,
    backstop: Ready,
}

/// Rules with their compiled criteria, and the index over them.
#[derive(Debug, Default)]
struct Ready {
    rules: Vec<(Arc<Rule>, Criteria)>,
    index: Index,
}

/// A rule that has something to say about an event: it matches, or it could not be evaluated.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The rule.
    pub rule: Arc<Rule>,
    /// Why it could not be evaluated; `None` if it matches.
    pub failure: Option<String>,
}

impl RuleSet {
    /// Makes rules ready. Disabled rules are left out; rules are asked in the order given.
    pub fn new(rules: impl IntoIterator<Item = Arc<Rule>>) -> Self {
        let mut sorted: HashMap<Reference, (Vec<Arc<Rule>>, Vec<Arc<Rule>>)> = HashMap::new();
        let mut hash = Vec::new();
        for rule in rules.into_iter().filter(|rule| rule.enabled) {
            hash.push(serde_json::to_string(rule.as_ref()).unwrap_or_default());
            let (standard, backstop) = sorted.entry(rule.trigger.reference.clone()).or_default();
            match rule.kind {
                RuleKind::Standard => standard.push(rule),
                RuleKind::Backstop => backstop.push(rule),
            }
        }
        let listeners = |(standard, backstop)| Listeners {
            standard: Ready::new(standard),
            backstop: Ready::new(backstop),
        };
        let triggers = sorted
            .into_iter()
            .map(|(trigger, rules)| (trigger, listeners(rules)))
            .collect();
        Self {
            triggers,
            hash: short(&hash.join("\n")),
        }
    }

    /// Names this set of rules: what an event was decided under.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Asks every rule that could have something to say about an event. Backstop rules are asked only if no standard
    /// rule matches.
    pub fn decide(&self, event: &Event, facts: &Facts<'_>) -> Result<Vec<Verdict>, Needs> {
        let Some(listeners) = self.triggers.get(&event.trigger) else {
            return Ok(Vec::new());
        };
        let subject = Subject::event(json::from_json(&event.payload), facts);
        let mut verdicts = listeners.standard.decide(event, &subject)?;
        if !verdicts.iter().any(|verdict| verdict.failure.is_none()) {
            verdicts.extend(listeners.backstop.decide(event, &subject)?);
        }
        Ok(verdicts)
    }
}

impl Ready {
    fn new(rules: Vec<Arc<Rule>>) -> Self {
        let rules: Vec<(Arc<Rule>, Criteria)> = rules
            .into_iter()
            .map(|rule| {
                let criteria = Criteria::new(&rule.criteria);
                (rule, criteria)
            })
            .collect();
        let index = Index::new(rules.iter().map(|(_, criteria)| criteria));
        Self { rules, index }
    }

    fn decide(&self, event: &Event, subject: &Subject<'_>) -> Result<Vec<Verdict>, Needs> {
        let look_up = |(rule, criterion): (usize, usize)| {
            let (_, criteria) = self.rules.get(rule)?;
            criteria.0.get(criterion)?.look_up(&subject.root).ok()
        };
        let mut verdicts = Vec::new();
        for place in self.index.candidates(look_up) {
            let Some((rule, criteria)) = self.rules.get(place) else {
                continue;
            };
            let verdict = criteria.ask_about(subject)?;
            if verdict.matched {
                verdicts.push(Verdict {
                    rule: Arc::clone(rule),
                    failure: None,
                });
            }
            for raised in verdict.failures {
                let failure = Some(failure(rule, event.id, &raised.message));
                verdicts.push(Verdict {
                    rule: Arc::clone(rule),
                    failure,
                });
            }
        }
        Ok(verdicts)
    }
}

/// The reason in StackStorm's words.
fn failure(rule: &Rule, event: Id, reason: &str) -> String {
    format!(
        "Failed to match rule \"{}\" against trigger instance \"{event}\": {reason}",
        rule.reference
    )
}

fn short(text: &str) -> u64 {
    let bytes = Id::of(text).bytes();
    bytes
        .iter()
        .take(8)
        .fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}

/// A rule as a document, asked about one event: what `rule test` does.
pub fn test(
    criteria: &Criteria,
    payload: &Json,
    facts: &Facts<'_>,
) -> Result<super::CriteriaVerdict, Needs> {
    criteria.evaluate(payload, facts)
}
