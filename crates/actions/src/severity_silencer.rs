//! `severity_silencer`: alerts of this severity end here.

use serde::Deserialize;

use crate::failure::Failure;
use crate::{Action, Case};

/// Ends the processing of an alert.
pub(crate) struct SeveritySilencer;

#[derive(Deserialize)]
pub(crate) struct Params {
    severity: String,
}

impl Action for SeveritySilencer {
    const NAME: &'static str = "severity_silencer";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Ends the processing of alerts with this severity: no later action or playbook sees them.",
        "class": "SeverityParams",
        "parameters": {
            "severity": {"type": "string", "default": "none", "description": "The alert's label `severity`."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let own = case.event.alert().and_then(|alert| alert.label("severity"));
        if own.is_some_and(|own| own == params.severity) {
            case.stopped = true;
        }
        Ok(())
    }
}
