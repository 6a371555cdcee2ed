//! `image_pull_backoff_reporter`: a finding about images that cannot be had, and why.

use serde::Deserialize;
use squall_model::finding::{Severity, Source, Subject};

use crate::cluster::images::{pull_report, waiting};
use crate::cluster::{said, word};
use crate::failure::Failure;
use crate::{Action, Case};

/// Reports images.
pub(crate) struct ImagePullBackoffReporter;

#[derive(Deserialize)]
pub(crate) struct Params {}

impl Action for ImagePullBackoffReporter {
    const NAME: &'static str = "image_pull_backoff_reporter";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Makes a finding about images of the pod that cannot be pulled: which, why, and what to do.",
        "class": "RateLimitParams",
        "parameters": {
            "rate_limit": {"type": "integer", "default": 3600, "description": "Not used; the trigger's is."}
        }
    }"#;
    type Params = Params;

    async fn run(_: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            return Ok(());
        };
        if !waiting(&pod)
            .any(|status| said(status, "/state/waiting/reason") == Some("ImagePullBackOff"))
        {
            case.note("image_pull_backoff_reporter: the pod waits for no image");
            return Ok(());
        }
        let (name, namespace) = (
            word(&pod, "/metadata/name"),
            word(&pod, "/metadata/namespace"),
        );
        let enrichment = pull_report(case, &pod).await?;
        let title =
            format!("Failed to pull at least one image in pod {name} in namespace {namespace}");
        let mut finding = case.finding(title, "ImagePullBackoff");
        finding.source = Some(Source::KubernetesApiServer);
        finding.severity = Severity::High;
        finding.subject = Subject::of(&pod);
        finding.stamp();
        if !enrichment.blocks.is_empty() {
            finding.enrichments.push(enrichment);
        }
        case.add_finding(&finding);
        Ok(())
    }
}
