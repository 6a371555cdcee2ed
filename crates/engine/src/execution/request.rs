//! What it takes to make an execution.

use serde_json::json;
use squall_model::action::Action;
use squall_model::execution::{Definition, Digest, Execution, Status};
use squall_model::id::Ids;
use squall_model::{Id, Json, Object, Reference, Timestamp};

/// Asks for one doing of an action. Parameters are rendered and cast already.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The action.
    pub action: &'a Action,
    /// The name of its runner.
    pub runner: &'a str,
    /// Names the definition in force.
    pub definition: Digest,
    /// What it is given.
    pub parameters: Object,
    /// StackStorm's context: `user`, `trace_context`, and what the caller adds.
    pub context: Object,
    /// Whom to tell when it ends; the action's own wish if empty.
    pub notify: Object,
    /// Where it comes from, if a rule asked.
    pub origin: Option<Origin>,
    /// How many milliseconds it is to wait before it begins.
    pub delay_millis: u64,
}

/// The event and the rule that started an execution.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The event.
    pub event: Id,
    /// The rule.
    pub rule: Reference,
}

/// A new execution: nothing has happened to it yet, and nothing is recorded. [`super::step`] it with `Requested`.
///
/// Unless its context says which trace it is part of, it begins one, which has the id of the execution.
pub fn new(request: Request<'_>, ids: &mut Ids, now: Timestamp) -> Execution {
    let parent = request
        .context
        .get("parent")
        .and_then(|parent| parent.get("execution_id"))
        .and_then(Json::as_str);
    let parent = parent.and_then(|parent| parent.parse().ok());
    let notify = if request.notify.is_empty() {
        request.action.notify.clone()
    } else {
        request.notify
    };
    let (event, rule) = request.origin.map_or((None, None), |origin| {
        (Some(origin.event), Some(origin.rule))
    });
    let mut execution = Execution {
        id: ids.next_id(),
        liveaction: ids.next_id(),
        version: 0,
        status: Status::Requested,
        action: request.action.reference.clone(),
        runner: request.runner.to_owned(),
        definition: request.definition,
        parameters: request.parameters,
        context: request.context,
        parent,
        children: Vec::new(),
        event,
        rule,
        notify,
        requested_at: now,
        delay_millis: request.delay_millis,
        ended_at: None,
        attempt: None,
        log: Vec::new(),
        result_size: 0,
    };
    begin_trace(&mut execution);
    execution
}

fn begin_trace(execution: &mut Execution) {
    let mut trace = execution.trace();
    if trace.id.is_none() {
        let id = execution.id;
        trace.id = Some(id);
        trace.tag.get_or_insert_with(|| format!("execution-{id}"));
        let context = &mut execution.context;
        context.insert("trace_context".to_owned(), json!(trace));
    }
}

impl<'a> Request<'a> {
    /// A request for the action of `definition`, with nothing but its parameters and a context.
    pub fn of(
        definition: &'a Definition,
        digest: Digest,
        parameters: Object,
        context: Object,
    ) -> Self {
        Self {
            action: &definition.action,
            runner: &definition.runner.name,
            definition: digest,
            parameters,
            context,
            notify: Object::new(),
            origin: None,
            delay_millis: 0,
        }
    }
}
