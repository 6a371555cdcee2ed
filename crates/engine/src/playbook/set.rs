//! All playbooks, made ready for events.

use std::cell::OnceCell;
use std::sync::Arc;

use squall_model::change::Change;
use squall_model::playbook::{Playbook, PlaybookTrigger, Playbooks};
use squall_model::problem::{Problem, Severity};
use squall_model::{Reference, Timestamp};

use super::alert::Alert;
use super::compile::Compiler;
use super::difference::{Difference, Filter};
use super::explain::{Answer, Why};
use super::helm::{Release, Releases};
use super::identity::playbook_id;
use super::index::{Index, Place};
use super::limits::{Mark, RateLimits};
use super::schedule::Schedule;
use super::services::Services;
use super::subject::Subject;
use super::trigger::{Changes, Trigger, Watched};

/// The playbooks of a file, made ready.
#[derive(Debug, Default)]
pub struct PlaybookSet {
    playbooks: Vec<Ready>,
    filters: Vec<Filter>,
    index: Index,
    warnings: Vec<Problem>,
}

/// What a set needs of a playbook.
struct Written {
    id: String,
    stop: bool,
    triggers: Vec<PlaybookTrigger>,
}

/// A playbook made ready.
#[derive(Debug)]
struct Ready {
    id: String,
    stop: bool,
    triggers: Vec<Trigger>,
    /// The longest of its rate limits, in seconds.
    longest_limit: f64,
}

/// What happened.
#[derive(Debug, Clone, Copy)]
pub enum Happened<'a> {
    /// An object of a cluster changed.
    Change(&'a Change),
    /// An alert, relabelled.
    Alert(&'a Alert),
    /// A Helm release is as it is.
    Release(&'a Release),
    /// It is time for the scheduled playbook of this id.
    Schedule(&'a str),
    /// There is an event of a pack's trigger.
    OfAPack(&'a Reference),
}

/// What a decision may not fetch.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The moment of the decision.
    pub now: Timestamp,
    /// When the server started.
    pub started_at: Timestamp,
    /// What was done when.
    pub limits: &'a RateLimits,
    /// The workloads there are.
    pub services: &'a Services,
    /// Who runs the cluster, such as `GKE`; `Unknown` where nothing gives it away, `None` where nobody looked.
    pub provider: Option<&'a str>,
}

/// What a set of playbooks says to an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// The playbooks that fire, in order.
    pub fired: Vec<Fired>,
    /// Triggers that could not be asked. The others are asked all the same.
    pub faults: Vec<Fault>,
}

/// A playbook that fires.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// Its number, in order.
    pub playbook: usize,
    /// The number of its trigger that fires: the first that does.
    pub trigger: usize,
    /// What of an update its change filters let through; `None` where it has none.
    pub differences: Option<Arc<[Difference]>>,
    /// What is to be remembered when it runs, so that it does not fire too often. Where an action before it stops the event,
    /// there is nothing to remember ([`RateLimits::release`]).
    pub mark: Option<Mark>,
}

/// A trigger that could not be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The number of the playbook.
    pub playbook: usize,
    /// The number of the trigger in it.
    pub trigger: usize,
    /// What is wrong with the event or the trigger.
    pub reason: String,
}

/// An event with what is found out about it once for all triggers.
struct Round<'a> {
    event: Event<'a>,
    facts: &'a Facts<'a>,
    marks: Vec<Mark>,
    /// For each change filter what it lets through.
    filtered: Vec<OnceCell<Option<Arc<[Difference]>>>>,
}

enum Event<'a> {
    Change(Box<Subject<'a>>),
    Alert(&'a Alert),
    Release(&'a Release),
    Schedule(&'a str),
    OfAPack(&'a Reference),
}

impl PlaybookSet {
    /// Makes playbooks ready. A problem that is an error leaves no set; warnings stay with it.
    pub fn compile(playbooks: &Playbooks) -> Result<Self, Vec<Problem>> {
        let of = |playbook: &Playbook| Written {
            id: playbook_id(playbook),
            stop: playbook.stop,
            triggers: playbook.triggers.clone(),
        };
        let set = Self::of(playbooks.playbooks.iter().map(of));
        let is_error = |problem: &Problem| problem.severity == Severity::Error;
        match set.warnings.iter().any(is_error) {
            true => Err(set.warnings),
            false => Ok(set),
        }
    }

    /// Makes single triggers ready, each with what names it in what is remembered. One that cannot be made ready never
    /// fires; [`check_trigger`](super::check_trigger) says why.
    pub fn of_triggers(triggers: impl IntoIterator<Item = (String, PlaybookTrigger)>) -> Self {
        Self::of(triggers.into_iter().map(|(id, trigger)| Written {
            id,
            stop: false,
            triggers: vec![trigger],
        }))
    }

    fn of(all: impl Iterator<Item = Written>) -> Self {
        let mut compiler = Compiler::default();
        let mut index = Index::default();
        let mut playbooks = Vec::new();
        for (number, written) in all.enumerate() {
            let triggers = written.triggers.iter();
            let triggers: Vec<_> = triggers.filter_map(|one| compiler.trigger(one)).collect();
            for (place, trigger) in triggers.iter().enumerate() {
                index.add((number, place), trigger);
            }
            playbooks.push(Ready::new(written.id, written.stop, triggers));
        }
        Self {
            playbooks,
            filters: compiler.filters,
            index,
            warnings: compiler.problems,
        }
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.playbooks.is_empty()
    }

    /// What works, but probably not as meant.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// Asks the playbooks in order. Of each the first trigger that fires counts; one with `stop` that fires is the last.
    pub fn decide(&self, happened: Happened<'_>, facts: &Facts<'_>) -> Verdict {
        self.ask(happened, facts, usize::MAX)
    }

    /// Whether any playbook would fire. Nothing is remembered of it.
    pub fn could_fire(&self, change: &Change, facts: &Facts<'_>) -> bool {
        let verdict = self.ask(Happened::Change(change), facts, 1);
        !verdict.fired.is_empty()
    }

    /// The kinds whose changes are to be watched, each once, in order.
    pub fn watched(&self) -> Vec<Watched> {
        let triggers = self.playbooks.iter().flat_map(|ready| &ready.triggers);
        let mut watched: Vec<Watched> = triggers
            .flat_map(|trigger| match trigger {
                Trigger::Change(changes) => changes.watched(),
                _ => Vec::new(),
            })
            .collect();
        // Of the same kind the one that is compared stays.
        watched.sort_by(|one, other| {
            let key = |one: &Watched| (one.group.clone(), one.kind.clone(), !one.is_compared);
            key(one).cmp(&key(other))
        });
        watched.dedup_by(|later, kept| later.group == kept.group && later.kind == kept.kind);
        watched
    }

    /// Whether any playbook waits for Helm's releases.
    pub fn wants_releases(&self) -> bool {
        !self.index.releases().is_empty()
    }

    /// The schedules of all scheduled playbooks, with the playbook's id.
    pub fn schedules(&self) -> impl Iterator<Item = (&str, &Schedule)> {
        self.index.schedules().iter().filter_map(|place| {
            let ready = self.playbooks.get(place.0)?;
            match ready.triggers.get(place.1)? {
                Trigger::Schedule(schedule) => Some((ready.id.as_str(), schedule)),
                _ => None,
            }
        })
    }

    /// Whether a playbook waits for events of a pack's trigger.
    pub fn listens_to(&self, trigger: &Reference) -> bool {
        !self.index.of_a_pack(trigger).is_empty()
    }

    /// When a release that stays as it is has been so for long enough that a playbook could fire: the next such moment.
    pub fn release_due(&self, release: &Release, now: Timestamp) -> Option<Timestamp> {
        let places = self.index.releases().iter();
        let triggers =
            places.filter_map(|place| self.playbooks.get(place.0)?.triggers.get(place.1));
        let due = triggers.filter_map(|trigger| match trigger {
            Trigger::Release(releases) => releases.due(release),
            _ => None,
        });
        due.filter(|due| *due > now).min()
    }

    /// What each trigger says to an event.
    pub fn explain(&self, happened: Happened<'_>, facts: &Facts<'_>) -> Vec<Answer> {
        let mut round = self.round(happened, facts);
        let mut answers = Vec::new();
        let mut stopped = None;
        for (playbook, ready) in self.playbooks.iter().enumerate() {
            let (mut has_fired, mut has_decided) = (false, false);
            for trigger in 0..ready.triggers.len() {
                let why_not = match stopped {
                    Some(by) => Some(Why::Stopped(by)),
                    None if has_decided => Some(Why::DecidedBefore),
                    None => self.ask_one((playbook, trigger), &mut round).err(),
                };
                has_fired |= why_not.is_none();
                has_decided |= matches!(why_not, None | Some(Why::NoChange));
                answers.push(Answer {
                    playbook,
                    trigger,
                    why_not,
                });
            }
            if has_fired && ready.stop {
                stopped = stopped.or(Some(playbook));
            }
        }
        answers
    }

    /// Asks until so many have fired.
    fn ask(&self, happened: Happened<'_>, facts: &Facts<'_>, most: usize) -> Verdict {
        let mut round = self.round(happened, facts);
        let mut verdict = Verdict::default();
        let mut decided = None;
        for place in self.candidates(happened) {
            let (playbook, trigger) = place;
            if decided == Some(playbook) {
                continue;
            }
            match self.ask_one(place, &mut round) {
                Ok(fired) => {
                    decided = Some(playbook);
                    verdict.fired.push(fired);
                    let stop = self.playbooks.get(playbook).is_some_and(|ready| ready.stop);
                    if stop || verdict.fired.len() >= most {
                        break;
                    }
                }
                // As in the original: the change filters of the first trigger that means the object speak for the playbook.
                Err(Why::NoChange) => decided = Some(playbook),
                Err(Why::Fault(reason)) => verdict.faults.push(Fault {
                    playbook,
                    trigger,
                    reason: reason.into(),
                }),
                Err(_) => {}
            }
        }
        verdict
    }

    /// The triggers that could fire, in order.
    fn candidates(&self, happened: Happened<'_>) -> Vec<Place> {
        match happened {
            Happened::Change(change) => self.index.changes(&change.kind, change.operation).to_vec(),
            Happened::Release(_) => self.index.releases().to_vec(),
            Happened::Alert(_) => self.index.alerts().to_vec(),
            Happened::Schedule(_) => self.index.schedules().to_vec(),
            Happened::OfAPack(trigger) => self.index.of_a_pack(trigger).to_vec(),
        }
    }

    fn round<'a>(&self, happened: Happened<'a>, facts: &'a Facts<'a>) -> Round<'a> {
        Round {
            event: match happened {
                Happened::Change(change) => Event::Change(Box::new(Subject::new(change))),
                Happened::Alert(alert) => Event::Alert(alert),
                Happened::Release(release) => Event::Release(release),
                Happened::Schedule(id) => Event::Schedule(id),
                Happened::OfAPack(trigger) => Event::OfAPack(trigger),
            },
            facts,
            marks: Vec::new(),
            filtered: self.filters.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    fn ask_one(&self, (playbook, number): Place, round: &mut Round<'_>) -> Result<Fired, Why> {
        let ready = self.playbooks.get(playbook).ok_or(Why::OtherEvent)?;
        let trigger = ready.triggers.get(number).ok_or(Why::OtherEvent)?;
        let mut fired = Fired {
            playbook,
            trigger: number,
            differences: None,
            mark: None,
        };
        match (trigger, &round.event) {
            (Trigger::Change(changes), Event::Change(subject)) => {
                changes.check(subject, round.facts)?;
                fired.differences = self.filtered(changes, subject, &round.filtered)?;
                if let Some(seconds) = changes.rate_limit {
                    let key = changes.limited(&ready.id, subject, round.facts);
                    fired.mark = Some(ready.mark(key, seconds, round)?);
                }
            }
            (Trigger::Alert(alerts), Event::Alert(alert)) => {
                alerts.check(alert, round.facts.provider)?;
            }
            (Trigger::Release(releases), Event::Release(release)) => {
                releases.check(release, round.facts.now, round.facts.started_at)?;
                let key = Releases::limited(&ready.id, release);
                fired.mark = Some(ready.mark(key, releases.rate_limit, round)?);
            }
            (Trigger::Schedule(_), Event::Schedule(id)) if ready.id == *id => {}
            (Trigger::OfAPack(trigger), Event::OfAPack(of)) if trigger == *of => {}
            _ => return Err(Why::OtherEvent),
        }
        round.marks.extend(fired.mark.clone());
        Ok(fired)
    }

    /// What a trigger's change filters let through; `None` where it has none.
    fn filtered(
        &self,
        changes: &Changes,
        subject: &Subject<'_>,
        known: &[OnceCell<Option<Arc<[Difference]>>>],
    ) -> Result<Option<Arc<[Difference]>>, Why> {
        let number = changes.filter;
        let Some((filter, known)) = number.and_then(|at| self.filters.get(at).zip(known.get(at)))
        else {
            return Ok(None);
        };
        let filtered = known.get_or_init(|| {
            if subject.change.operation != squall_model::change::Operation::Update {
                return Some(Arc::default());
            }
            let found = subject.differences().iter();
            let found: Vec<_> = found.filter(|one| filter.lets_through(one)).collect();
            let told = || found.iter().map(|one| one.told()).collect();
            (!found.is_empty()).then(told)
        });
        filtered.clone().map(Some).ok_or(Why::NoChange)
    }
}

impl Ready {
    fn new(id: String, stop: bool, triggers: Vec<Trigger>) -> Self {
        let limits = triggers.iter().filter_map(|trigger| match trigger {
            Trigger::Change(changes) => changes.rate_limit,
            Trigger::Release(releases) => Some(releases.rate_limit),
            Trigger::Alert(_) | Trigger::Schedule(_) | Trigger::OfAPack(_) => None,
        });
        Self {
            id,
            stop,
            longest_limit: limits.fold(0.0, f64::max),
            triggers,
        }
    }

    /// What is to be remembered if it fires; why it may not, where it fired for the same before.
    fn mark(&self, key: String, seconds: f64, round: &Round<'_>) -> Result<Mark, Why> {
        let facts = round.facts;
        let marked_now = round.marks.iter().find(|mark| mark.key == key);
        let marked = marked_now.or_else(|| facts.limits.get(&key));
        if let Some(mark) = marked.filter(|mark| facts.now.seconds_since(mark.at) <= seconds) {
            return Err(Why::RateLimited(after(mark.at, seconds)));
        }
        Ok(Mark {
            key,
            at: facts.now,
            expires_at: after(facts.now, self.longest_limit),
        })
    }
}

/// So many seconds later; as late as can be told, where it is later than that.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is beyond the largest number becomes it"
)]
pub(super) fn after(moment: Timestamp, seconds: f64) -> Timestamp {
    moment.plus_micros((seconds * 1_000_000.0) as i64)
}
