//! `pod_issue_investigator`: why pods of a workload are not ready.

use squall_model::Json;
use squall_model::finding::Enrichment;

use crate::cluster::images::{pull_report, waiting};
use crate::cluster::jobs::{pods_of, selected, selector};
use crate::cluster::pending::pending_report;
use crate::cluster::pods::{self, crash_reports, statuses};
use crate::cluster::{said, word};
use crate::failure::{Code, Failure};
use crate::text::time;
use crate::{Action, Case, NoParams};

/// Investigates.
pub(crate) struct PodIssueInvestigator;

/// What is wrong with a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Issue {
    Image,
    CrashLoop,
    Crash,
    Pending,
}

const KINDS: [&str; 6] = [
    "Deployment",
    "DaemonSet",
    "ReplicaSet",
    "Pod",
    "StatefulSet",
    "Job",
];

/// How long a crash counts as recent, in milliseconds.
const RECENT: f64 = 15.0 * 60.0 * 1000.0;

impl Action for PodIssueInvestigator {
    const NAME: &'static str = "pod_issue_investigator";
    const EVENT: &'static str = "KubernetesResourceEvent";
    const DEFINITION: &'static str = r#"{"description": "Says in the description of the findings so far why pods of the workload are not ready, and adds what is known of the first of them: images that cannot be pulled, crashes, or why no node takes it."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(object) = case.resource().await else {
            case.note("pod_issue_investigator: there is no object");
            return Ok(());
        };
        let kind = word(&object, "/kind");
        if !KINDS.contains(&kind) {
            let text = format!("Pod investigator is not supported for resource {kind}");
            return Err(Failure::new(Code::NotSupported, text));
        }
        let now = now(case);
        let pods = its_pods(case, &object).await?;
        let found = pods
            .iter()
            .find_map(|pod| issue(pod, now).map(|issue| (pod, issue)));
        let Some((pod, issue)) = found else {
            case.note(format!(
                "No pod issues discovered for {kind} {}",
                word(&object, "/metadata/name")
            ));
            return Ok(());
        };
        for report in reports(case, pod, issue).await? {
            case.add_enrichment(report).await;
        }
        case.extend_description(&explanation(&object, pod, issue));
        Ok(())
    }
}

/// Milliseconds since 1970.
fn now(case: &Case<'_>) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of this era are exact"
    )]
    let micros = case.means.now.micros() as f64;
    micros / 1000.0
}

async fn its_pods(case: &Case<'_>, object: &Json) -> Result<Vec<Json>, Failure> {
    let found = match word(object, "/kind") {
        "Pod" => return Ok(vec![object.clone()]),
        "Job" => pods_of(case, object).await,
        _ => {
            let labels = selector(object.pointer("/spec/selector"));
            selected(case, word(object, "/metadata/namespace"), &labels, None).await
        }
    };
    let found = found.unwrap_or_else(|| Ok(Vec::new()));
    found.map_err(|error| Failure::unexpected("cannot list the object's pods", &error))
}

fn issue(pod: &Json, now: f64) -> Option<Issue> {
    let reason = |status: &Json| word(status, "/state/waiting/reason").to_owned();
    let is_looping =
        |status: &Json| pods::restarts(status) > 1 && reason(status).contains("CrashLoopBackOff");
    let crashed = |status: &Json| {
        let ended = said(status, "/lastState/terminated/finishedAt").and_then(time::milliseconds);
        said(status, "/lastState/terminated/reason") == Some("Error")
            && ended.is_some_and(|ended| now - ended < RECENT)
    };
    if statuses(pod)
        .any(|status| matches!(reason(status).as_str(), "ImagePullBackOff" | "ErrImagePull"))
    {
        Some(Issue::Image)
    } else if statuses(pod).any(is_looping) {
        Some(Issue::CrashLoop)
    } else if statuses(pod).any(crashed) {
        Some(Issue::Crash)
    } else if word(pod, "/status/phase").eq_ignore_ascii_case("pending") {
        Some(Issue::Pending)
    } else {
        None
    }
}

/// What is known of the pod. One that crashes while it is pending counts as pending here, as in Robusta.
async fn reports(case: &Case<'_>, pod: &Json, issue: Issue) -> Result<Vec<Enrichment>, Failure> {
    let is_pending = word(pod, "/status/phase").eq_ignore_ascii_case("pending");
    match issue {
        Issue::Image if waiting(pod).next().is_none() => Ok(Vec::new()),
        Issue::Image => Ok(vec![pull_report(case, pod).await?]),
        Issue::Pending => Ok(vec![pending_report(case, pod).await?]),
        Issue::CrashLoop | Issue::Crash if is_pending => Ok(vec![pending_report(case, pod).await?]),
        Issue::CrashLoop | Issue::Crash => Ok(crash_reports(pod)),
    }
}

fn explanation(object: &Json, pod: &Json, issue: Issue) -> String {
    let issue = match issue {
        Issue::Image => "ImagePullBackoff",
        Issue::Pending => "scheduling issue",
        Issue::CrashLoop | Issue::Crash => "CrashLoopBackoff",
    };
    let count = |name: &str| {
        object
            .pointer(&format!("/status/{name}"))
            .and_then(Json::as_i64)
            .unwrap_or_default()
    };
    let counts = match word(object, "/kind") {
        "Deployment" => Some((count("availableReplicas"), count("unavailableReplicas"))),
        "StatefulSet" => Some((
            count("availableReplicas"),
            count("replicas") - count("availableReplicas"),
        )),
        "DaemonSet" => Some((count("numberAvailable"), count("numberUnavailable"))),
        _ => None,
    };
    let text = match counts {
        Some((available, missing)) => {
            format!(
                "{available} pod(s) are available. {missing} pod(s) are not ready due to {issue}"
            )
        }
        None => format!("\n\nPod is not ready due to {issue}"),
    };
    let waiting = pod
        .pointer("/status/containerStatuses/0/state/waiting")
        .filter(|waiting| !waiting.is_null());
    match waiting {
        None => text,
        Some(waiting) => {
            let reason = said(waiting, "/reason").unwrap_or("unknown");
            let message = said(waiting, "/message")
                .filter(|message| !message.is_empty())
                .unwrap_or("N/A");
            format!("{text}\n\n{reason}: {message}")
        }
    }
}
