//! What packs need of each other: known only when all packs are read.

use std::collections::HashMap;
use std::sync::Arc;

use squall_model::action::Action;
use squall_model::content::{Content, PackContent};
use squall_model::problem::{Problem, Severity};
use squall_model::runner::Kinds;
use squall_model::trigger::TriggerType;
use squall_model::{Json, Object, Reference};

use crate::report::{Mention, Mentioned};
use crate::suggest::did_you_mean;

/// What is mentioned but not there. These are warnings: what is missing may come later, over REST or with another pack.
pub fn check_references(
    packs: &[&PackContent],
    mentions: &[Mention],
    kinds: &Kinds,
) -> Vec<Problem> {
    let known = Known {
        actions: of_packs(packs, |pack| &pack.actions, |action| &action.reference),
        trigger_types: of_packs(packs, |pack| &pack.trigger_types, |of| &of.reference),
        kinds,
    };
    let mut problems: Vec<Problem> = mentions
        .iter()
        .flat_map(|mention| known.check(mention))
        .collect();
    problems.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    problems
}

fn of_packs<'a, T>(
    packs: &[&'a PackContent],
    part: fn(&'a PackContent) -> &'a Vec<Arc<T>>,
    reference: fn(&'a T) -> &'a Reference,
) -> HashMap<&'a Reference, &'a T> {
    let all = packs.iter().flat_map(|pack| part(pack));
    all.map(|one| (reference(one), one.as_ref())).collect()
}

/// What there is for others to name.
pub(crate) struct Known<'a> {
    pub(crate) actions: HashMap<&'a Reference, &'a Action>,
    pub(crate) trigger_types: HashMap<&'a Reference, &'a TriggerType>,
    pub(crate) kinds: &'a Kinds,
}

/// A message, and a hint.
pub(crate) type Told = (String, Option<String>);

impl<'a> Known<'a> {
    /// All that is registered.
    pub(crate) fn of(content: &'a Content, kinds: &'a Kinds) -> Self {
        let actions = content.actions.iter();
        let types = content.trigger_types.iter();
        Self {
            actions: actions.map(|(name, one)| (name, one.as_ref())).collect(),
            trigger_types: types.map(|(name, one)| (name, one.as_ref())).collect(),
            kinds,
        }
    }

    fn check(&self, mention: &Mention) -> Vec<Problem> {
        let faults = match &mention.what {
            Mentioned::Action(action) => self.check_action(action),
            Mentioned::ActionParameter(action, name) => self.check_parameter(action, name),
            Mentioned::TriggerType(found, given) => self.check_trigger_type(found, given),
        };
        let problem = |(message, hint): Told| Problem {
            severity: Severity::Warning,
            file: mention.file.clone(),
            line: Some(mention.line),
            column: Some(mention.column),
            key: mention.key.clone(),
            message,
            hint,
        };
        faults.into_iter().map(problem).collect()
    }

    pub(crate) fn check_action(&self, action: &Reference) -> Vec<Told> {
        if self.actions.contains_key(action) {
            return Vec::new();
        }
        let hint = did_you_mean(
            action.as_str(),
            self.actions.keys().map(|known| known.as_str()),
        );
        vec![(format!("there is no action `{action}`"), hint)]
    }

    /// A parameter may be the action's own or its runner's.
    pub(crate) fn check_parameter(&self, action: &Reference, name: &str) -> Vec<Told> {
        let Some(found) = self.actions.get(action) else {
            return Vec::new();
        };
        let Some(runner) = self.kinds.runner(&found.runner_type) else {
            return Vec::new();
        };
        let known = || {
            found
                .parameters
                .0
                .keys()
                .chain(runner.parameters.0.keys())
                .map(String::as_str)
        };
        if known().any(|known| known == name) {
            return Vec::new();
        }
        vec![(
            format!("`{action}` has no parameter `{name}`"),
            did_you_mean(name, known()),
        )]
    }

    pub(crate) fn check_trigger_type(
        &self,
        trigger_type: &Reference,
        given: &[String],
    ) -> Vec<Told> {
        let Some(found) = self.trigger_types.get(trigger_type) else {
            let known = self.trigger_types.keys().map(|known| known.as_str());
            let hint = did_you_mean(trigger_type.as_str(), known);
            return vec![(format!("there is no trigger type `{trigger_type}`"), hint)];
        };
        let schema = &found.parameters_schema;
        let nothing = Object::new();
        let properties = schema
            .get("properties")
            .and_then(Json::as_object)
            .unwrap_or(&nothing);
        let is_closed = schema.get("additionalProperties") == Some(&Json::Bool(false));
        let unknown = given
            .iter()
            .filter(|name| is_closed && !properties.contains_key(*name))
            .map(|name| {
                let hint = did_you_mean(name, properties.keys().map(String::as_str));
                (format!("`{trigger_type}` has no parameter `{name}`"), hint)
            });
        let is_needed = |property: &Json| property.get("required") == Some(&Json::Bool(true));
        let missing = properties
            .iter()
            .filter(|(name, property)| is_needed(property) && !given.contains(name))
            .map(|(name, _)| {
                (
                    format!("`{trigger_type}` needs the parameter `{name}`"),
                    None,
                )
            });
        unknown.chain(missing).collect()
    }
}
