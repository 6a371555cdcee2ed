//! One attempt: what the action needs is gathered, a runner carries it out, the outcome is recorded.

use std::sync::Arc;
use std::time::Duration;

use squall_engine::execution::{self, Input};
use squall_engine::parameters::{self, Contexts, Failure, Schemas};
use squall_model::execution::{Definition, Execution, Status};
use squall_model::outcome::{Outcome, Verdict};
use squall_model::record::{Batch, OutputChunk, Record};
use squall_model::{Json, Object};
use squall_runners::Run;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::calls::ActionCalls;
use crate::changes::Change;
use crate::clock;
use crate::handle::{Handle, Result};
use crate::output::Recorder;
use crate::tasks;

/// How often what an action prints is written while it runs.
const WRITE_OUTPUT_EVERY: Duration = Duration::from_millis(50);

/// How long to wait before a store that did not answer is asked again.
pub(crate) const TRY_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Whether the same batch may be accepted later: the disk may have room again.
pub(crate) fn is_passing(error: &squall_store::Error) -> bool {
    matches!(
        error,
        squall_store::Error::Unwritten(_) | squall_store::Error::Unread(_)
    )
}

impl Handle {
    /// A new execution is on disk: tells readers, and starts it or lets it wait.
    pub(crate) fn recorded(&self, execution: Execution, permit: Option<OwnedSemaphorePermit>) {
        self.0.definitions.recorded(execution.definition);
        self.0.metrics.executions_requested.add_one();
        self.0
            .changes
            .tell(|| Change::Created(Arc::new(execution.clone())));
        if execution.status.is_final() {
            self.ended(&execution);
        } else if let Some(permit) = permit {
            let stop = self.0.attempts.begin(execution.id);
            self.start(execution, stop, permit);
        } else if execution.status == Status::Delayed {
            self.0.delayed.add(&execution);
        } else {
            self.0.schedule.wait(execution);
        }
    }

    /// Carries out an execution whose start is recorded.
    pub(crate) fn start(
        &self,
        execution: Execution,
        stop: CancellationToken,
        permit: OwnedSemaphorePermit,
    ) {
        let handle = self.clone();
        self.0.metrics.started(&execution);
        self.0
            .changes
            .tell(|| Change::Updated(Arc::new(execution.clone())));
        self.0.tasks.spawn("attempt", async move {
            let id = execution.id;
            handle.attempt(execution, stop).await;
            handle.0.attempts.end(id);
            drop(permit);
        });
    }

    async fn attempt(&self, execution: Execution, stop: CancellationToken) {
        let recorder = Arc::new(Recorder::new(self.clone(), &execution));
        let seconds = self.0.settings.action_token_ttl.as_secs();
        let token = self
            .0
            .action_tokens
            .issue(self.user_of(&execution), seconds, clock::now());
        let (text, hash) = token.unwrap_or_default();
        let (mut outcome, records) = if execution.runner == squall_runners::PLAYBOOK {
            self.run_playbooks(&execution, &stop, &recorder, text).await
        } else {
            let outcome = self.carry_out(&execution, &stop, &recorder, text).await;
            (outcome, Vec::new())
        };
        self.0.action_tokens.revoke(&hash);
        if outcome.verdict == Verdict::Cancelled && self.0.attempts.are_killed() {
            if execution.runner == squall_runners::PLAYBOOK {
                // It may be done again: the next start finds it running, and does.
                return;
            }
            outcome = stopped(outcome);
        }
        self.end(execution, outcome, (&recorder, records)).await;
    }

    async fn carry_out(
        &self,
        execution: &Execution,
        stop: &CancellationToken,
        recorder: &Arc<Recorder>,
        token: String,
    ) -> Outcome {
        let (runner_parameters, run) = match self.prepare(execution, stop, recorder, token).await {
            Ok(Ok(ready)) => ready,
            Ok(Err(refused)) => return refused,
            Err(error) => return Outcome::error(format!("cannot prepare the action: {error}")),
        };
        let Some(entry) = squall_runners::find(&execution.runner) else {
            return Outcome::error(format!(
                "the runner `{}` is not available in this version of Squall",
                execution.runner
            ));
        };
        written_out(entry.run(runner_parameters, run), recorder).await
    }

    /// Everything the runner is handed, or the outcome of an action that cannot be started.
    async fn prepare(
        &self,
        execution: &Execution,
        stop: &CancellationToken,
        recorder: &Arc<Recorder>,
        token: String,
    ) -> Result<std::result::Result<(Object, Run), Outcome>> {
        let Some(definition) = self.definition(execution.definition).await? else {
            return Ok(Err(Outcome::error(
                "the action's definition is not recorded",
            )));
        };
        let gathered = self.with_facts(|facts| match self.gather(execution, &definition, facts) {
            Err(Failure::Needs(needs)) => Err(needs),
            other => Ok(other),
        });
        let gathered = match gathered.await? {
            Ok(gathered) => gathered,
            Err(failure) => return Ok(Err(Outcome::error(failure.to_string()))),
        };
        let user = self.user_of(execution).to_owned();
        let pack = definition.action.reference.pack();
        let pack_dir = self
            .loaded()
            .content
            .packs
            .get(pack)
            .map(|pack| pack.path.clone());
        let run = Run {
            execution: execution.id,
            action: Arc::clone(&definition.action),
            pack_dir,
            parameters: gathered.action,
            config: gathered.config,
            environment: self.environment(execution, pack, token),
            output: Arc::clone(recorder) as Arc<dyn squall_runners::Output>,
            calls: Arc::new(ActionCalls::new(self.clone(), user.clone(), execution)),
            user,
            cancel: stop.clone(),
            host: Arc::clone(&self.0.host),
        };
        Ok(Ok((gathered.runner, run)))
    }

    fn gather(
        &self,
        execution: &Execution,
        definition: &Definition,
        facts: &squall_engine::facts::Facts<'_>,
    ) -> std::result::Result<Gathered, Failure> {
        let user = execution
            .context
            .get("user")
            .and_then(Json::as_str)
            .unwrap_or(facts.system_user);
        let config = self
            .loaded()
            .config(definition.action.reference.pack(), user, facts)?;
        let contexts = Contexts {
            action_context: &execution.context,
            config: &config,
            trigger: None,
        };
        let (runner, action) = parameters::for_run(
            Schemas::of(definition),
            &self.opened(execution).parameters,
            &contexts,
            facts,
        )?;
        Ok(Gathered {
            runner,
            action,
            config,
        })
    }

    /// What every action finds in its environment.
    pub(crate) fn environment(
        &self,
        execution: &Execution,
        pack: &str,
        token: String,
    ) -> Vec<(String, String)> {
        let state = execution.trace().state;
        let state = state.map(|state| ("TRACESTATE", state.as_str().to_owned()));
        [
            ("ST2_ACTION_PACK_NAME", pack.to_owned()),
            ("ST2_ACTION_EXECUTION_ID", execution.id.to_string()),
            ("ST2_ACTION_API_URL", self.0.settings.action_api_url.clone()),
            ("ST2_ACTION_AUTH_TOKEN", token),
            ("ST2_ACTION_DEBUG", "False".to_owned()),
            (
                "TRACEPARENT",
                self.0.spans.traceparent(execution).to_string(),
            ),
        ]
        .into_iter()
        .chain(state)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    /// Records the outcome, whatever it takes: somebody may have changed the execution meanwhile, or the store may be
    /// busy. A server that stops before it succeeds leaves a running execution, which the next start settles.
    ///
    /// What is to be recorded with it is, unless the execution has ended otherwise meanwhile or the store refuses it.
    async fn end(
        &self,
        mut execution: Execution,
        mut outcome: Outcome,
        (recorder, mut with_it): (&Recorder, Vec<Record>),
    ) {
        let mut output = recorder.take();
        loop {
            let mut ended = execution.clone();
            let mut records = tasks::aside(tasks::about_bytes(&outcome.result), || {
                let input = Input::Finished(outcome.clone());
                let commands = execution::step(&mut ended, clock::now(), input).unwrap_or_default();
                execution::records(&mut ended, &commands)
            });
            if records.is_empty() {
                return;
            }
            records.extend(output.iter().cloned().map(Record::Output));
            records.extend(with_it.iter().cloned());
            match self.0.store.commit(Batch { records }).await {
                Ok(()) => {
                    self.0.playbooks.limits.follow(&with_it);
                    self.0.playbooks.wake_outbox();
                    return self.tell_end(ended, output);
                }
                Err(squall_store::Error::Stale { .. }) => {}
                Err(error) => {
                    error!(execution = %execution.id, error = &error as &dyn std::error::Error, "cannot record an outcome");
                    if !is_passing(&error) {
                        outcome = Outcome::error(format!("the result cannot be recorded: {error}"));
                        output.clear();
                        with_it.clear();
                    }
                    tokio::time::sleep(TRY_AGAIN_AFTER).await;
                }
            }
            match self.0.store.execution(execution.id).await {
                Ok(Some(newer)) => execution = newer,
                Ok(None) => return,
                Err(_) if self.0.tasks.stopping().is_cancelled() => return,
                Err(_) => {}
            }
        }
    }

    fn tell_end(&self, ended: Execution, output: Vec<OutputChunk>) {
        self.0.metrics.attempted(&ended);
        self.0.spans.ended(&ended);
        for chunk in output {
            self.0.changes.tell(|| Change::Output(Arc::new(chunk)));
        }
        self.0.changes.tell(|| Change::Updated(Arc::new(ended)));
    }

    /// An execution came to its end without an attempt of this node.
    pub(crate) fn ended(&self, execution: &Execution) {
        self.0.metrics.ended(execution.status);
        self.0.spans.ended(execution);
    }

    pub(crate) fn user_of<'a>(&'a self, execution: &'a Execution) -> &'a str {
        execution
            .context
            .get("user")
            .and_then(Json::as_str)
            .unwrap_or(&self.0.settings.system_user)
    }
}

/// Runs something, and meanwhile writes what it prints.
pub(crate) async fn written_out<T>(running: impl Future<Output = T>, recorder: &Recorder) -> T {
    let mut running = std::pin::pin!(running);
    let mut write = tokio::time::interval(WRITE_OUTPUT_EVERY);
    loop {
        tokio::select! {
            biased;
            outcome = &mut running => return outcome,
            _ = write.tick() => recorder.write_out().await,
        }
    }
}

struct Gathered {
    runner: Object,
    action: Object,
    config: Object,
}

/// A server that stops kills what runs; that is not the action's fault, and the record says so.
fn stopped(outcome: Outcome) -> Outcome {
    let mut result = outcome.result;
    if let Some(result) = result.as_object_mut() {
        result.insert(
            "error".to_owned(),
            Json::from("the server stopped before the action ended"),
        );
    }
    Outcome {
        verdict: Verdict::Abandoned,
        result,
    }
}
