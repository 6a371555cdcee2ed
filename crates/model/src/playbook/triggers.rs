//! Every trigger that a playbook can name, with what it takes and the class of its events.

use std::sync::LazyLock;

use super::classes::{EventClass, KINDS, Kind};
use super::parameter::{Otherwise, Parameter, Takes};
use crate::Reference;
use crate::change::Operation;

/// The pack in whose name rules of packs name these triggers: `robusta.on_pod_update`.
pub const PACK: &str = "robusta";

/// Changes count that are below these paths, for [`Fires::OnResources`] without change filters of its own.
pub const DEFAULT_INCLUDE: [&str; 1] = ["spec"];

/// Changes do not count that are at these paths, for [`Fires::OnResources`] without change filters of its own.
pub const DEFAULT_IGNORE: [&str; 5] = [
    "status",
    "metadata.generation",
    "metadata.resourceVersion",
    "metadata.managedFields",
    "spec.replicas",
];

/// One trigger that a playbook can name.
#[derive(Debug, Clone, PartialEq)]
pub struct TriggerKind {
    /// Its name, such as `on_pod_update`.
    pub name: String,
    /// When it fires.
    pub fires: Fires,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// Whether it takes no notice of parameters that it does not know; the others refuse them.
    pub ignores_unknown: bool,
}

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fires {
    /// When an object of this kind changes, or of any kind; by this operation, or by any.
    OnChange {
        /// The kind; none for any.
        kind: Option<&'static Kind>,
        /// The operation; none for any.
        operation: Option<Operation>,
    },
    /// When an object of one of the kinds in `resources` changes.
    OnResources,
    /// When a container of a pod starts again and again.
    OnPodCrashLoop,
    /// When a pod's image cannot be had.
    OnImagePullBackoff,
    /// When a pod ran out of memory.
    OnPodOomKilled,
    /// When a container ran out of memory.
    OnContainerOomKilled,
    /// When a pod is evicted.
    OnPodEvicted,
    /// When a job fails.
    OnJobFailure,
    /// When Kubernetes tells a warning event; by this operation, or by those in `operations`.
    OnWarningEvent(Option<Operation>),
    /// When Alertmanager tells an alert.
    OnPrometheusAlert,
    /// When it is time.
    OnSchedule,
    /// When a Helm release has one of these statuses.
    OnHelmRelease(&'static [&'static str]),
}

impl TriggerKind {
    /// The class of the events it gives, as far as it can be told without one.
    pub const fn event(&self) -> EventClass {
        match self.fires {
            Fires::OnChange {
                kind: Some(kind), ..
            } => EventClass::Change(kind),
            Fires::OnChange { kind: None, .. } | Fires::OnResources => {
                EventClass::KubernetesAnyChange
            }
            Fires::OnPodCrashLoop
            | Fires::OnImagePullBackoff
            | Fires::OnPodOomKilled
            | Fires::OnContainerOomKilled
            | Fires::OnPodEvicted => EventClass::Change(POD),
            Fires::OnJobFailure => EventClass::Change(JOB),
            Fires::OnWarningEvent(_) => EventClass::Change(EVENT),
            Fires::OnPrometheusAlert => EventClass::PrometheusKubernetesAlert,
            Fires::OnSchedule => EventClass::ScheduledExecution,
            Fires::OnHelmRelease(_) => EventClass::HelmReleases,
        }
    }

    /// What it takes under this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }
}

/// All of them: those of one kind and operation first.
pub fn all() -> &'static [TriggerKind] {
    &ALL
}

/// The trigger of this name.
pub fn named(name: &str) -> Option<&'static TriggerKind> {
    ALL.iter().find(|trigger| trigger.name == name)
}

/// The trigger that a rule of a pack means by this reference.
pub fn referred(reference: &Reference) -> Option<&'static TriggerKind> {
    named(reference.name()).filter(|_| reference.pack() == PACK)
}

/// The triggers whose events can be given to whoever takes `class`.
pub fn that_give(class: EventClass) -> impl Iterator<Item = &'static TriggerKind> {
    ALL.iter().filter(move |trigger| trigger.event().is(class))
}

static POD: &Kind = &KINDS[0];
static EVENT: &Kind = &KINDS[6];
static JOB: &Kind = &KINDS[11];

/// Of a Helm release that something is being done with.
const UNHEALTHY: &[&str] = &[
    "pending-install",
    "pending-upgrade",
    "pending-rollback",
    "uninstalling",
];

/// So many seconds never pass.
const NEVER: i64 = i64::MAX;

static ALL: LazyLock<Vec<TriggerKind>> = LazyLock::new(|| {
    let kinds = KINDS.iter().map(Some).chain([None]);
    kinds.flat_map(of_kind).chain(others()).collect()
});

fn of_kind(kind: Option<&'static Kind>) -> impl Iterator<Item = TriggerKind> {
    let operations = Operation::ALL.into_iter().map(Some).chain([None]);
    operations.map(move |operation| {
        let word = kind.map_or("kubernetes_any_resource", |kind| kind.word);
        let done = operation.map_or("all_changes", Operation::as_str);
        let fires = Fires::OnChange { kind, operation };
        trigger(&format!("on_{word}_{done}"), fires, &[CHANGES], &[FILTERS])
    })
}

fn others() -> Vec<TriggerKind> {
    let of_pods = |name, fires, own: &[Parameter]| trigger(name, fires, &[CHANGES], &[own]);
    let of_warnings = |name, operation, more: &[Parameter]| {
        let fires = Fires::OnWarningEvent(operation);
        trigger(name, fires, &[CHANGES], &[WARNINGS, more])
    };
    let of_releases = |name, statuses, own: &[Parameter]| {
        trigger(name, Fires::OnHelmRelease(statuses), &[RELEASES], &[own])
    };
    let unchecked = |name, fires, own: &[Parameter]| TriggerKind {
        ignores_unknown: true,
        ..trigger(name, fires, &[], &[own])
    };
    vec![
        of_pods("on_pod_crash_loop", Fires::OnPodCrashLoop, CRASH_LOOP),
        of_pods("on_image_pull_backoff", Fires::OnImagePullBackoff, PULLS),
        of_pods("on_pod_oom_killed", Fires::OnPodOomKilled, OUT_OF_MEMORY),
        of_pods(
            "on_container_oom_killed",
            Fires::OnContainerOomKilled,
            OUT_OF_MEMORY,
        ),
        of_pods("on_pod_evicted", Fires::OnPodEvicted, &[rate_limit(14_400)]),
        of_pods("on_job_failure", Fires::OnJobFailure, &[]),
        of_warnings("on_kubernetes_warning_event", None, &[OPERATIONS]),
        of_warnings(
            "on_kubernetes_warning_event_create",
            Some(Operation::Create),
            &[],
        ),
        of_warnings(
            "on_kubernetes_warning_event_update",
            Some(Operation::Update),
            &[],
        ),
        of_warnings(
            "on_kubernetes_warning_event_delete",
            Some(Operation::Delete),
            &[],
        ),
        of_pods(
            "on_kubernetes_resource_operation",
            Fires::OnResources,
            RESOURCES,
        ),
        unchecked("on_prometheus_alert", Fires::OnPrometheusAlert, ALERTS),
        unchecked("on_schedule", Fires::OnSchedule, SCHEDULES),
        of_releases("on_helm_release_unhealthy", UNHEALTHY, UNHEALTHY_RELEASES),
        of_releases(
            "on_helm_release_fail",
            &["failed", "unknown"],
            &[rate_limit(NEVER)],
        ),
        of_releases(
            "on_helm_release_deploy",
            &["deployed"],
            &[rate_limit(NEVER)],
        ),
    ]
}

fn trigger(name: &str, fires: Fires, shared: &[&[Parameter]], own: &[&[Parameter]]) -> TriggerKind {
    TriggerKind {
        name: name.to_owned(),
        fires,
        parameters: [shared, own].concat().concat(),
        ignores_unknown: false,
    }
}

/// What every trigger on changes of objects takes.
const CHANGES: &[Parameter] = &[
    Parameter::optional("name_prefix", Takes::Text),
    Parameter::optional("namespace_prefix", Takes::Text),
    Parameter::optional("labels_selector", Takes::Labels),
    Parameter::optional("scope", Takes::Scope),
];

const FILTERS: &[Parameter] = &[Parameter::optional("change_filters", Takes::ChangeFilters)];

const CRASH_LOOP: &[Parameter] = &[
    rate_limit(14_400),
    Parameter::optional("restart_reason", Takes::Text),
    Parameter::optional("restart_count", Takes::Number).or(Otherwise::Whole(2)),
];

const PULLS: &[Parameter] = &[
    rate_limit(14_400),
    Parameter::optional("fire_delay", Takes::Number).or(Otherwise::Whole(120)),
];

const OUT_OF_MEMORY: &[Parameter] = &[
    rate_limit(3_600),
    Parameter::optional("exclude", Takes::NamedObjects).or(Otherwise::Texts(&[])),
];

const WARNINGS: &[Parameter] = &[
    rate_limit(3_600),
    Parameter::optional("exclude", Takes::Texts).or(Otherwise::Texts(&[])),
    Parameter::optional("include", Takes::Texts).or(Otherwise::Texts(&[])),
];

const OPERATIONS: Parameter =
    Parameter::optional("operations", Takes::Words(&["create", "update", "delete"]));

const RESOURCES: &[Parameter] = &[
    Parameter::optional("resources", Takes::Texts).or(Otherwise::Texts(&[])),
    OPERATIONS.or(Otherwise::Texts(&[])),
    Parameter::optional("change_filters", Takes::ChangeFilters).or(Otherwise::DefaultChangeFilters),
];

const ALERTS: &[Parameter] = &[
    Parameter::optional("alert_name", Takes::Text),
    Parameter::optional("status", Takes::Word(&["firing", "resolved", "all"]))
        .or(Otherwise::Text("firing")),
    Parameter::optional("pod_name_prefix", Takes::Text),
    Parameter::optional("namespace_prefix", Takes::Text),
    Parameter::optional("instance_name_prefix", Takes::Text),
    Parameter::optional("k8s_providers", Takes::Texts),
    Parameter::optional("scope", Takes::Scope),
];

const SCHEDULES: &[Parameter] = &[
    Parameter::optional("fixed_delay_repeat", Takes::FixedDelay),
    Parameter::optional("dynamic_delay_repeat", Takes::DynamicDelay),
    Parameter::optional("cron_schedule_repeat", Takes::CronSchedule),
];

const RELEASES: &[Parameter] = &[
    Parameter::optional("names", Takes::Texts).or(Otherwise::Texts(&[])),
    Parameter::optional("namespace", Takes::Text),
];

const UNHEALTHY_RELEASES: &[Parameter] = &[
    Parameter::required("rate_limit", Takes::Whole),
    Parameter::optional("duration", Takes::Whole).or(Otherwise::Whole(900)),
];

/// Fires again only after so many seconds.
const fn rate_limit(seconds: i64) -> Parameter {
    Parameter::optional("rate_limit", Takes::Number).or(Otherwise::Whole(seconds))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn parameters(name: &str) -> Vec<&'static str> {
        let trigger = named(name).unwrap();
        let names = trigger.parameters.iter().map(|parameter| parameter.name);
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    #[test]
    fn there_are_a_hundred_names_and_84_of_them_are_of_kinds() {
        let names: BTreeSet<_> = all().iter().map(|trigger| &trigger.name).collect();
        assert_eq!(names.len(), 100);
        let of_kinds = all()
            .iter()
            .filter(|trigger| matches!(trigger.fires, Fires::OnChange { .. }));
        assert_eq!(of_kinds.count(), 84);
    }

    #[test]
    fn a_trigger_gives_the_class_of_its_kind() {
        let event = |name| named(name).unwrap().event().as_str();
        assert_eq!(event("on_pod_update"), "PodChangeEvent");
        assert_eq!(event("on_deployment_all_changes"), "DeploymentChangeEvent");
        assert_eq!(
            event("on_kubernetes_any_resource_delete"),
            "KubernetesAnyChangeEvent"
        );
        assert_eq!(
            event("on_kubernetes_resource_operation"),
            "KubernetesAnyChangeEvent"
        );
        assert_eq!(event("on_pod_oom_killed"), "PodChangeEvent");
        assert_eq!(event("on_job_failure"), "JobChangeEvent");
        assert_eq!(
            event("on_kubernetes_warning_event_delete"),
            "EventChangeEvent"
        );
        assert_eq!(event("on_prometheus_alert"), "PrometheusKubernetesAlert");
    }

    #[test]
    fn what_an_action_takes_says_which_triggers_fit() {
        let fitting = |class| that_give(EventClass::parse(class).unwrap()).count();
        assert_eq!(fitting("ExecutionBaseEvent"), 100);
        assert_eq!(fitting("PrometheusKubernetesAlert"), 1);
        assert_eq!(fitting("PodEvent"), 4 + 5 + 1);
        assert_eq!(fitting("PodChangeEvent"), 4 + 5);
        assert_eq!(fitting("ServiceEvent"), 4);
        assert_eq!(fitting("K8sBaseChangeEvent"), 84 + 5 + 1 + 4 + 1);
    }

    #[test]
    fn smart_triggers_take_no_change_filters() {
        let changes = [
            "labels_selector",
            "name_prefix",
            "namespace_prefix",
            "scope",
        ];
        assert_eq!(parameters("on_job_failure"), changes);
        assert_eq!(
            parameters("on_pod_update"),
            [&["change_filters"], changes.as_slice()].concat()
        );
        assert!(!parameters("on_pod_crash_loop").contains(&"change_filters"));
    }

    #[test]
    fn only_the_trigger_on_several_kinds_has_filters_by_default() {
        let with_default = all().iter().filter(|trigger| {
            trigger
                .parameter("change_filters")
                .is_some_and(|filters| filters.otherwise != Otherwise::Nothing)
        });
        let names: Vec<_> = with_default.map(|trigger| trigger.name.as_str()).collect();
        assert_eq!(names, ["on_kubernetes_resource_operation"]);
    }

    #[test]
    fn only_an_unhealthy_release_must_say_its_rate_limit() {
        let required = all().iter().flat_map(|trigger| {
            let required = trigger.parameters.iter().filter(|one| one.is_required());
            required.map(|parameter| (trigger.name.as_str(), parameter.name))
        });
        let required: Vec<_> = required.collect();
        assert_eq!(required, [("on_helm_release_unhealthy", "rate_limit")]);
    }
}
