//! What is tried out: a rule and an event, from files or from a server, and the datastore they look into.

use squall_model::key::Scope;
use squall_model::{Json, Object};

use super::Test;
use crate::client::{self, Place};
use crate::console::Console;
use crate::decide::Datastore;
use crate::failure::Failure;
use crate::input;

/// A rule and what it is tried out on.
pub(super) struct Subject {
    pub(super) rule: Object,
    pub(super) payload: Json,
    pub(super) datastore: Datastore,
}

impl Subject {
    /// Reads what the arguments name.
    pub(super) fn read(test: &Test, console: &mut Console) -> Result<Self, Failure> {
        let rule = test.read_rule(console)?;
        let event = test.read_event(console)?;
        if rule.get("enabled").and_then(Json::as_bool) != Some(true) {
            console.note(
                "the rule is not enabled: a server asks only a rule that says `enabled: true`",
            );
        }
        if let Some((of_rule, of_event)) = other_trigger(&rule, &event) {
            console.note(format!(
                "the rule listens to {of_rule}, the event is of {of_event}: a server would not ask it"
            ));
        }
        Ok(Self {
            rule,
            payload: payload(event),
            datastore: test.datastore(console)?,
        })
    }
}

impl Test {
    fn read_rule(&self, console: &Console) -> Result<Object, Failure> {
        match (&self.rule, &self.rule_ref) {
            (Some(file), _) => Ok(input::object(file)?),
            (None, Some(reference)) => {
                let place = Place::api(&["rules", reference]);
                let rule = self.remote.client(console)?.get(&place)?.body;
                Ok(rule.as_object().cloned().unwrap_or_default())
            }
            (None, None) => Ok(Object::new()),
        }
    }

    fn read_event(&self, console: &Console) -> Result<Json, Failure> {
        match (&self.event, &self.event_id) {
            (Some(file), _) => Ok(input::document(file)?),
            (None, Some(id)) => {
                let place = Place::api(&["triggerinstances", id]);
                Ok(self.remote.client(console)?.get(&place)?.body)
            }
            (None, None) => Ok(Json::Null),
        }
    }

    /// The file's keys; without one those of the server, if anything else is of a server.
    fn datastore(&self, console: &Console) -> Result<Datastore, Failure> {
        if let Some(file) = &self.keys {
            return Ok(Datastore::of_system(input::object(file)?));
        }
        if self.rule_ref.is_none() && self.event_id.is_none() {
            return Ok(Datastore::default());
        }
        let client = self.remote.client(console)?;
        Ok(Datastore::asking(move |key| {
            if key.scope != Scope::System {
                return Ok(None);
            }
            let place = Place::api(&["keys", &key.name]).with("scope", "system");
            match client.get(&place) {
                Ok(answer) => {
                    let value = answer.body.get("value").and_then(Json::as_str);
                    Ok(value.map(str::to_owned))
                }
                Err(client::Error::NotFound(_)) => Ok(None),
                Err(error) => Err(error.to_string()),
            }
        }))
    }
}

/// StackStorm's own tester takes whole trigger instances.
pub(super) fn payload(event: Json) -> Json {
    match &event {
        Json::Object(members) if members.get("trigger").is_some_and(Json::is_string) => {
            members.get("payload").cloned().unwrap_or(event)
        }
        _ => event,
    }
}

/// The triggers of both, if they are known and differ.
fn other_trigger<'a>(rule: &'a Object, event: &'a Json) -> Option<(&'a str, &'a str)> {
    let of_event = event.get("trigger")?.as_str()?;
    let trigger = rule.get("trigger")?;
    let names = ["ref", "type"].map(|name| trigger.get(name).and_then(Json::as_str));
    let of_rule = names.iter().flatten().next()?;
    let is_same = names.contains(&Some(of_event));
    (!is_same).then_some((of_rule, of_event))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_trigger_instance_is_an_event() {
        let event = json!({"trigger": "examples.t", "payload": {"name": "Ann"}});
        assert_eq!(payload(event), json!({"name": "Ann"}));
        assert_eq!(payload(json!({"payload": 1})), json!({"payload": 1}));
        assert_eq!(payload(json!([1])), json!([1]));
    }

    #[test]
    fn an_event_of_another_trigger_is_noticed() {
        let rule = json!({"trigger": {"type": "core.st2.webhook", "ref": "core.1"}});
        let rule = rule.as_object().unwrap();
        let of = |trigger: &str| json!({"trigger": trigger, "payload": {}});
        assert_eq!(other_trigger(rule, &of("core.1")), None);
        assert_eq!(
            other_trigger(rule, &of("core.2")),
            Some(("core.1", "core.2"))
        );
        assert_eq!(other_trigger(rule, &json!({"name": "Ann"})), None);
    }
}
