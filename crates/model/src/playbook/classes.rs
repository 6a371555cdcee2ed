//! The classes of events that playbook actions take, as Robusta names them: an action that takes a class takes all that
//! are below it too.

use std::fmt;

/// A kind of Kubernetes object that has event classes and triggers of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind {
    /// Its name, such as `Pod`.
    pub name: &'static str,
    /// The word for it in triggers, such as `pod`.
    pub word: &'static str,
    /// The class of an object of this kind, such as `PodEvent`.
    pub event: &'static str,
    /// The class of a change of such an object, such as `PodChangeEvent`.
    pub change_event: &'static str,
    /// Whether its objects are in a namespace.
    pub is_namespaced: bool,
}

/// The kinds, in Robusta's order.
#[rustfmt::skip]
pub static KINDS: [Kind; 20] = [
    kind("Pod", "pod", "PodEvent", "PodChangeEvent"),
    kind("ReplicaSet", "replicaset", "ReplicaSetEvent", "ReplicaSetChangeEvent"),
    kind("DaemonSet", "daemonset", "DaemonSetEvent", "DaemonSetChangeEvent"),
    kind("Deployment", "deployment", "DeploymentEvent", "DeploymentChangeEvent"),
    kind("StatefulSet", "statefulset", "StatefulSetEvent", "StatefulSetChangeEvent"),
    kind("Service", "service", "ServiceEvent", "ServiceChangeEvent"),
    kind("Event", "event", "EventEvent", "EventChangeEvent"),
    kind("HorizontalPodAutoscaler", "horizontalpodautoscaler", "HorizontalPodAutoscalerEvent", "HorizontalPodAutoscalerChangeEvent"),
    of_the_cluster(kind("Node", "node", "NodeEvent", "NodeChangeEvent")),
    of_the_cluster(kind("ClusterRole", "clusterrole", "ClusterRoleEvent", "ClusterRoleChangeEvent")),
    of_the_cluster(kind("ClusterRoleBinding", "clusterrolebinding", "ClusterRoleBindingEvent", "ClusterRoleBindingChangeEvent")),
    kind("Job", "job", "JobEvent", "JobChangeEvent"),
    of_the_cluster(kind("Namespace", "namespace", "NamespaceEvent", "NamespaceChangeEvent")),
    kind("ServiceAccount", "serviceaccount", "ServiceAccountEvent", "ServiceAccountChangeEvent"),
    of_the_cluster(kind("PersistentVolume", "persistentvolume", "PersistentVolumeEvent", "PersistentVolumeChangeEvent")),
    kind("PersistentVolumeClaim", "persistentvolumeclaim", "PersistentVolumeClaimEvent", "PersistentVolumeClaimChangeEvent"),
    kind("NetworkPolicy", "networkpolicy", "NetworkPolicyEvent", "NetworkPolicyChangeEvent"),
    kind("ConfigMap", "configmap", "ConfigMapEvent", "ConfigMapChangeEvent"),
    kind("Ingress", "ingress", "IngressEvent", "IngressChangeEvent"),
    kind("Secret", "secret", "SecretEvent", "SecretChangeEvent"),
];

/// The kinds whose objects an alert can be about: an alert is an event of each.
const OF_ALERTS: [&str; 7] = [
    "Pod",
    "Node",
    "Deployment",
    "Job",
    "DaemonSet",
    "StatefulSet",
    "HorizontalPodAutoscaler",
];

const fn kind(
    name: &'static str,
    word: &'static str,
    event: &'static str,
    change_event: &'static str,
) -> Kind {
    Kind {
        name,
        word,
        event,
        change_event,
        is_namespaced: true,
    }
}

const fn of_the_cluster(kind: Kind) -> Kind {
    Kind {
        is_namespaced: false,
        ..kind
    }
}

/// A class of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventClass {
    /// Any event.
    ExecutionBase,
    /// An object of a cluster.
    KubernetesResource,
    /// An object of one kind.
    Resource(&'static Kind),
    /// A change of an object; playbooks do not name it.
    K8sBaseChange,
    /// A change of an object of any kind.
    KubernetesAnyChange,
    /// A change of an object of one kind.
    Change(&'static Kind),
    /// An alert of Prometheus, with the objects it is about.
    PrometheusKubernetesAlert,
    /// A moment of a schedule.
    ScheduledExecution,
    /// What became of a Helm release.
    HelmReleases,
}

impl EventClass {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let alone = [
            Self::ExecutionBase,
            Self::KubernetesResource,
            Self::K8sBaseChange,
            Self::KubernetesAnyChange,
            Self::PrometheusKubernetesAlert,
            Self::ScheduledExecution,
            Self::HelmReleases,
        ];
        let of_kinds = KINDS
            .iter()
            .flat_map(|kind| [Self::Resource(kind), Self::Change(kind)]);
        alone.into_iter().chain(of_kinds)
    }

    /// Its name in Python.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExecutionBase => "ExecutionBaseEvent",
            Self::KubernetesResource => "KubernetesResourceEvent",
            Self::Resource(kind) => kind.event,
            Self::K8sBaseChange => "K8sBaseChangeEvent",
            Self::KubernetesAnyChange => "KubernetesAnyChangeEvent",
            Self::Change(kind) => kind.change_event,
            Self::PrometheusKubernetesAlert => "PrometheusKubernetesAlert",
            Self::ScheduledExecution => "ScheduledExecutionEvent",
            Self::HelmReleases => "HelmReleasesEvent",
        }
    }

    /// Takes back what [`EventClass::as_str`] gave.
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|class| class.as_str() == name)
    }

    /// The classes right above it.
    pub fn parents(self) -> Vec<Self> {
        match self {
            Self::ExecutionBase => Vec::new(),
            Self::KubernetesResource
            | Self::K8sBaseChange
            | Self::ScheduledExecution
            | Self::HelmReleases => vec![Self::ExecutionBase],
            Self::Resource(_) => vec![Self::KubernetesResource],
            Self::KubernetesAnyChange => vec![Self::K8sBaseChange],
            Self::Change(kind) => vec![Self::Resource(kind), Self::KubernetesAnyChange],
            Self::PrometheusKubernetesAlert => OF_ALERTS
                .iter()
                .filter_map(|name| KINDS.iter().find(|kind| kind.name == *name))
                .map(Self::Resource)
                .collect(),
        }
    }

    /// Whether an event of this class can be given to whoever takes `other`.
    pub fn is(self, other: Self) -> bool {
        self == other || self.parents().into_iter().any(|parent| parent.is(other))
    }

    /// Whether an event of just this class can be made by hand, from a name (and a kind and a namespace).
    pub const fn is_by_hand(self) -> bool {
        matches!(
            self,
            Self::ExecutionBase | Self::KubernetesResource | Self::Resource(_)
        )
    }
}

impl fmt::Display for EventClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kind of this name, such as `Pod`, in capitals or not.
pub fn kind_named(name: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.word.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str) -> EventClass {
        EventClass::parse(name).unwrap()
    }

    #[test]
    fn there_are_47_and_each_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> =
            EventClass::all().map(EventClass::as_str).collect();
        assert_eq!(names.len(), 47);
        assert!(EventClass::all().all(|class| EventClass::parse(class.as_str()) == Some(class)));
        assert_eq!(
            EventClass::all().filter(|class| class.is_by_hand()).count(),
            22
        );
    }

    #[test]
    fn a_class_is_all_that_is_above_it_and_nothing_else() {
        let pod_change = class("PodChangeEvent");
        for above in [
            "PodChangeEvent",
            "PodEvent",
            "KubernetesResourceEvent",
            "KubernetesAnyChangeEvent",
            "K8sBaseChangeEvent",
            "ExecutionBaseEvent",
        ] {
            assert!(pod_change.is(class(above)), "{above}");
        }
        for other in ["DeploymentEvent", "PrometheusKubernetesAlert", "PodChange"] {
            assert!(!EventClass::parse(other).is_some_and(|other| pod_change.is(other)));
        }
        assert!(!class("KubernetesAnyChangeEvent").is(class("KubernetesResourceEvent")));
    }

    #[test]
    fn an_alert_is_about_seven_kinds() {
        let alert = class("PrometheusKubernetesAlert");
        let kinds = KINDS
            .iter()
            .filter(|kind| alert.is(EventClass::Resource(kind)));
        assert_eq!(kinds.count(), 7);
        assert!(!alert.is(class("KubernetesAnyChangeEvent")));
    }

    #[test]
    fn kinds_are_found_by_their_word_and_their_name() {
        assert_eq!(kind_named("ConfigMap"), kind_named("configmap"));
        assert!(kind_named("Rollout").is_none());
    }
}
