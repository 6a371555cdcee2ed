//! One trigger made ready.

use squall_model::Reference;
use squall_model::change::Operation;
use squall_model::playbook::classes::{KINDS, Kind};

use super::explain::Why;
use super::helm::Releases;
use super::job;
use super::pod::{self, Named, OutOfMemory};
use super::prometheus::Alerts;
use super::schedule::Schedule;
use super::scope::Scope;
use super::selector::Selector;
use super::set::Facts;
use super::subject::Subject;
use super::warning::{self, Warning};

/// A trigger made ready.
#[derive(Debug)]
pub(super) enum Trigger {
    /// On changes of objects.
    Change(Box<Changes>),
    /// On alerts.
    Alert(Box<Alerts>),
    /// On Helm's releases.
    Release(Releases),
    /// When it is time; asked by the playbook's id.
    Schedule(Schedule),
    /// On events of a pack's trigger.
    OfAPack(Reference),
}

/// A trigger on changes of objects.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) of: Of,
    pub(super) operations: Vec<Operation>,
    pub(super) selector: Selector,
    pub(super) scope: Option<Scope>,
    pub(super) state: State,
    /// The number of its filter among those of the set.
    pub(super) filter: Option<usize>,
    /// How many seconds pass before it fires for the same again.
    pub(super) rate_limit: Option<f64>,
}

/// A kind whose changes playbooks wait for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watched {
    /// Its group in small letters; `None` where any group, or Kubernetes' own, is meant.
    pub group: Option<String>,
    /// The kind in small letters.
    pub kind: String,
    /// Whether a trigger compares an object with what it was.
    pub is_compared: bool,
}

/// Whose changes.
#[derive(Debug)]
pub(super) enum Of {
    /// Of this kind.
    Kind(&'static Kind),
    /// Of all kinds that Robusta knows.
    AnyKnown,
    /// Of these.
    Resources(Vec<Resource>),
}

/// A kind that a user names, in small letters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) group: Option<String>,
    pub(super) kind: String,
}

/// What state the object must be in.
#[derive(Debug)]
pub(super) enum State {
    Any,
    CrashLoop {
        restart_count: f64,
        restart_reason: Option<String>,
    },
    ImagePullBackoff {
        fire_delay: f64,
    },
    OutOfMemory {
        of: OutOfMemory,
        exclude: Vec<Named>,
    },
    Evicted,
    JobFailure,
    Warning(Warning),
}

impl Changes {
    /// Whether it means this object in this state; change filters and rate limits aside.
    pub(super) fn check(&self, subject: &Subject<'_>, facts: &Facts<'_>) -> Result<(), Why> {
        if !self.of.is(subject) {
            return Err(Why::OtherKind);
        }
        if !self.operations.is_empty() && !self.operations.contains(&subject.change.operation) {
            return Err(Why::OtherOperation);
        }
        self.selector.check(subject)?;
        if let Some(scope) = &self.scope {
            scope.check(subject.attributes())?;
        }
        match &self.state {
            State::Any => Ok(()),
            State::CrashLoop {
                restart_count,
                restart_reason,
            } => pod::crash_loop(subject, *restart_count, restart_reason.as_deref()),
            State::ImagePullBackoff { fire_delay } => {
                pod::image_pull_backoff(subject, *fire_delay, facts.now)
            }
            State::OutOfMemory { of, exclude } => pod::out_of_memory(subject, *of, exclude),
            State::Evicted => pod::evicted(subject),
            State::JobFailure => job::failure(subject),
            State::Warning(warning) => warning.check(subject),
        }
    }

    /// What is limited for the playbook of this id: the same key as Robusta's.
    pub(super) fn limited(
        &self,
        playbook: &str,
        subject: &Subject<'_>,
        facts: &Facts<'_>,
    ) -> String {
        let pod = subject.pod();
        let owner = || pod.as_ref().map(|pod| pod.owner()).unwrap_or_default();
        let class = match &self.state {
            State::CrashLoop { .. } => "PodCrashLoopTrigger",
            State::ImagePullBackoff { .. } => "PodImagePullBackoffTrigger",
            State::OutOfMemory {
                of: OutOfMemory::Pod,
                ..
            } => "PodOOMKilledTrigger",
            State::OutOfMemory {
                of: OutOfMemory::Container,
                ..
            } => "ContainerOOMKilledTrigger",
            State::Evicted => {
                let name = pod.as_ref().map(|pod| pod.own_name()).unwrap_or_default();
                return format!("PodEvictedTrigger_{playbook}{name}");
            }
            State::Warning(_) => {
                let object = &subject.change.obj;
                let (reason, about) = (
                    warning::reason(object),
                    warning::about(object, facts.services),
                );
                return format!("WarningEventTrigger_{playbook}_{reason}{about}");
            }
            State::Any | State::JobFailure => return playbook.to_owned(),
        };
        format!("{class}_{playbook}{}", owner())
    }
}

impl Changes {
    /// What is to be watched for it.
    pub(super) fn watched(&self) -> Vec<Watched> {
        let is_compared = self.filter.is_some() || matches!(self.state, State::JobFailure);
        let watched = |group: Option<&str>, kind: &str| Watched {
            group: group.map(str::to_owned),
            kind: kind.to_owned(),
            is_compared,
        };
        match &self.of {
            Of::Kind(kind) => vec![watched(None, kind.word)],
            Of::AnyKnown => KINDS.iter().map(|kind| watched(None, kind.word)).collect(),
            Of::Resources(resources) => {
                let resources = resources.iter();
                resources
                    .map(|one| watched(one.group.as_deref(), &one.kind))
                    .collect()
            }
        }
    }
}

impl Of {
    fn is(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::Kind(kind) => subject.kind == Some(*kind),
            Self::AnyKnown => subject.kind.is_some(),
            Self::Resources(resources) => resources.iter().any(|resource| resource.is(subject)),
        }
    }
}

impl Resource {
    /// Reads `pod`, `batch/CronJob` or `argoproj.io/v1alpha1/Rollout`; the version does not matter.
    pub(super) fn parse(written: &str) -> Self {
        let written = written.to_lowercase();
        match written.rsplit_once('/') {
            Some((group, kind)) => Self {
                group: Some(group.split('/').next().unwrap_or_default().to_owned()),
                kind: kind.to_owned(),
            },
            None => Self {
                group: None,
                kind: written,
            },
        }
    }

    fn is(&self, subject: &Subject<'_>) -> bool {
        if !self.kind.eq_ignore_ascii_case(&subject.change.kind) {
            return false;
        }
        match &self.group {
            Some(group) => group.eq_ignore_ascii_case(subject.group()),
            // A kind that Robusta knows is meant before another of that name.
            None => subject.kind.is_some() || !is_known(&self.kind),
        }
    }
}

fn is_known(kind: &str) -> bool {
    squall_model::playbook::classes::kind_named(kind).is_some()
}
