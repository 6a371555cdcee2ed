//! `create_event_finding`: a finding about a Kubernetes event.

use serde::Deserialize;

use crate::cluster::reports::about;
use crate::cluster::said;
use crate::failure::Failure;
use crate::{Action, Case};

/// Makes a finding.
pub(crate) struct CreateEventFinding;

#[derive(Deserialize)]
pub(crate) struct Params {
    aggregation_key: String,
}

impl Action for CreateEventFinding {
    const NAME: &'static str = "create_event_finding";
    const EVENT: &'static str = "EventChangeEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Makes a finding of what a Kubernetes event says.",
        "class": "EventFindingParams",
        "parameters": {
            "aggregation_key": {"type": "string", "required": true, "description": "What findings of the same kind have in common."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(event) = case.object("Event").await else {
            return Ok(());
        };
        let description = said(&event, "/note").map(str::to_owned);
        let finding = about(case, &event, &params.aggregation_key, description);
        case.add_finding(&finding);
        Ok(())
    }
}
