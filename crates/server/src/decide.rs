//! Each durable event is decided once, in one transaction.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::json;
use squall_engine::execution::{self, Input, Origin, Request};
use squall_engine::facts::{Facts, Needs};
use squall_engine::parameters::{self, Contexts, Failure};
use squall_engine::playbook::{self, Mark};
use squall_engine::rule::Verdict;
use squall_model::decision::Decision;
use squall_model::event::{Event, EventStatus};
use squall_model::execution::{Definition, Digest, Execution};
use squall_model::id::Ids;
use squall_model::record::{Batch, Record};
use squall_model::rule::Rule;
use squall_model::{Json, Object, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tracing::{error, warn};

use crate::attempt::{TRY_AGAIN_AFTER, is_passing};
use crate::clock;
use crate::handle::{Error, Handle, Result};
use crate::metrics::between;
use crate::playbooks::{self, Heard};
use crate::registry::Loaded;

/// How many events are decided at a time: enough to share commits, few enough to keep their order nearly.
pub(crate) const AT_A_TIME: usize = 256;

/// What rules and playbooks say about an event, before it is recorded.
#[derive(Default)]
pub(crate) struct Decided {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) requested: Vec<Requested>,
    /// What triggers of playbooks remember to have fired for.
    pub(crate) marks: Vec<Mark>,
}

/// Which rules were asked, and when.
#[derive(Clone, Copy)]
struct Asked {
    /// Their hash.
    rules: u64,
    at: Timestamp,
}

/// An execution that a rule or a playbook asks for.
pub(crate) struct Requested {
    pub(crate) execution: Execution,
    pub(crate) definition: Arc<Definition>,
    /// What is wrong with it, if it cannot be started.
    pub(crate) refused: Option<Json>,
}

/// Decides events until the senders are gone or the server stops.
pub(crate) async fn run(handle: Handle, mut undecided: mpsc::Receiver<Event>) {
    let stopping = handle.0.tasks.stopping().clone();
    let mut under_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            Some(()) = under_way.next(), if !under_way.is_empty() => {}
            event = undecided.recv(), if under_way.len() < AT_A_TIME => match event {
                Some(event) => under_way.push(handle.decide_until_recorded(event)),
                None => break,
            },
        }
    }
    // What is under way is brought to its commit; what is still queued is durable and decided at the next start.
    while under_way.next().await.is_some() {}
}

impl Handle {
    /// Decides one event and starts what the rules ask for. Tries again while the store does not answer: the event is
    /// durable, so its decision may be late but not lost. What can never be recorded is marked and left.
    pub(crate) async fn decide_until_recorded(&self, event: Event) {
        let mut decided = self.decide(&event).await;
        let mut is_given_up = false;
        while let Err(error) = decided {
            if matches!(error, Error::Store(squall_store::Error::Stale { .. })) {
                self.0.undecided_since.end(event.id);
                return;
            }
            error!(event = %event.id, error = &error as &dyn std::error::Error, "cannot record a decision");
            let passing = matches!(&error, Error::Store(error) if is_passing(error));
            if passing {
                tokio::select! {
                    () = self.0.tasks.stopping().cancelled() => return,
                    () = tokio::time::sleep(TRY_AGAIN_AFTER) => {}
                }
                decided = self.decide(&event).await;
            } else if is_given_up {
                // Not even that it failed can be recorded: the record is damaged, and stays as it is.
                self.0.undecided_since.end(event.id);
                return;
            } else {
                is_given_up = true;
                let asked = Asked {
                    rules: 0,
                    at: clock::now(),
                };
                decided = self.record(&event, None, asked).await;
            }
        }
    }

    async fn decide(&self, event: &Event) -> Result<()> {
        let loaded = self.loaded();
        let asked = Asked {
            rules: loaded.rules.hash(),
            at: clock::now(),
        };
        let heard = Heard::of(event, &self.playbooks().set, &loaded.content);
        let decided = self.with_facts(|facts| {
            let mut ids = self.0.seeds.ids(facts.now);
            let ask = AssertUnwindSafe(|| {
                let fired = heard.as_ref();
                let fired = fired.map(|heard| self.ask_triggers_of_rules(&loaded.rules, heard));
                ask_rules(&loaded, (event, fired), facts, &mut ids)
            });
            std::panic::catch_unwind(ask).unwrap_or_else(|_| {
                error!(event = %event.id, "a bug: the rules broke on this event; it is marked and left");
                Ok(None)
            })
        });
        let decided = match decided.await {
            Ok(Some(mut decided)) => {
                // Nobody else has decided anything since the triggers were asked.
                if let Some(heard) = &heard {
                    decided = self.ask_playbooks(&loaded, (event, heard), decided);
                    self.mark_decided(&decided);
                }
                Some(decided)
            }
            Ok(None) => None,
            Err(Error::Invalid(reason)) => {
                warn!(event = %event.id, reason, "the rules could not be asked");
                None
            }
            Err(error) => return Err(error),
        };
        self.record(event, decided, asked).await
    }

    /// Writes the verdicts and the requested executions with the mark on the event, then starts what has room.
    async fn record(&self, event: &Event, decided: Option<Decided>, asked: Asked) -> Result<()> {
        let status = if decided.is_some() {
            EventStatus::Processed
        } else {
            EventStatus::ProcessingFailed
        };
        let mut records = vec![Record::Decided {
            event: event.id,
            status,
            rules: asked.rules,
        }];
        let decided = decided.unwrap_or_default();
        let (matched, failed) = (
            decided.requested.len(),
            decided
                .decisions
                .len()
                .saturating_sub(decided.requested.len()),
        );
        records.extend(decided.decisions.into_iter().map(Record::Decision));
        records.extend(decided.marks.iter().map(playbooks::mark_record));
        let mut entered = Vec::with_capacity(decided.requested.len());
        for requested in decided.requested {
            entered.push(self.enter_requested(requested, &mut records)?);
        }
        let committed = self.0.store.commit(Batch { records }).await;
        if committed.is_err() {
            self.0.playbooks.limits.release(&decided.marks);
        }
        if committed.is_ok() {
            self.0.undecided_since.end(event.id);
            self.0.metrics.events_decided.add_one();
            let lag = between(event.occurred_at, clock::now());
            self.0.metrics.decision_lag.observe(lag);
            self.0.spans.decided(event, asked.at, matched);
            self.0
                .metrics
                .rules_matched
                .add(u64::try_from(matched).unwrap_or(0));
            self.0
                .metrics
                .rules_failed
                .add(u64::try_from(failed).unwrap_or(0));
        }
        for (execution, permit) in entered {
            match &committed {
                Ok(()) => self.recorded(execution, permit),
                Err(_) => self.0.attempts.end(execution.id),
            }
        }
        committed.map_err(Error::from)
    }

    fn enter_requested(
        &self,
        requested: Requested,
        records: &mut Vec<Record>,
    ) -> Result<(Execution, Option<OwnedSemaphorePermit>)> {
        let Requested {
            mut execution,
            definition,
            refused,
        } = requested;
        let given = std::mem::take(&mut execution.parameters);
        execution.parameters = self.sealed(given, &definition)?;
        records.extend(self.0.definitions.record(execution.definition, &definition));
        let (commands, permit) = match refused {
            None => self.enter(&mut execution),
            Some(reason) => {
                let now = execution.requested_at;
                let mut commands =
                    execution::step(&mut execution, now, Input::Requested).unwrap_or_default();
                commands.extend(
                    execution::step(&mut execution, now, Input::Refused(reason))
                        .unwrap_or_default(),
                );
                (commands, None)
            }
        };
        if permit.is_some() {
            drop(self.0.attempts.begin(execution.id));
        }
        records.extend(execution::records(&mut execution, &commands));
        Ok((execution, permit))
    }
}

/// Asks the rules, and prepares what they want. `None` stands for an event that broke the rules.
fn ask_rules(
    loaded: &Loaded,
    (event, fired): (&Event, Option<playbook::Verdict>),
    facts: &Facts<'_>,
    ids: &mut Ids,
) -> std::result::Result<Option<Decided>, Needs> {
    let mut verdicts = loaded.rules.decide(event, facts)?;
    let mut decided = Decided {
        decisions: Vec::with_capacity(verdicts.len()),
        ..Decided::default()
    };
    if let Some(fired) = fired {
        let answers = loaded.rules.decide_fired(event, fired, facts)?;
        verdicts.extend(answers.verdicts);
        decided.marks = answers.marks;
    }
    for verdict in verdicts {
        enforce(loaded, event, verdict, facts, ids, &mut decided)?;
    }
    Ok(Some(decided))
}

fn enforce(
    loaded: &Loaded,
    event: &Event,
    verdict: Verdict,
    facts: &Facts<'_>,
    ids: &mut Ids,
    decided: &mut Decided,
) -> std::result::Result<(), Needs> {
    let rule = verdict.rule;
    let mut decision = Decision {
        id: ids.next_id(),
        event: event.id,
        rule: rule.id,
        rule_ref: rule.reference.clone(),
        execution: None,
        failure: verdict.failure,
        decided_at: facts.now,
    };
    if decision.failure.is_none() {
        match loaded.definition_of_rule(&rule) {
            Some((digest, definition)) => {
                let requested = request(loaded, event, &rule, (digest, definition), facts, ids)?;
                match requested {
                    Ok(requested) => {
                        decision.execution = Some(requested.execution.id);
                        decision.failure = requested.refused.as_ref().and_then(error_text);
                        decided.requested.push(requested);
                    }
                    Err(reason) => decision.failure = Some(reason),
                }
            }
            None => {
                decision.failure = Some(format!(
                    "Action \"{}\" doesn't exist",
                    rule.action.reference
                ));
            }
        }
    }
    decided.decisions.push(decision);
    Ok(())
}

/// Renders, casts and checks the parameters a rule gives. An execution that cannot be rendered is recorded as failed; one
/// that does not fit the schema is not made, as in StackStorm.
fn request(
    loaded: &Loaded,
    event: &Event,
    rule: &Rule,
    (digest, definition): (Digest, Arc<Definition>),
    facts: &Facts<'_>,
    ids: &mut Ids,
) -> std::result::Result<std::result::Result<Requested, String>, Needs> {
    let context = context(event, rule, &definition, facts);
    let config = match loaded.config(rule.action.reference.pack(), facts.system_user, facts) {
        Ok(config) => config,
        Err(Failure::Needs(needs)) => return Err(needs),
        Err(_) => Object::new(),
    };
    let contexts = Contexts {
        action_context: &context,
        config: &config,
        trigger: Some(&event.payload),
    };
    let rendered = parameters::live(
        parameters::Schemas::of(&definition),
        &rule.action.parameters,
        &contexts,
        facts,
    );
    let (given, refused) = match rendered {
        Ok(given) => match parameters::checked(parameters::Schemas::of(&definition), given) {
            Ok(given) => (given, None),
            Err(reason) => return Ok(Err(reason.to_string())),
        },
        Err(Failure::Needs(needs)) => return Err(needs),
        Err(failure @ Failure::Parameter(_)) => (
            rule.action.parameters.clone(),
            Some(json!({"error": failure.to_string(), "traceback": ""})),
        ),
        Err(failure) => return Ok(Err(failure.to_string())),
    };
    let mut request = Request::of(&definition, digest, given, context);
    request.origin = Some(Origin {
        event: event.id,
        rule: rule.reference.clone(),
    });
    let execution = execution::new(request, ids, facts.now);
    Ok(Ok(Requested {
        execution,
        definition,
        refused,
    }))
}

fn context(event: &Event, rule: &Rule, definition: &Definition, facts: &Facts<'_>) -> Object {
    let context = json!({
        "trigger_instance": {"id": event.id, "name": null},
        "rule": {"id": rule.id, "name": rule.reference.name()},
        "user": facts.system_user,
        "pack": definition.action.reference.pack(),
        "trace_context": event.trace,
    });
    match context {
        Json::Object(context) => context,
        _ => Object::new(),
    }
}

fn error_text(reason: &Json) -> Option<String> {
    reason
        .get("error")
        .and_then(Json::as_str)
        .map(str::to_owned)
}
