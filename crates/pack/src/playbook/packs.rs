//! Playbooks against packs: is there what they name of them, and is it given what it takes.

use std::collections::BTreeSet;

use squall_model::content::Content;
use squall_model::playbook::triggers::PACK;
use squall_model::playbook::{Place, Playbook, PlaybookAction, PlaybookTrigger, Playbooks};
use squall_model::problem::{Problem, Severity};
use squall_model::runner::Kinds;
use squall_model::{Json, Reference};

use crate::fields::join;
use crate::references::{Known, Told};
use crate::report::Fault;
use crate::suggest::did_you_mean;

/// What playbooks can name of packs.
#[derive(Debug, Clone, Copy)]
pub struct PacksAtHand<'a> {
    /// All that is registered.
    pub content: &'a Content,
    /// The runners there are.
    pub kinds: &'a Kinds,
    /// Whether there are no other packs. What is named of others is an error then, and else cannot be told.
    pub are_all: bool,
}

/// What is wrong with the triggers and actions of packs that `playbooks` name.
pub fn check_packs(playbooks: &Playbooks, packs: &PacksAtHand<'_>) -> Vec<Problem> {
    let mut names: BTreeSet<&str> = packs.content.packs.keys().map(String::as_str).collect();
    names.extend(packs.content.actions.keys().map(Reference::pack));
    let mut check = Check {
        known: Known::of(packs.content, packs.kinds),
        names,
        are_all: packs.are_all,
        problems: Vec::new(),
    };
    for playbook in &playbooks.playbooks {
        for trigger in &playbook.triggers {
            check.trigger(trigger);
        }
        for action in &playbook.actions {
            check.action(action);
        }
    }
    check.problems
}

/// Whether a playbook names anything of a pack.
pub fn names_packs(playbook: &Playbook) -> bool {
    let is_reference = |name: &str| name.parse::<Reference>().is_ok();
    playbook.triggers.iter().any(|one| is_reference(&one.name))
        || playbook.actions.iter().any(|one| is_reference(&one.name))
}

struct Check<'a> {
    known: Known<'a>,
    /// The names of the packs there are.
    names: BTreeSet<&'a str>,
    are_all: bool,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn trigger(&mut self, trigger: &PlaybookTrigger) {
        let Ok(reference) = trigger.name.parse::<Reference>() else {
            return;
        };
        if !self.has_pack(&reference, &trigger.place) {
            return;
        }
        let given: Vec<String> = trigger.parameters.keys().cloned().collect();
        let told = self.known.check_trigger_type(&reference, &given);
        self.tell(told, &trigger.place);
    }

    fn action(&mut self, action: &PlaybookAction) {
        let Ok(reference) = action.name.parse::<Reference>() else {
            return;
        };
        if reference.pack() == PACK {
            let message = format!("`{reference}` runs playbooks, and is no action of theirs");
            self.tell(vec![(message, None)], &action.place);
            return;
        }
        if !self.has_pack(&reference, &action.place) {
            return;
        }
        let told = self.known.check_action(&reference);
        self.tell(told, &action.place);
        for name in action.parameters.keys() {
            let told = self.known.check_parameter(&reference, name);
            let place = Place {
                file: action.place.file.clone(),
                line: action.lines.get(name).copied().unwrap_or(action.place.line),
                key: join(&action.place.key, name),
            };
            self.tell(told, &place);
        }
        for name in self.missing(&reference, action) {
            let place = Place {
                key: join(&action.place.key, &name),
                ..action.place.clone()
            };
            let hint = format!("`{reference}` needs it");
            self.tell(vec![("is missing".to_owned(), Some(hint))], &place);
        }
    }

    /// The parameters that must be given and are not. What an action says of a runner's parameter counts before the runner.
    fn missing(&self, reference: &Reference, action: &PlaybookAction) -> Vec<String> {
        let Some(found) = self.known.actions.get(reference) else {
            return Vec::new();
        };
        let runner = self.known.kinds.runner(&found.runner_type);
        let of_runner = runner.into_iter().flat_map(|runner| &runner.parameters.0);
        let says = |schema: &Json, word: &str| schema.get(word).cloned();
        let is_missing = |(name, schema): &(&String, &Json)| {
            let own = found.parameters.0.get(*name);
            let word = |word| {
                own.and_then(|own| says(own, word))
                    .or_else(|| says(schema, word))
            };
            word("required") == Some(Json::Bool(true))
                && word("default").is_none_or(|default| default.is_null())
                && !action.parameters.contains_key(*name)
        };
        let all = found
            .parameters
            .0
            .iter()
            .chain(of_runner)
            .filter(is_missing);
        let names: BTreeSet<String> = all.map(|(name, _)| name.clone()).collect();
        names.into_iter().collect()
    }

    /// Whether there is the pack; if not, that is told.
    fn has_pack(&mut self, reference: &Reference, place: &Place) -> bool {
        let pack = reference.pack();
        if self.names.contains(pack) {
            return true;
        }
        let fault = if self.are_all {
            let hint = did_you_mean(pack, self.names.iter().copied());
            Fault::with_hint(format!("there is no pack `{pack}`"), hint)
        } else {
            let hint = "give its folder with --pack".to_owned();
            let message = format!("`{reference}` is not checked: the pack is not at hand");
            Fault::with_hint(message, hint)
        };
        let severity = if self.are_all {
            Severity::Error
        } else {
            Severity::Warning
        };
        self.problems.push(fault.at(place, severity));
        false
    }

    fn tell(&mut self, told: Vec<Told>, place: &Place) {
        let problems = told.into_iter();
        let problem = |(message, hint): Told| Fault::with_hint(message, hint);
        self.problems
            .extend(problems.map(|told| problem(told).at(place, Severity::Error)));
    }
}
