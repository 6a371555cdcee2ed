//! Triggers of playbooks that rules name: whether one fires is decided as for a playbook, and then the rule's criteria are
//! asked.

use std::collections::HashSet;
use std::sync::Arc;

use squall_expression::value::json;
use squall_model::event::Event;
use squall_model::playbook::triggers::referred;
use squall_model::playbook::{Place, PlaybookTrigger};
use squall_model::rule::{Rule, RuleKind};
use squall_model::{Id, Reference};

use super::criteria::Subject;
use super::matcher::{Compiled, Verdict, failure};
use crate::facts::{Facts, Needs};
use crate::playbook::{self, Mark, PlaybookSet};

/// What rules say whose triggers of playbooks have fired.
#[derive(Debug, Default)]
pub struct Answers {
    /// The rules that have something to say.
    pub verdicts: Vec<Verdict>,
    /// What is to be remembered, so that their triggers do not fire too often: of a rule that has nothing to say its trigger
    /// has not fired for anything.
    pub marks: Vec<Mark>,
}

/// The rules whose trigger is one of playbooks.
#[derive(Debug, Default)]
pub(super) struct OnPlaybookTriggers {
    /// The trigger of each, in their order.
    pub(super) set: PlaybookSet,
    rules: Vec<Arc<Compiled>>,
}

impl OnPlaybookTriggers {
    pub(super) fn among<'a>(all: impl Iterator<Item = &'a Arc<Compiled>>) -> Self {
        let rules = all.filter(|one| referred(&one.rule.trigger.trigger_type).is_some());
        let mut rules: Vec<Arc<Compiled>> = rules.cloned().collect();
        rules.sort_by(|one, other| one.rule.reference.cmp(&other.rule.reference));
        let triggers = rules
            .iter()
            .map(|one| (name(&one.rule), trigger(&one.rule)));
        Self {
            set: PlaybookSet::of_triggers(triggers),
            rules,
        }
    }

    pub(super) fn decide(
        &self,
        event: &Event,
        fired: playbook::Verdict,
        facts: &Facts<'_>,
    ) -> Result<Answers, Needs> {
        let mut answers = Answers::default();
        for fault in fired.faults {
            if let Some(Compiled { rule, .. }) = self.rules.get(fault.playbook).map(Arc::as_ref) {
                answers.verdicts.push(Verdict {
                    rule: Arc::clone(rule),
                    failure: Some(failure(rule, event.id, &fault.reason)),
                });
            }
        }
        if fired.fired.is_empty() {
            return Ok(answers);
        }
        let subject = Subject::event(json::from_json(&event.payload), facts);
        let rules = fired.fired.into_iter();
        let rules = rules.filter_map(|one| Some((self.rules.get(one.playbook)?, one.mark)));
        let (standard, backstop): (Vec<_>, Vec<_>) =
            rules.partition(|(one, _)| one.rule.kind == RuleKind::Standard);
        let asked: HashSet<&Reference> = standard
            .iter()
            .map(|(one, _)| &one.rule.reference)
            .collect();
        let mut matched = HashSet::new();
        for (one, mark) in standard {
            if answers.ask(one, (event, &subject), mark)? {
                matched.insert(&one.rule.trigger.reference);
            }
        }
        for (one, mark) in backstop {
            let trigger = &one.rule.trigger.reference;
            if !matched.contains(trigger) && !self.is_any_limited(trigger, &asked) {
                answers.ask(one, (event, &subject), mark)?;
            }
        }
        Ok(answers)
    }

    /// Whether a standard rule of a trigger that has fired was not asked, because it matched a short while ago.
    fn is_any_limited(&self, trigger: &Reference, asked: &HashSet<&Reference>) -> bool {
        let rules = self.rules.iter().map(|one| &one.rule);
        let mut standard = rules
            .filter(|rule| rule.kind == RuleKind::Standard && rule.trigger.reference == *trigger);
        standard.any(|rule| !asked.contains(&rule.reference))
    }
}

impl Answers {
    /// Adds what a rule has to say; gives whether it matches.
    fn ask(
        &mut self,
        rule: &Compiled,
        (event, subject): (&Event, &Subject<'_>),
        mark: Option<Mark>,
    ) -> Result<bool, Needs> {
        let verdicts = rule.ask(event, subject)?;
        if !verdicts.is_empty() {
            self.marks.extend(mark);
        }
        let is_match = verdicts.iter().any(|verdict| verdict.failure.is_none());
        self.verdicts.extend(verdicts);
        Ok(is_match)
    }
}

/// What names a rule's trigger in what is remembered of it: each rule has its own.
fn name(rule: &Rule) -> String {
    let (reference, trigger) = (&rule.reference, &rule.trigger.reference);
    Id::of(&format!("rule trigger:{reference}:{trigger}")).to_string()
}

fn trigger(rule: &Rule) -> PlaybookTrigger {
    PlaybookTrigger {
        name: rule.trigger.trigger_type.name().to_owned(),
        parameters: rule.trigger.parameters.clone(),
        place: Place::default(),
    }
}

#[cfg(test)]
mod tests;
