//! All rules, made ready for events.

use std::collections::HashMap;
use std::sync::Arc;

use squall_expression::value::json;
use squall_model::event::Event;
use squall_model::rule::{Rule, RuleKind};
use squall_model::{Id, Reference};

use super::criteria::{Criteria, Subject};
use super::index::Index;
use super::playbook_triggers::{Answers, OnPlaybookTriggers};
use crate::facts::{Facts, Needs};
use crate::playbook::{self, PlaybookSet};

/// All enabled rules, by trigger.
#[derive(Debug, Default)]
pub struct RuleSet {
    triggers: HashMap<Reference, Listeners>,
    compiled: HashMap<Reference, Arc<Compiled>>,
    hash: u64,
    on_playbook_triggers: OnPlaybookTriggers,
}

/// A rule with its criteria compiled.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) rule: Arc<Rule>,
    criteria: Criteria,
    hash: u64,
}

/// The rules of one trigger.
#[derive(Debug, Default)]
struct Listeners {
    standard: Ready,
    backstop: Ready,
}

/// Rules in the order they are asked, and the index over them.
#[derive(Debug, Default)]
struct Ready {
    rules: Vec<Arc<Compiled>>,
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
        Self::default().with(rules)
    }

    /// Another set of rules; those that are in this one already are not compiled again.
    #[must_use]
    pub fn with(&self, rules: impl IntoIterator<Item = Arc<Rule>>) -> Self {
        let mut set = Self::default();
        for rule in rules.into_iter().filter(|rule| rule.enabled) {
            let known = self
                .compiled
                .get(&rule.reference)
                .filter(|known| Arc::ptr_eq(&known.rule, &rule));
            let compiled =
                known.map_or_else(|| Arc::new(Compiled::new(Arc::clone(&rule))), Arc::clone);
            // A sum does not depend on the order in which the rules come.
            set.hash = set.hash.wrapping_add(compiled.hash);
            set.compiled
                .insert(rule.reference.clone(), Arc::clone(&compiled));
            let listeners = set
                .triggers
                .entry(rule.trigger.reference.clone())
                .or_default();
            match rule.kind {
                RuleKind::Standard => listeners.standard.rules.push(compiled),
                RuleKind::Backstop => listeners.backstop.rules.push(compiled),
            }
        }
        set.on_playbook_triggers = OnPlaybookTriggers::among(set.compiled.values());
        for listeners in set.triggers.values_mut() {
            listeners.standard.build_index();
            listeners.backstop.build_index();
        }
        set
    }

    /// Names this set of rules: what an event was decided under.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// Whether an enabled rule listens to a trigger.
    pub fn listen_to(&self, trigger: &Reference) -> bool {
        self.triggers.contains_key(trigger)
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

    /// The triggers of playbooks that rules name, one for each such rule.
    pub fn playbook_triggers(&self) -> &PlaybookSet {
        &self.on_playbook_triggers.set
    }

    /// Asks the rules whose triggers of playbooks have fired: `fired` is what [`RuleSet::playbook_triggers`] say.
    pub fn decide_fired(
        &self,
        event: &Event,
        fired: playbook::Verdict,
        facts: &Facts<'_>,
    ) -> Result<Answers, Needs> {
        self.on_playbook_triggers.decide(event, fired, facts)
    }
}

impl Compiled {
    fn new(rule: Arc<Rule>) -> Self {
        let criteria = Criteria::new(&rule.criteria);
        let hash = short(&serde_json::to_string(rule.as_ref()).unwrap_or_default());
        Self {
            rule,
            criteria,
            hash,
        }
    }

    /// What the rule has to say about an event: nothing, that it matches, or why it cannot be evaluated.
    pub(super) fn ask(&self, event: &Event, subject: &Subject<'_>) -> Result<Vec<Verdict>, Needs> {
        let asked = self.criteria.ask_about(subject)?;
        let verdict = |failure| Verdict {
            rule: Arc::clone(&self.rule),
            failure,
        };
        let mut verdicts = Vec::new();
        if asked.matched {
            verdicts.push(verdict(None));
        }
        for raised in asked.failures {
            let failure = failure(&self.rule, event.id, &raised.message);
            verdicts.push(verdict(Some(failure)));
        }
        Ok(verdicts)
    }
}

impl Ready {
    fn build_index(&mut self) {
        self.index = Index::new(self.rules.iter().map(|compiled| &compiled.criteria));
    }

    fn decide(&self, event: &Event, subject: &Subject<'_>) -> Result<Vec<Verdict>, Needs> {
        let look_up = |(rule, criterion): (usize, usize)| {
            self.rules
                .get(rule)?
                .criteria
                .0
                .get(criterion)?
                .look_up(&subject.root)
                .ok()
        };
        let mut verdicts = Vec::new();
        for place in self.index.candidates(look_up) {
            if let Some(rule) = self.rules.get(place) {
                verdicts.extend(rule.ask(event, subject)?);
            }
        }
        Ok(verdicts)
    }
}

/// The reason in StackStorm's words.
pub(super) fn failure(rule: &Rule, event: Id, reason: &str) -> String {
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
