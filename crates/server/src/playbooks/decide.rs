//! Playbooks are asked beside the rules: what they say is recorded in the same commit.

use serde_json::json;
use squall_actions::case::{Event, Filtered};
use squall_engine::execution::{self, Origin, Request};
use squall_engine::playbook as engine;
use squall_engine::rule::RuleSet;
use squall_model::change::Change;
use squall_model::decision::Decision;
use squall_model::event::Event as Recorded;
use squall_model::finding::Difference;
use squall_model::playbook::Playbook;
use squall_model::{Id, Json, Object, Reference};

use super::heard::Heard;
use super::in_force::InForce;
use super::performance::{Fired, FiredAction};
use super::{PACK, RUN};
use crate::clock;
use crate::decide::{Decided, Requested};
use crate::handle::Handle;
use crate::registry::Loaded;

impl Handle {
    /// Adds what playbooks say to an event to what rules say: a decision for each that fires or cannot be asked, and one
    /// execution for all that fire.
    pub(crate) fn ask_playbooks(
        &self,
        loaded: &Loaded,
        (event, heard): (&Recorded, &Heard),
        mut decided: Decided,
    ) -> Decided {
        let in_force = self.playbooks();
        let verdict =
            self.with_playbook_facts(|facts| in_force.set.decide(heard.happened(), facts));
        let now = clock::now();
        let mut ids = self.0.seeds.ids(now);
        let mut decision = |playbook: usize, failure: Option<String>| Decision {
            id: ids.next_id(),
            event: event.id,
            rule: in_force.rule_id(playbook),
            rule_ref: in_force.reference(playbook),
            execution: None,
            failure,
            decided_at: now,
        };
        for fault in verdict.faults {
            let failure = Some(fault.reason);
            decided.decisions.push(decision(fault.playbook, failure));
        }
        let mut fired: Vec<Decision> = Vec::new();
        fired.extend(verdict.fired.iter().map(|one| decision(one.playbook, None)));
        let Some(first) = fired.first() else {
            return decided;
        };
        let rule = first.rule_ref.clone();
        let whole = verdict.fired.iter();
        let whole: Vec<Fired> = whole
            .filter_map(|one| in_force.fired(one, &heard.event))
            .collect();
        match self.requested(loaded, event, (rule, &whole)) {
            Some(requested) => {
                fired.iter_mut().for_each(|decision| {
                    decision.execution = Some(requested.execution.id);
                });
                decided.requested.push(requested);
                let marks = verdict.fired.into_iter().filter_map(|fired| fired.mark);
                decided.marks.extend(marks);
            }
            None => fired.iter_mut().for_each(|decision| {
                decision.failure = Some(format!("the action {PACK}.{RUN} is not there"));
            }),
        }
        decided.decisions.extend(fired);
        decided
    }

    /// What the triggers of playbooks say that rules name.
    pub(crate) fn ask_triggers_of_rules(&self, rules: &RuleSet, heard: &Heard) -> engine::Verdict {
        let triggers = rules.playbook_triggers();
        if triggers.is_empty() {
            return engine::Verdict::default();
        }
        self.with_playbook_facts(|facts| triggers.decide(heard.happened(), facts))
    }

    /// What was decided may not be decided again too soon. It is taken back with [`Limits::release`](super::limits::Limits).
    pub(crate) fn mark_decided(&self, decided: &Decided) {
        let mut limits = self.0.playbooks.limits.hold();
        let marks = decided.marks.iter().cloned();
        marks.for_each(|mark| limits.mark(mark));
    }

    /// The execution that carries out what has fired.
    fn requested(
        &self,
        loaded: &Loaded,
        event: &Recorded,
        (rule, fired): (Reference, &[Fired]),
    ) -> Option<Requested> {
        let action = loaded.content.action(&format!("{PACK}.{RUN}"))?;
        let (digest, definition) = loaded.definition_of_action(action)?;
        let context = json!({
            "trigger_instance": {"id": event.id, "name": null},
            "user": self.0.settings.system_user,
            "pack": PACK,
            "trace_context": event.trace,
        });
        let context = context.as_object().cloned().unwrap_or_default();
        let mut request = Request::of(&definition, digest, given(fired), context);
        request.origin = Some(Origin {
            event: event.id,
            rule,
        });
        let now = clock::now();
        let execution = execution::new(request, &mut self.0.seeds.ids(now), now);
        Some(Requested {
            execution,
            definition,
            refused: None,
        })
    }
}

/// The parameters of the action that runs playbooks.
pub(super) fn given(fired: &[Fired]) -> Object {
    let names = |fired: &Fired| {
        let actions = fired.actions.iter().map(|action| action.name.as_str());
        json!({
            "number": fired.number,
            "name": fired.name,
            "trigger": fired.trigger,
            "actions": actions.collect::<Vec<_>>(),
        })
    };
    let mut given = Object::new();
    given.insert("fired".to_owned(), fired.iter().map(names).collect());
    let whole = serde_json::to_value(fired).unwrap_or_default();
    given.insert("playbooks".to_owned(), whole);
    given
}

impl InForce {
    /// What names a playbook in decisions: its own name, or its number.
    pub(super) fn reference(&self, playbook: usize) -> Reference {
        let named = self.playbooks.playbooks.get(playbook);
        let name = named.and_then(|named| named.name.clone());
        let name = name.unwrap_or_else(|| format!("playbook-{playbook}"));
        Reference::new(PACK, &name)
    }

    fn rule_id(&self, playbook: usize) -> Id {
        let id = self.ids.get(playbook).and_then(|id| id.parse().ok());
        id.unwrap_or_else(|| Id::of(&format!("playbook:{playbook}")))
    }

    /// A playbook that fires, whole: what is carried out is what was decided, whatever the files say by then.
    pub fn fired(&self, fired: &engine::Fired, happened: &Event) -> Option<Fired> {
        let playbook = self.playbooks.playbooks.get(fired.playbook)?;
        let trigger = playbook.triggers.get(fired.trigger)?;
        let filters = engine::change_filters(trigger);
        Some(Fired {
            number: fired.playbook,
            name: playbook.name.clone(),
            trigger: trigger.name.clone(),
            filtered: match (happened, &fired.differences) {
                (Event::KubernetesChange(change), Some(differences)) => {
                    Some(filtered(change, differences, &filters))
                }
                _ => None,
            },
            change_filters: filters,
            actions: playbook.actions.iter().map(action).collect(),
            sinks: self.sinks_of(playbook),
            stop: playbook.stop,
            mark: fired.mark.clone(),
        })
    }

    /// The sinks of a playbook: those that it names, or all default ones.
    fn sinks_of(&self, playbook: &Playbook) -> Vec<String> {
        if playbook.sinks.is_empty() {
            self.default_sinks()
        } else {
            playbook.sinks.clone()
        }
    }

    /// The sinks of whoever names none.
    pub(super) fn default_sinks(&self) -> Vec<String> {
        let names = self.sinks.defaults().into_iter();
        names.map(str::to_owned).collect()
    }
}

/// What a trigger looks at of a change.
fn filtered(change: &Change, differences: &[engine::Difference], filters: &Json) -> Filtered {
    let told = |one: &engine::Difference| Difference {
        difference_type: one.kind.as_str().to_owned(),
        path: one.steps.clone(),
        formatted_path: one.path.clone(),
        value: one.value.clone(),
        other_value: one.old_value.clone(),
    };
    let left = |object: &Json| engine::without_ignored(object, filters);
    Filtered {
        obj: left(&change.obj),
        old_obj: change.old_obj.as_ref().map(left),
        diffs: differences.iter().map(told).collect(),
    }
}

fn action(action: &squall_model::playbook::PlaybookAction) -> FiredAction {
    FiredAction {
        name: action.name.clone(),
        parameters: action.parameters.clone(),
    }
}

/// The result that people see of an execution of playbooks is made elsewhere; this is what it was asked to do.
pub(super) fn asked(parameters: &Object) -> Result<Vec<Fired>, String> {
    let playbooks = parameters.get("playbooks").cloned().unwrap_or_default();
    serde_json::from_value::<Vec<Fired>>(playbooks)
        .map_err(|error| format!("cannot read which playbooks to run: {error}"))
}
