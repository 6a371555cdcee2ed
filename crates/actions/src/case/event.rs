//! What happened.

use serde::{Deserialize, Serialize};
use squall_model::change::Change;
use squall_model::playbook::classes::{EventClass, kind_named};
use squall_model::{Json, Object};

use super::Alert;

/// What happened. Its JSON form is the one that Python actions are given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// An object of a cluster changed.
    KubernetesChange(Box<Change>),
    /// An alert came in.
    PrometheusAlert {
        /// The alert.
        alert: Box<Alert>,
    },
    /// A moment of a schedule.
    Schedule {
        /// How many came before.
        #[serde(default)]
        recurrence: i64,
    },
    /// Something became of a Helm release.
    HelmRelease {
        /// The release.
        release: Json,
    },
    /// There is an event of a pack's trigger.
    Trigger {
        /// The trigger's type, such as `core.st2.webhook`.
        trigger: String,
        /// What is known about it.
        payload: Json,
    },
    /// Somebody calls an action.
    Manual {
        /// What they say: the object that it is to be done to, and the action's parameters.
        #[serde(default)]
        params: Object,
    },
}

impl Event {
    /// Its class; nothing for a call by hand, whose class is that of the action.
    pub fn class(&self) -> Option<EventClass> {
        match self {
            Self::KubernetesChange(change) => {
                let kind = kind_named(&change.kind);
                Some(kind.map_or(EventClass::KubernetesAnyChange, EventClass::Change))
            }
            Self::PrometheusAlert { .. } => Some(EventClass::PrometheusKubernetesAlert),
            Self::Schedule { .. } => Some(EventClass::ScheduledExecution),
            Self::HelmRelease { .. } => Some(EventClass::HelmReleases),
            Self::Trigger { .. } => Some(EventClass::ExecutionBase),
            Self::Manual { .. } => None,
        }
    }

    /// The alert, if it is one.
    pub(crate) fn alert(&self) -> Option<&Alert> {
        match self {
            Self::PrometheusAlert { alert } => Some(alert),
            _ => None,
        }
    }

    /// What is known about an event of a pack's trigger.
    pub(crate) fn payload(&self) -> Option<&Json> {
        match self {
            Self::Trigger { payload, .. } => Some(payload),
            _ => None,
        }
    }

    /// The change, if it is one.
    pub(crate) fn change(&self) -> Option<&Change> {
        match self {
            Self::KubernetesChange(change) => Some(change),
            _ => None,
        }
    }
}
