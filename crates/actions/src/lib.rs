//! Catalogue: actions that Squall brings itself, written in Rust; one file an action. They are named as Robusta's are, take
//! the same parameters, and do the same, without a Python interpreter.
//!
//! An action takes its parameters and a [`Case`]: what happened, the objects of the cluster that it is about, and what
//! has been found out so far. It adds to the findings, or ends the processing. It sees neither the engine nor the store;
//! what it may use is in the case, nothing is ambient. What it changes in the cluster stands in the case afterwards, with
//! before and after, and with `dry_run` it changes nothing.
//!
//! A new action is a file with a manual page, a type that is an [`Action`], and its line in [`ALL`]; what users read of it
//! in docs/playbook-actions.md is made of its `DEFINITION`.
//!
//! Reading order: [`case`], then any action, such as `delete_pod.rs`.

use std::future::Future;

use serde::de::DeserializeOwned;

mod blocks;
pub mod case;
mod catalogue;
mod cluster;
mod failure;
mod prometheus;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod testing;
mod text;
mod web;

mod alert_definition_enricher;
mod alert_explanation_enricher;
mod alert_graph_enricher;
mod api_service_status_enricher;
mod button_enricher;
mod cordon;
mod cpu_overcommited_enricher;
mod cpu_throttling_analysis_enricher;
mod create_event_finding;
mod create_finding;
mod custom_graph_enricher;
mod customise_finding;
mod daemonset_fix_config;
mod daemonset_misscheduled_analysis_enricher;
mod daemonset_misscheduled_smart_silencer;
mod daemonset_silence_false_alarm;
mod daemonset_status_enricher;
mod default_enricher;
mod delete_alert_pod;
mod delete_job;
mod delete_pod;
mod deployment_events_enricher;
mod deployment_status_enricher;
mod drain;
mod enrich_pod_with_node_events;
mod event_report;
mod event_resource_events;
mod external_video_enricher;
mod fail_krr_scan;
mod graph_enricher;
mod helm_status_enricher;
mod hpa_events_enricher;
mod hpa_mismatch_enricher;
mod http_get;
mod http_post;
mod http_put;
mod image_pull_backoff_reporter;
mod job_events_enricher;
mod job_info_enricher;
mod job_pod_enricher;
mod logs_enricher;
mod memory_overcommited_enricher;
mod mention_enricher;
mod minimal_default_enricher;
mod name_silencer;
mod node_allocatable_resources_enricher;
mod node_cpu_enricher;
mod node_disk_analyzer;
mod node_graph_enricher;
mod node_pods_capacity_enricher;
mod node_restart_silencer;
mod node_running_pods_enricher;
mod node_status_enricher;
mod oom_killer_enricher;
mod oomkilled_container_graph_enricher;
mod pod_bash_enricher;
mod pod_events_enricher;
mod pod_evicted_enricher;
mod pod_graph_enricher;
mod pod_issue_investigator;
mod pod_node_graph_enricher;
mod pod_oom_killer_enricher;
mod pod_status_silencer;
mod prometheus_rules_enricher;
mod related_pods;
mod report_crash_loop;
mod resource_babysitter;
mod resource_events_enricher;
mod rollout_restart;
mod scale;
mod severity_silencer;
mod silence_alert;
mod statefulset_replicas_enricher;
mod status_enricher;
mod target_down_dns_silencer;
mod template_enricher;
mod uncordon;
mod version_mismatch_enricher;
mod warning_events_report;

pub use case::{Case, Event};
pub use catalogue::{Entry, Manual, find};
pub use failure::{Code, Failure};

use catalogue::entry;

/// Every action there is, alphabetically.
pub static ALL: &[Entry] = &[
    entry::<alert_definition_enricher::AlertDefinitionEnricher>(),
    entry::<alert_explanation_enricher::AlertExplanationEnricher>(),
    entry::<alert_graph_enricher::AlertGraphEnricher>(),
    entry::<api_service_status_enricher::ApiServiceStatusEnricher>(),
    entry::<button_enricher::ButtonEnricher>(),
    entry::<cordon::Cordon>(),
    entry::<cpu_overcommited_enricher::CpuOvercommitedEnricher>(),
    entry::<cpu_throttling_analysis_enricher::CpuThrottlingAnalysisEnricher>(),
    entry::<create_event_finding::CreateEventFinding>(),
    entry::<create_finding::CreateFinding>(),
    entry::<custom_graph_enricher::CustomGraphEnricher>(),
    entry::<customise_finding::CustomiseFinding>(),
    entry::<daemonset_fix_config::DaemonsetFixConfig>(),
    entry::<daemonset_misscheduled_analysis_enricher::DaemonsetMisscheduledAnalysisEnricher>(),
    entry::<daemonset_misscheduled_smart_silencer::DaemonsetMisscheduledSmartSilencer>(),
    entry::<daemonset_silence_false_alarm::DaemonsetSilenceFalseAlarm>(),
    entry::<daemonset_status_enricher::DaemonsetStatusEnricher>(),
    entry::<default_enricher::DefaultEnricher>(),
    entry::<delete_alert_pod::DeleteAlertPod>(),
    entry::<delete_job::DeleteJob>(),
    entry::<delete_pod::DeletePod>(),
    entry::<deployment_events_enricher::DeploymentEventsEnricher>(),
    entry::<deployment_status_enricher::DeploymentStatusEnricher>(),
    entry::<drain::Drain>(),
    entry::<enrich_pod_with_node_events::EnrichPodWithNodeEvents>(),
    entry::<event_report::EventReport>(),
    entry::<event_resource_events::EventResourceEvents>(),
    entry::<external_video_enricher::ExternalVideoEnricher>(),
    entry::<fail_krr_scan::FailKrrScan>(),
    entry::<graph_enricher::GraphEnricher>(),
    entry::<helm_status_enricher::HelmStatusEnricher>(),
    entry::<hpa_events_enricher::HpaEventsEnricher>(),
    entry::<hpa_mismatch_enricher::HpaMismatchEnricher>(),
    entry::<http_get::HttpGet>(),
    entry::<http_post::HttpPost>(),
    entry::<http_put::HttpPut>(),
    entry::<image_pull_backoff_reporter::ImagePullBackoffReporter>(),
    entry::<job_events_enricher::JobEventsEnricher>(),
    entry::<job_info_enricher::JobInfoEnricher>(),
    entry::<job_pod_enricher::JobPodEnricher>(),
    entry::<logs_enricher::LogsEnricher>(),
    entry::<memory_overcommited_enricher::MemoryOvercommitedEnricher>(),
    entry::<mention_enricher::MentionEnricher>(),
    entry::<minimal_default_enricher::MinimalDefaultEnricher>(),
    entry::<name_silencer::NameSilencer>(),
    entry::<node_allocatable_resources_enricher::NodeAllocatableResourcesEnricher>(),
    entry::<node_cpu_enricher::NodeCpuEnricher>(),
    entry::<node_disk_analyzer::NodeDiskAnalyzer>(),
    entry::<node_graph_enricher::NodeGraphEnricher>(),
    entry::<node_pods_capacity_enricher::NodePodsCapacityEnricher>(),
    entry::<node_restart_silencer::NodeRestartSilencer>(),
    entry::<node_running_pods_enricher::NodeRunningPodsEnricher>(),
    entry::<node_status_enricher::NodeStatusEnricher>(),
    entry::<oom_killer_enricher::OomKillerEnricher>(),
    entry::<oomkilled_container_graph_enricher::OomkilledContainerGraphEnricher>(),
    entry::<pod_bash_enricher::PodBashEnricher>(),
    entry::<pod_events_enricher::PodEventsEnricher>(),
    entry::<pod_evicted_enricher::PodEvictedEnricher>(),
    entry::<pod_graph_enricher::PodGraphEnricher>(),
    entry::<pod_issue_investigator::PodIssueInvestigator>(),
    entry::<pod_node_graph_enricher::PodNodeGraphEnricher>(),
    entry::<pod_oom_killer_enricher::PodOomKillerEnricher>(),
    entry::<pod_status_silencer::PodStatusSilencer>(),
    entry::<prometheus_rules_enricher::PrometheusRulesEnricher>(),
    entry::<related_pods::RelatedPods>(),
    entry::<report_crash_loop::ReportCrashLoop>(),
    entry::<resource_babysitter::ResourceBabysitter>(),
    entry::<resource_events_enricher::ResourceEventsEnricher>(),
    entry::<rollout_restart::RolloutRestart>(),
    entry::<scale::Scale>(),
    entry::<severity_silencer::SeveritySilencer>(),
    entry::<silence_alert::SilenceAlert>(),
    entry::<statefulset_replicas_enricher::StatefulsetReplicasEnricher>(),
    entry::<status_enricher::StatusEnricher>(),
    entry::<target_down_dns_silencer::TargetDownDnsSilencer>(),
    entry::<template_enricher::TemplateEnricher>(),
    entry::<uncordon::Uncordon>(),
    entry::<version_mismatch_enricher::VersionMismatchEnricher>(),
    entry::<warning_events_report::WarningEventsReport>(),
];

/// One action.
pub trait Action: Sized + Send + 'static {
    /// What a playbook writes.
    const NAME: &'static str;
    /// The class of events that it takes, by Robusta's name.
    const EVENT: &'static str;
    /// What users see of it: a JSON object with `description`; `parameters`, each a JSON schema with `required` or
    /// `default`; `class`, Robusta's name for them; `also`, groups of parameters that several actions have; and
    /// `changes_cluster` where it does.
    const DEFINITION: &'static str;
    /// Its parameters, defaults already filled in and values already of their types.
    type Params: DeserializeOwned + Send;

    /// Carries it out.
    fn run(
        params: Self::Params,
        case: &mut Case<'_>,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// The parameters of an action that takes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub struct NoParams {}
