//! Whether an action takes an event, and for a call by hand the object that it is to be done to.

use std::sync::Arc;

use squall_model::playbook::classes::EventClass;
use squall_model::{Json, Object};

use super::{ByHand, Case, Event};
use crate::catalogue::{parameters, told_by_hand};
use crate::failure::{Code, Failure};

impl Case<'_> {
    /// Lets in an action that takes events of `class`.
    pub(crate) async fn enter(&mut self, action: &str, class: EventClass) -> Result<(), Failure> {
        let Event::Manual { params } = &self.event else {
            return self.demand(action, class);
        };
        let params = params.clone();
        let object = self.called_on(action, class, &params).await?;
        self.by_hand = Some(ByHand { class, object });
        self.objects.clear();
        Ok(())
    }

    fn demand(&self, action: &str, class: EventClass) -> Result<(), Failure> {
        let own = self.event.class().unwrap_or(EventClass::ExecutionBase);
        if own.is(class) {
            return Ok(());
        }
        let text = format!("Action {action} requires {class}, not {own}");
        Err(Failure::new(Code::EventMismatch, text))
    }

    async fn called_on(
        &mut self,
        action: &str,
        class: EventClass,
        params: &Object,
    ) -> Result<Option<Arc<Json>>, Failure> {
        let Some(declared) = told_by_hand(class) else {
            let text = format!("Action {action} cannot run using external event");
            return Err(Failure::new(Code::NotExternal, text));
        };
        let read = parameters::read(&attributes(class), &declared, params).map_err(|wrong| {
            let text = format!("Failed to create execution instance for {action}: {wrong}");
            Failure::new(Code::EventParams, text)
        })?;
        let said = |name: &str| read.get(name).and_then(Json::as_str).unwrap_or_default();
        let kind = match class {
            EventClass::Resource(kind) => kind.name,
            EventClass::KubernetesResource => said("kind"),
            _ => return Ok(None),
        };
        let found = self.read(kind, said("namespace"), said("name")).await;
        found.map(Some).ok_or_else(|| {
            let given = Json::Object(params.clone());
            let text = format!("Failed to create execution event for {action} {given}");
            Failure::new(Code::NoEvent, text)
        })
    }
}

/// Robusta's name for what a call by hand must tell.
pub(crate) fn attributes(class: EventClass) -> String {
    match class {
        EventClass::Resource(kind) => format!("{}Attributes", kind.name),
        EventClass::KubernetesResource => "ResourceAttributes".to_owned(),
        _ => "ExecutionEventBaseParams".to_owned(),
    }
}
