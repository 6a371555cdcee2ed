//! `pod_status_silencer`: events about pods in such a phase end here.

use serde::Deserialize;

use crate::cluster::word;
use crate::failure::Failure;
use crate::{Action, Case};

/// Ends the processing.
pub(crate) struct PodStatusSilencer;

#[derive(Deserialize)]
pub(crate) struct Params {
    include: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
}

impl Action for PodStatusSilencer {
    const NAME: &'static str = "pod_status_silencer";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Ends the processing unless the pod is in one of the phases of `include`, or if it is in one of `exclude`.",
        "class": "StatusSilencerParams",
        "parameters": {
            "include": {"type": ["array", "null"], "items": {"type": "string"}, "description": "Phases that go on, such as `Pending`."},
            "exclude": {"type": ["array", "null"], "items": {"type": "string"}, "description": "Phases that end."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("pod_status_silencer: there is no pod");
            return Ok(());
        };
        let has = |phases: &[String]| {
            phases
                .iter()
                .any(|phase| phase == word(&pod, "/status/phase"))
        };
        let include = params.include.unwrap_or_default();
        let exclude = params.exclude.unwrap_or_default();
        if !include.is_empty() && !has(&include) || has(&exclude) {
            case.stopped = true;
        }
        Ok(())
    }
}
