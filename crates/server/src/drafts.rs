//! Documents that come over REST, held against what is registered.

use squall_model::action::Action;
use squall_model::problem::Problem;
use squall_model::rule::Rule;
use squall_model::runner::Kinds;
use squall_model::trigger::{Trigger, TriggerType};
use squall_model::{Id, Json, Object, Reference};
use squall_pack::Draft;

use crate::handle::{Error, Handle, Result};
use crate::ingest;
use crate::registry::{self, Loaded};

impl Handle {
    /// The rule that a document describes: a new one, or another form of a known one, which keeps its id.
    pub fn draft_rule(&self, document: &Json, user: &str, known: Option<&Rule>) -> Result<Rule> {
        let loaded = self.loaded();
        let kinds = self.kinds();
        let document = with_pack(document, known.map(|rule| &rule.reference));
        let mut rule = draft(&loaded, &document, &kinds)
            .rule()
            .map_err(|problems| invalid(&problems))?;
        rule.context.insert("user".to_owned(), Json::from(user));
        let missing = || {
            let missing = "defined in the rule does not exist in system or it's missing required \"parameters\" attribute";
            Error::Invalid(format!(
                "Trigger \"{}\" {missing}",
                rule.trigger.trigger_type
            ))
        };
        let of = loaded
            .content
            .trigger_types
            .get(&rule.trigger.trigger_type)
            .ok_or_else(missing)?;
        ingest::fits(
            &Json::Object(rule.trigger.parameters.clone()),
            &of.parameters_schema,
        )?;
        rule.id = kept_id(
            loaded
                .content
                .rules
                .get(&rule.reference)
                .map(|other| other.id),
            known.map(|rule| rule.id),
            &rule.reference,
            rule.id,
        )?;
        Ok(rule)
    }

    /// The action that a document describes: a new one, or another form of a known one, which keeps its id.
    pub fn draft_action(&self, document: &Json, known: Option<&Action>) -> Result<Action> {
        let loaded = self.loaded();
        let kinds = self.kinds();
        let document = with_pack(document, known.map(|action| &action.reference));
        let mut action = draft(&loaded, &document, &kinds)
            .action()
            .map_err(|problems| invalid(&problems))?;
        let other = loaded
            .content
            .actions
            .get(&action.reference)
            .map(|other| other.id);
        action.id = kept_id(
            other,
            known.map(|action| action.id),
            &action.reference,
            action.id,
        )?;
        Ok(action)
    }

    /// The trigger type that a document describes: a new one, or another form of a known one, which keeps its id.
    pub fn draft_trigger_type(
        &self,
        document: &Json,
        known: Option<&TriggerType>,
    ) -> Result<TriggerType> {
        let loaded = self.loaded();
        let kinds = self.kinds();
        let document = with_pack(document, known.map(|of| &of.reference));
        let mut drafted = draft(&loaded, &document, &kinds)
            .trigger_type()
            .map_err(|problems| invalid(&problems))?;
        let other = loaded
            .content
            .trigger_types
            .get(&drafted.reference)
            .map(|other| other.id);
        drafted.id = kept_id(other, known.map(|of| of.id), &drafted.reference, drafted.id)?;
        Ok(drafted)
    }

    /// The trigger that `{type, parameters}` describes. A name of its own is not kept: type and parameters are the name.
    pub fn draft_trigger(&self, document: &Json) -> Result<Trigger> {
        let missing = || {
            Error::Invalid("'type' is a required property: the trigger type's reference".to_owned())
        };
        let of: Reference = document
            .get("type")
            .and_then(Json::as_str)
            .and_then(|of| of.parse().ok())
            .ok_or_else(missing)?;
        if !self.loaded().content.trigger_types.contains_key(&of) {
            return Err(Error::Invalid(format!(
                "The trigger type \"{of}\" does not exist."
            )));
        }
        let parameters = document
            .get("parameters")
            .and_then(Json::as_object)
            .cloned()
            .unwrap_or_else(Object::new);
        let mut trigger = Trigger::new(&of, parameters);
        trigger.description = document
            .get("description")
            .and_then(Json::as_str)
            .map(str::to_owned);
        Ok(trigger)
    }

    fn kinds(&self) -> Kinds {
        registry::kinds(&self.0.runners)
    }
}

fn draft<'a>(loaded: &'a Loaded, document: &'a Json, kinds: &'a Kinds) -> Draft<'a> {
    let mut draft = Draft {
        document,
        pack_dir: None,
        kinds,
    };
    draft.pack_dir = loaded
        .content
        .packs
        .get(draft.pack())
        .map(|pack| pack.path.as_path());
    draft
}

/// The document with the pack of what it changes, unless it names one.
fn with_pack(document: &Json, known: Option<&Reference>) -> Json {
    let mut document = document.clone();
    if let (Some(known), Some(members)) = (known, document.as_object_mut()) {
        members
            .entry("pack")
            .or_insert_with(|| Json::from(known.pack()));
    }
    document
}

/// What is changed keeps its id. What is new must not take another's name.
fn kept_id(other: Option<Id>, known: Option<Id>, reference: &Reference, new: Id) -> Result<Id> {
    match (other, known) {
        (Some(other), known) if known != Some(other) => Err(Error::Conflict {
            message: format!("\"{reference}\" exists already."),
            id: other,
        }),
        (_, known) => Ok(known.unwrap_or(new)),
    }
}

fn invalid(problems: &[Problem]) -> Error {
    let told = |problem: &Problem| {
        let hint = problem
            .hint
            .as_ref()
            .map(|hint| format!(" ({hint})"))
            .unwrap_or_default();
        let key = if problem.key.is_empty() {
            String::new()
        } else {
            format!("{}: ", problem.key)
        };
        format!("{key}{}{hint}", problem.message)
    };
    Error::Invalid(problems.iter().map(told).collect::<Vec<_>>().join("; "))
}
