//! Which sinks take a finding: what they match, when they are awake, and which of them lets nothing past it.
//!
//! [`Sinks::read`] compiles what a playbook file says of its sinks, [`Sinks::route`] decides about all findings of one
//! event at once, because a sink with `stop` ends the matter for whatever comes after. [`grouping`] is what a sink makes
//! of many findings.

mod activity;
mod attributes;
mod complaints;
pub mod grouping;
mod matching;
#[cfg(test)]
mod recorded;
mod scope;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use squall_model::finding::Finding;
use squall_model::playbook::SinkConfig;
use squall_model::problem::Problem;
use squall_model::{Object, Timestamp};

use activity::{Activity, MuteInterval};
use complaints::Complaints;
use grouping::Grouping;
use matching::Match;
use scope::Scope;

/// The sinks of a playbook file, in its order.
#[derive(Debug, Default)]
pub struct Sinks(Vec<Sink>);

/// What decides whether a sink takes a finding.
#[derive(Debug)]
pub struct Sink {
    /// Its name.
    pub name: String,
    /// Whether playbooks that name no sinks mean it, too.
    pub is_default: bool,
    /// Whether nothing goes anywhere once it has taken a finding.
    pub stops: bool,
    /// What it makes of many findings.
    pub grouping: Option<Grouping>,
    matching: Match,
    scope: Option<Scope>,
    activity: Option<Activity>,
    mute_intervals: Vec<MuteInterval>,
}

/// What a decision depends on besides findings and sinks.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The moment of the decision.
    pub now: Timestamp,
    /// The labels of namespaces, as far as they are known; a namespace that is known not to exist has none.
    pub namespaces: &'a BTreeMap<String, Object>,
}

/// The decision cannot be made before the labels of these namespaces are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs(pub BTreeSet<String>);

/// What comes of one finding at one sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The sink's name.
    pub sink: String,
    /// Which of the sink's findings it is, from 0.
    pub finding: usize,
    /// Whether the sink takes it.
    pub verdict: Verdict,
}

/// Whether a sink takes a finding, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Taken,
    /// No sink has that name.
    Unknown,
    /// It is silenced for now.
    Muted,
    /// Its `scope` leaves the finding out.
    OutOfScope,
    /// Its `match` asks for something else, of this attribute.
    NoMatch(String),
    /// It sleeps at this hour.
    Asleep,
    /// This sink took a finding before and stops everything after it.
    Stopped(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => f.write_str("taken"),
            Self::Unknown => f.write_str("there is no sink of this name"),
            Self::Muted => f.write_str("the sink is muted at this time"),
            Self::OutOfScope => f.write_str("the sink's `scope` leaves it out"),
            Self::NoMatch(attribute) => {
                write!(f, "the sink's `match` asks for another {attribute}")
            }
            Self::Asleep => f.write_str("the sink is not active at this hour"),
            Self::Stopped(by) => write!(
                f,
                "the sink {by} has taken one before, and stops all others"
            ),
        }
    }
}

impl Sinks {
    /// The sinks as a file has them. One that cannot be understood is left out, and told of.
    pub fn read(written: &[SinkConfig]) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut sinks = Vec::new();
        for config in written {
            let mut complaints = Complaints::about(config);
            let sink = Sink::read(config, &mut complaints);
            if complaints.allow_it() {
                sinks.push(sink);
            }
            problems.extend(complaints.into_problems());
        }
        (Self(sinks), problems)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Sink> {
        self.0.iter()
    }

    /// The sink of this name.
    pub fn named(&self, name: &str) -> Option<&Sink> {
        self.0.iter().find(|sink| sink.name == name)
    }

    /// The names of the sinks that a playbook means which names none.
    pub fn defaults(&self) -> Vec<&str> {
        let defaults = self.0.iter().filter(|sink| sink.is_default);
        defaults.map(|sink| sink.name.as_str()).collect()
    }

    /// What comes of the findings of one event, which are given by sink, in the order in which sinks were first used.
    ///
    /// # Errors
    /// A sink's scope asks for labels of namespaces that `facts` do not tell.
    pub fn route(
        &self,
        findings: &[(String, Vec<Finding>)],
        facts: Facts<'_>,
    ) -> Result<Vec<Route>, Needs> {
        let mut missing = BTreeSet::new();
        let mut routes = Vec::new();
        let mut stopped: Option<String> = None;
        for (name, findings) in findings {
            for (number, finding) in findings.iter().enumerate() {
                let verdict = match (&stopped, self.named(name)) {
                    (Some(by), _) => Verdict::Stopped(by.clone()),
                    (None, None) => Verdict::Unknown,
                    (None, Some(sink)) => sink.judge(finding, facts).unwrap_or_else(|needs| {
                        missing.extend(needs.0);
                        Verdict::OutOfScope
                    }),
                };
                let sink = self.named(name).filter(|sink| sink.stops);
                if verdict == Verdict::Taken && sink.is_some() {
                    stopped = Some(name.clone());
                }
                routes.push(Route {
                    sink: name.clone(),
                    finding: number,
                    verdict,
                });
            }
        }
        if missing.is_empty() {
            Ok(routes)
        } else {
            Err(Needs(missing))
        }
    }
}

impl Sink {
    fn read(config: &SinkConfig, complaints: &mut Complaints) -> Self {
        let given = |key: &str| config.parameters.get(key).filter(|value| !value.is_null());
        let flag = |key: &str, otherwise| {
            let value = given(key).and_then(squall_model::Json::as_bool);
            value.unwrap_or(otherwise)
        };
        Self {
            name: config.name.clone(),
            is_default: flag("default", true),
            stops: flag("stop", false),
            grouping: given("grouping").and_then(|value| Grouping::read(value, complaints)),
            matching: Match::read(given("match"), complaints),
            scope: given("scope").and_then(|value| Scope::read(value, complaints)),
            activity: given("activity").and_then(|value| Activity::read(value, complaints)),
            mute_intervals: MuteInterval::read_all(given("mute_intervals"), complaints),
        }
    }

    /// Whether it takes a finding, whatever other sinks did.
    ///
    /// # Errors
    /// Its scope asks for labels of a namespace that `facts` do not tell.
    pub fn judge(&self, finding: &Finding, facts: Facts<'_>) -> Result<Verdict, Needs> {
        if self.mute_intervals.iter().any(|mute| mute.has(facts.now)) {
            return Ok(Verdict::Muted);
        }
        if let Some(scope) = &self.scope {
            match scope.judge(finding, facts.namespaces)? {
                scope::Judgement::Excluded => return Ok(Verdict::OutOfScope),
                // What is included need not match.
                scope::Judgement::Included => return Ok(self.awake(facts.now)),
                scope::Judgement::NotIncluded => return Ok(Verdict::OutOfScope),
                scope::Judgement::Open => {}
            }
        }
        Ok(match self.matching.first_miss(finding) {
            Some(attribute) => Verdict::NoMatch(attribute.to_owned()),
            None => self.awake(facts.now),
        })
    }

    fn awake(&self, now: Timestamp) -> Verdict {
        match &self.activity {
            Some(activity) if !activity.has(now) => Verdict::Asleep,
            _ => Verdict::Taken,
        }
    }
}
