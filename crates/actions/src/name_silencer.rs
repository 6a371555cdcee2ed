//! `name_silencer`: alerts of these names end here.

use serde::Deserialize;

use crate::failure::Failure;
use crate::{Action, Case};

/// Ends the processing of an alert.
pub(crate) struct NameSilencer;

#[derive(Deserialize)]
pub(crate) struct Params {
    names: Vec<String>,
}

impl Action for NameSilencer {
    const NAME: &'static str = "name_silencer";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Ends the processing of alerts with one of these names: no later action or playbook sees them.",
        "class": "NameSilencerParams",
        "parameters": {
            "names": {"type": "array", "required": true, "items": {"type": "string"}, "description": "The names."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let name = case.event.alert().map(super::case::Alert::name);
        if name.is_some_and(|name| params.names.contains(&name)) {
            case.stopped = true;
        }
        Ok(())
    }
}
