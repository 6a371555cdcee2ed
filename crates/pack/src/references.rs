//! What packs need of each other: known only when all packs are read.

use std::collections::HashMap;

use squall_model::action::Action;
use squall_model::content::PackContent;
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
    let known = Known::of(packs, kinds);
    let mut problems: Vec<Problem> = mentions
        .iter()
        .flat_map(|mention| known.check(mention))
        .collect();
    problems.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    problems
}

struct Known<'a> {
    actions: HashMap<&'a Reference, &'a Action>,
    trigger_types: HashMap<&'a Reference, &'a TriggerType>,
    kinds: &'a Kinds,
}

impl<'a> Known<'a> {
    fn of(packs: &[&'a PackContent], kinds: &'a Kinds) -> Self {
        let actions = packs.iter().flat_map(|pack| &pack.actions);
        let trigger_types = packs.iter().flat_map(|pack| &pack.trigger_types);
        Self {
            actions: actions
                .map(|action| (&action.reference, action.as_ref()))
                .collect(),
            trigger_types: trigger_types
                .map(|found| (&found.reference, found.as_ref()))
                .collect(),
            kinds,
        }
    }

    fn check(&self, mention: &Mention) -> Vec<Problem> {
        let faults = match &mention.what {
            Mentioned::Action(action) => self.check_action(action),
            Mentioned::ActionParameter(action, name) => self.check_parameter(action, name),
            Mentioned::TriggerType(found, given) => self.check_trigger_type(found, given),
        };
        let problem = |(message, hint): (String, Option<String>)| Problem {
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

    fn check_action(&self, action: &Reference) -> Vec<(String, Option<String>)> {
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
    fn check_parameter(&self, action: &Reference, name: &str) -> Vec<(String, Option<String>)> {
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

    fn check_trigger_type(
        &self,
        trigger_type: &Reference,
        given: &[String],
    ) -> Vec<(String, Option<String>)> {
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
