//! `silence_alert`: alerts end here.

use serde::Deserialize;

use crate::failure::Failure;
use crate::{Action, Case};

/// Ends the processing of an alert.
pub(crate) struct SilenceAlert;

#[derive(Deserialize)]
pub(crate) struct Params {
    log_silence: bool,
}

impl Action for SilenceAlert {
    const NAME: &'static str = "silence_alert";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Ends the processing of the alert: no later action or playbook sees it.",
        "class": "SilenceAlertParams",
        "parameters": {
            "log_silence": {"type": "boolean", "default": false, "description": "Whether that is noted in the execution."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let name = case.event.alert().map(super::case::Alert::name);
        if params.log_silence {
            case.note(format!(
                "the alert {} is silenced",
                name.unwrap_or_default()
            ));
        }
        case.stopped = true;
        Ok(())
    }
}
