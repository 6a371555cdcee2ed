//! People and programs ask for executions, and ask them to stop.

use std::sync::Arc;

use serde_json::json;
use squall_engine::execution::{self, Ask, Input, Request};
use squall_engine::facts::{Facts, Needs};
use squall_engine::parameters::{self, Contexts, Failure, Schemas};
use squall_model::execution::{Definition, Digest, Execution};
use squall_model::record::{Batch, Record};
use squall_model::trace::TraceContext;
use squall_model::{Id, Json, Object};

use crate::clock;
use crate::handle::{Error, Handle, Result};
use crate::registry::Loaded;

/// One action that somebody wants done.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The action, by reference or id.
    pub action: String,
    /// What it is given; templates are rendered.
    pub parameters: Object,
    /// What it is given besides, if it is done again: rendered then, it is plain data now.
    pub carried: Object,
    /// The user who asks; only ever who has signed in.
    pub user: String,
    /// More context: `parent`, what the `st2-context` header says. Whose keys `st2kv.user` means is never taken from it.
    pub context: Object,
    /// Whom to tell when it ends.
    pub notify: Object,
    /// The trace it joins; that of its parent, or a new one, if there is none.
    pub trace: TraceContext,
    /// How many milliseconds it is to wait before it begins.
    pub delay_millis: u64,
    /// What its templates see as `trigger`, if it answers an event.
    pub trigger: Option<Json>,
    /// Whether an execution that is carried out waits for it: it takes that one's room, so that the two never wait for each
    /// other.
    pub is_awaited: bool,
}

/// Parameters made ready, or what is wrong with them.
type Ready = std::result::Result<Object, Failure>;

impl Handle {
    /// Records a new execution and starts it as soon as there is room.
    ///
    /// Parameters that cannot be rendered leave a failed execution behind *and* are refused, as in StackStorm.
    pub async fn request(&self, wanted: Wanted) -> Result<Execution> {
        if self.0.tasks.stopping().is_cancelled() {
            return Err(Error::Stopping);
        }
        let is_full = self.0.schedule.waiting() >= self.0.settings.waiting_executions;
        if is_full && !wanted.is_awaited {
            return Err(Error::Overloaded("executions"));
        }
        if wanted.delay_millis > 0 && self.0.delayed.count() >= self.0.settings.waiting_executions {
            return Err(Error::Overloaded("delayed executions"));
        }
        let loaded = self.loaded();
        let (digest, definition) = startable(&loaded, &wanted.action)?;
        let now = clock::now();
        let mut ids = self.0.seeds.ids(now);
        let context = self.context(&wanted, &definition).await?;
        let ready = self.with_facts(|facts| {
            match ready(&loaded, (&definition, &context), &wanted, facts) {
                Err(Failure::Needs(needs)) => Err::<Ready, Needs>(needs),
                other => Ok(other),
            }
        });
        let (given, failure) = match ready.await? {
            Ok(given) => (given, None),
            Err(failure @ Failure::Parameter(_)) => {
                let mut given = wanted.carried.clone();
                given.extend(wanted.parameters.clone());
                (given, Some(failure.to_string()))
            }
            Err(failure) => return Err(Error::Invalid(failure.to_string())),
        };
        let given = self.sealed(given, &definition)?;
        let mut request = Request::of(&definition, digest, given, context);
        request.notify = wanted.notify;
        request.delay_millis = wanted.delay_millis;
        let mut execution = execution::new(request, &mut ids, now);
        let mut records: Vec<Record> = self
            .0
            .definitions
            .record(digest, &definition)
            .into_iter()
            .collect();
        match failure {
            None => {
                let (commands, permit) = match wanted.is_awaited {
                    true => self.enter_at_once(&mut execution),
                    false => self.enter(&mut execution),
                };
                if permit.is_some() {
                    drop(self.0.attempts.begin(execution.id));
                }
                records.extend(execution::records(&mut execution, &commands));
                if let Err(error) = self.0.store.commit(Batch { records }).await {
                    self.0.attempts.end(execution.id);
                    return Err(error.into());
                }
                self.recorded(execution.clone(), permit);
                Ok(execution)
            }
            Some(failure) => {
                let mut commands =
                    execution::step(&mut execution, now, Input::Requested).unwrap_or_default();
                let reason = Input::Refused(json!({"error": failure, "traceback": ""}));
                commands.extend(execution::step(&mut execution, now, reason).unwrap_or_default());
                records.extend(execution::records(&mut execution, &commands));
                self.0.store.commit(Batch { records }).await?;
                self.recorded(execution, None);
                Err(Error::Invalid(failure))
            }
        }
    }

    /// What is known about a request from its beginning.
    async fn context(&self, wanted: &Wanted, definition: &Definition) -> Result<Object> {
        let mut context = wanted.context.clone();
        context.shift_remove("api_user");
        context.insert("user".to_owned(), Json::from(wanted.user.clone()));
        context.insert(
            "pack".to_owned(),
            Json::from(definition.action.reference.pack()),
        );
        let trace = self.joined_trace(wanted).await?;
        if trace != TraceContext::default() {
            context.insert("trace_context".to_owned(), json!(trace));
        }
        Ok(context)
    }

    /// The trace that an execution joins, or the tag of the one it begins.
    async fn joined_trace(&self, wanted: &Wanted) -> Result<TraceContext> {
        if let Some(id) = wanted.trace.id {
            let known = self.0.store.trace(id).await?;
            let missing = || Error::Invalid(format!("Unable to find Trace with id=\"{id}\""));
            return Ok(TraceContext {
                parent: wanted.trace.parent,
                state: wanted.trace.state.clone(),
                ..known.ok_or_else(missing)?.context()
            });
        }
        let parent = wanted.context.get("parent");
        let parent = parent.and_then(|parent| parent.get("execution_id")?.as_str());
        let Some(parent) = parent.filter(|_| wanted.trace.tag.is_none()) else {
            return Ok(wanted.trace.clone());
        };
        let found = match parent.parse() {
            Ok(id) => self.0.store.execution(id).await?,
            Err(_) => None,
        };
        let missing = || Error::Invalid(format!("No trace found for execution {parent}"));
        Ok(found.ok_or_else(missing)?.trace())
    }

    /// Asks an execution to stop: what runs is killed with everything it started, what waits never starts.
    pub async fn cancel(&self, id: Id, by: &str) -> Result<Execution> {
        loop {
            let found = self.0.store.execution(id).await?;
            let mut execution = found
                .ok_or_else(|| Error::NotFound(format!("Execution with id {id} not found.")))?;
            let ask = Input::Asked(Ask::Cancel { by: by.to_owned() });
            let commands = execution::step(&mut execution, clock::now(), ask)
                .map_err(|refusal| Error::Invalid(refusal.to_string()))?;
            if commands.is_empty() {
                return Ok(execution);
            }
            let records = execution::records(&mut execution, &commands);
            match self.0.store.commit(Batch { records }).await {
                Ok(()) => {
                    self.0.attempts.stop(id);
                    self.0.delayed.remove(&execution);
                    if execution.status.is_final() {
                        self.ended(&execution);
                    }
                    let changed = Arc::new(execution.clone());
                    self.0
                        .changes
                        .tell(|| crate::changes::Change::Updated(changed));
                    return Ok(execution);
                }
                // Somebody else changed it first; what they did may make the cancel pointless or impossible.
                Err(squall_store::Error::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The action's definition, if it may run.
pub(crate) fn startable(loaded: &Loaded, action: &str) -> Result<(Digest, Arc<Definition>)> {
    let missing = || Error::Invalid(format!("Action \"{action}\" cannot be found."));
    let found = loaded.content.action(action).ok_or_else(missing)?;
    let (digest, definition) = loaded.definition_of_action(found).ok_or_else(missing)?;
    if !definition.action.enabled {
        return Err(Error::Invalid(format!(
            "Unable to execute. Action \"{}\" is disabled.",
            definition.action.reference
        )));
    }
    if !definition.runner.enabled {
        return Err(Error::Invalid(format!(
            "Unable to execute. Runner \"{}\" is disabled.",
            definition.runner.name
        )));
    }
    Ok((digest, definition))
}

fn ready(
    loaded: &Loaded,
    (definition, context): (&Definition, &Object),
    wanted: &Wanted,
    facts: &Facts<'_>,
) -> Ready {
    let user = context
        .get("user")
        .and_then(Json::as_str)
        .unwrap_or(facts.system_user);
    let config = match loaded.config(definition.action.reference.pack(), user, facts) {
        Err(Failure::Needs(needs)) => return Err(Failure::Needs(needs)),
        other => other.unwrap_or_default(),
    };
    let contexts = Contexts {
        action_context: context,
        config: &config,
        trigger: wanted.trigger.as_ref(),
    };
    let given = (&wanted.carried, &wanted.parameters);
    let live = parameters::live_again(Schemas::of(definition), given, &contexts, facts)?;
    parameters::checked(Schemas::of(definition), live)
}
