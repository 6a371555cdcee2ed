//! How far the actions of an event have come.

use std::collections::BTreeSet;

use serde_json::json;
use squall_actions::case::Case;
use squall_actions::{Entry, Failure};
use squall_model::{Json, Reference};
use squall_runners::python::{End, Performed as Heard, Results, Share, Step as PythonStep};

use tokio::time::Instant;

use super::{ActionDone, Fired, FiredAction, World};

/// The actions of all playbooks, one after the other, and what has come of them.
pub(super) struct Progress<'a> {
    fired: &'a [Fired],
    steps: Vec<Step<'a>>,
    /// The place of the next step.
    next: usize,
    /// The places of the steps that the child at work was given, in order.
    given: Vec<usize>,
    /// How many of those have been told to have run.
    heard: usize,
    /// Every action that has run.
    pub(super) done: Vec<ActionDone>,
    /// What the last of them says.
    pub(super) response: Json,
}

/// One action of one playbook.
struct Step<'a> {
    /// The place of its playbook among those that fired.
    playbook: usize,
    action: &'a FiredAction,
    is_last: bool,
    how: How,
}

/// How an action is carried out.
enum How {
    Native(&'static Entry),
    Python,
    /// An action of a pack.
    OfAPack(Reference),
    Unknown,
}

impl<'a> Progress<'a> {
    /// Nothing has run. `python` are the actions written in Python.
    pub(super) fn new(fired: &'a [Fired], python: &BTreeSet<String>) -> Self {
        let mut steps = Vec::new();
        for (playbook, one) in fired.iter().enumerate() {
            let last = one.actions.len().saturating_sub(1);
            steps.extend(one.actions.iter().enumerate().map(|(place, action)| Step {
                playbook,
                action,
                is_last: place == last,
                how: how(&action.name, python),
            }));
        }
        Self {
            fired,
            steps,
            next: 0,
            given: Vec::new(),
            heard: 0,
            done: Vec::new(),
            response: json!({"success": true}),
        }
    }

    /// Runs what needs no Python, up to the next action that does.
    pub(super) async fn run_here(&mut self, case: &mut Case<'_>, world: &dyn World) {
        while !case.stopped
            && let Some(step) = self.steps.get(self.next)
            && !matches!(step.how, How::Python)
        {
            let Some(playbook) = self.fired.get(step.playbook) else {
                return;
            };
            case.begin(playbook.sinks.clone(), playbook.filtered.clone());
            let begun = Instant::now();
            let outcome = match &step.how {
                How::Native(entry) => entry.run(&step.action.parameters, case).await.map_err(told),
                How::OfAPack(reference) => {
                    let ran = world.run_action(reference.as_str(), &step.action.parameters);
                    ran.await.map(drop).map_err(|message| (UNEXPECTED, message))
                }
                How::Python | How::Unknown => {
                    let name = &step.action.name;
                    Err((NOT_REGISTERED, format!("action {name} not found")))
                }
            };
            self.note(self.next, outcome, begun.elapsed().as_secs_f64());
            case.stopped |= self.ends_it(self.next);
            self.next = self.next.saturating_add(1);
        }
    }

    /// Whether there is an action left. It is one written in Python, where [`Progress::run_here`] has run before.
    pub(super) fn wants_python(&self, case: &Case<'_>) -> bool {
        !case.stopped && self.next < self.steps.len()
    }

    /// From now on another child is at work.
    pub(super) fn new_child(&mut self) {
        self.given.clear();
        self.heard = 0;
    }

    /// The next actions written in Python, up to one that is not, by playbook.
    pub(super) fn share(&mut self) -> Vec<Share> {
        let mut shares: Vec<Share> = Vec::new();
        let mut of = None;
        while let Some(step) = self.steps.get(self.next)
            && matches!(step.how, How::Python)
        {
            let Some(playbook) = self.fired.get(step.playbook) else {
                break;
            };
            if of != Some(step.playbook) {
                of = Some(step.playbook);
                shares.push(Share {
                    sinks: playbook.sinks.clone(),
                    change_filters: playbook.change_filters.clone(),
                    ..Share::default()
                });
            }
            if let Some(share) = shares.last_mut() {
                share.actions.push(PythonStep {
                    name: step.action.name.clone(),
                    params: step.action.parameters.clone(),
                });
                share.stop = playbook.stop && step.is_last;
            }
            self.given.push(self.next);
            self.next = self.next.saturating_add(1);
        }
        shares
    }

    /// Whether something follows what the child was given.
    pub(super) fn has_more(&self) -> bool {
        self.next < self.steps.len()
    }

    /// Takes over what a child tells of its actions so far.
    pub(super) fn told(&mut self, results: Json, case: &mut Case<'_>) {
        match serde_json::from_value::<Results>(results) {
            Ok(results) => self.take(results, case),
            Err(error) => {
                tracing::warn!(%error, "a child tells of its actions what makes no sense");
            }
        }
    }

    /// Takes over what has become of a child.
    pub(super) fn heard(&mut self, heard: Heard, case: &mut Case<'_>) {
        if let Some(results) = heard.results {
            self.take(results, case);
        }
        let why = match heard.end {
            End::Done | End::Cancelled => return,
            End::TimedOut => "it took too long".to_owned(),
            End::Died(why) | End::Lost(why) | End::NotStarted(why) => why,
        };
        // The next one after those that were told to have run is the one that did it.
        let Some(place) = self.given.get(self.heard).copied() else {
            return;
        };
        self.note(place, Err((UNEXPECTED, why)), 0.0);
        case.stopped |= self.ends_it(place);
        self.next = place.saturating_add(1);
    }

    fn take(&mut self, results: Results, case: &mut Case<'_>) {
        match serde_json::from_value(Json::Object(results.findings)) {
            Ok(findings) => case.findings = findings,
            Err(error) => tracing::warn!(%error, "a child found what makes no sense"),
        }
        case.stopped |= results.stopped;
        for ran in results.actions.into_iter().skip(self.heard) {
            let place = self.given.get(self.heard).copied().unwrap_or_default();
            self.heard = self.heard.saturating_add(1);
            self.done.push(ActionDone {
                playbook: self.number(place),
                name: ran.name,
                success: ran.success,
                error_code: ran.error_code,
                message: ran.message,
                seconds: ran.seconds,
            });
        }
        if !results.response.is_null() {
            self.response = results.response;
        }
    }

    fn note(&mut self, place: usize, outcome: Result<(), (i64, String)>, seconds: f64) {
        let Some(step) = self.steps.get(place) else {
            return;
        };
        let (error_code, message) = outcome.err().unzip();
        self.response = match &error_code {
            Some(code) => json!({"success": false, "msg": message, "error_code": code}),
            None => json!({"success": true}),
        };
        self.done.push(ActionDone {
            playbook: self.number(place),
            name: step.action.name.clone(),
            success: error_code.is_none(),
            error_code,
            message,
            seconds,
        });
    }

    /// Whether nothing follows the playbook that this step was the last of.
    fn ends_it(&self, place: usize) -> bool {
        let step = self.steps.get(place).filter(|step| step.is_last);
        let playbook = step.and_then(|step| self.fired.get(step.playbook));
        playbook.is_some_and(|playbook| playbook.stop)
    }

    fn number(&self, place: usize) -> usize {
        let playbook = self.steps.get(place).map(|step| step.playbook);
        let playbook = playbook.and_then(|playbook| self.fired.get(playbook));
        playbook.map_or(0, |playbook| playbook.number)
    }
}

/// Robusta's number for an action that is not there.
const NOT_REGISTERED: i64 = 4600;

/// Robusta's number for what nobody foresaw.
const UNEXPECTED: i64 = 4700;

fn told(failure: Failure) -> (i64, String) {
    (i64::from(failure.code.number()), failure.message)
}

fn how(name: &str, python: &BTreeSet<String>) -> How {
    if python.contains(name) {
        return How::Python;
    }
    if let Some(entry) = squall_actions::find(name) {
        return How::Native(entry);
    }
    name.parse().map_or(How::Unknown, How::OfAPack)
}
