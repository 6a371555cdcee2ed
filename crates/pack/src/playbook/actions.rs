//! Playbooks against the actions there are: does each name one, can it take the events of the triggers, and are the
//! parameters what it takes.

use std::collections::{BTreeMap, BTreeSet};

use squall_model::Reference;
use squall_model::playbook::actions::KnownAction;
use squall_model::playbook::classes::EventClass;
use squall_model::playbook::triggers::{self, TriggerKind};
use squall_model::playbook::{Playbook, PlaybookAction, PlaybookTrigger, Playbooks};
use squall_model::problem::{Problem, Severity};

use crate::report::Fault;
use crate::suggest::did_you_mean;

/// So many triggers are listed of those that fit.
const LISTED: usize = 12;

/// What is wrong with the actions of `playbooks`, were `known` all actions there are; a later one of a name counts.
pub fn check_actions(playbooks: &Playbooks, known: &[KnownAction]) -> Vec<Problem> {
    let known: BTreeMap<&str, &KnownAction> = known
        .iter()
        .map(|action| (action.name.as_str(), action))
        .collect();
    let mut problems = Vec::new();
    for playbook in &playbooks.playbooks {
        for action in &playbook.actions {
            match known.get(action.name.as_str()) {
                Some(found) => {
                    check_events(playbook, action, found, &mut problems);
                    let config = &playbooks.global_config;
                    super::parameters::check(action, found, config, &mut problems);
                }
                // An action of a pack takes any event.
                None if action.name.parse::<Reference>().is_ok() => {}
                None => problems.push(unknown(action, &known)),
            }
        }
    }
    problems
}

fn unknown(action: &PlaybookAction, known: &BTreeMap<&str, &KnownAction>) -> Problem {
    let hint = did_you_mean(&action.name, known.keys().copied()).or_else(|| {
        super::built_in::ALL.contains(&action.name.as_str()).then(|| {
            "it comes with Robusta, and not with Squall yet: put a function of this name into a \
             playbook repository, or leave it out"
                .to_owned()
        })
    });
    let hint = hint.unwrap_or_else(|| {
        "give the repository with its code below `playbookRepos`, or with --repo".to_owned()
    });
    let message = format!("unknown action `{}`", action.name);
    Fault::with_hint(message, hint).at(&action.place, Severity::Error)
}

/// Every trigger of a playbook must give what each of its actions takes.
fn check_events(
    playbook: &Playbook,
    action: &PlaybookAction,
    known: &KnownAction,
    problems: &mut Vec<Problem>,
) {
    let mut told = BTreeSet::new();
    for trigger in &playbook.triggers {
        let Some(event) = event_of(trigger) else {
            continue;
        };
        if known.takes(event) || !told.insert(&trigger.name) {
            continue;
        }
        let message = format!(
            "`{}` takes {}; `{}` gives {}",
            action.name,
            a(&known.event),
            trigger.name,
            a(event.as_str())
        );
        let fault = Fault::with_hint(message, fitting(known));
        problems.push(fault.at(&action.place, Severity::Error));
    }
}

/// The class of the events that a trigger gives.
fn event_of(trigger: &PlaybookTrigger) -> Option<EventClass> {
    let of_a_pack = || trigger.of_a_pack().map(|_| EventClass::ExecutionBase);
    let kind = triggers::named(&trigger.name);
    kind.map(TriggerKind::event).or_else(of_a_pack)
}

/// The triggers whose events an action takes.
fn fitting(known: &KnownAction) -> String {
    let all = triggers::all().iter();
    let fitting = all.filter(|trigger| known.takes(trigger.event()));
    let names: Vec<&str> = fitting.map(|trigger| trigger.name.as_str()).collect();
    match names.len() {
        0 if known.by_hand.is_some() => "no trigger fits it; it can be called by hand".to_owned(),
        0 => "no trigger fits it".to_owned(),
        count if count > LISTED => {
            let shown: Vec<&str> = names.into_iter().take(LISTED).collect();
            format!("it fits {} and {} more", shown.join(", "), count - LISTED)
        }
        _ => format!("it fits {}", names.join(", ")),
    }
}

/// With its article.
fn a(class: &str) -> String {
    let article = if class.starts_with(['A', 'E', 'I', 'O', 'U']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {class}")
}
