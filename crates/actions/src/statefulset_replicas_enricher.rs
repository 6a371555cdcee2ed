//! `statefulset_replicas_enricher`: how many pods a stateful set has.

use squall_model::Json;

use crate::case::Overrides;
use crate::failure::Failure;
use crate::text::shown;
use crate::{Action, Case, NoParams};

/// Says it in the description.
pub(crate) struct StatefulsetReplicasEnricher;

impl Action for StatefulsetReplicasEnricher {
    const NAME: &'static str = "statefulset_replicas_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{"description": "Says in the description of the findings so far how many pods of the stateful set there are and are ready."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(set) = case.object("StatefulSet").await else {
            case.note("statefulset_replicas_enricher: there is no stateful set");
            return Ok(());
        };
        let count = |pointer: &str| {
            set.pointer(pointer)
                .map_or_else(|| "None".to_owned(), shown)
        };
        let ready = match set.pointer("/status/readyReplicas").and_then(Json::as_i64) {
            None | Some(0) => "No replicas are ready.".to_owned(),
            Some(ready) => format!("Only {ready} replicas are ready."),
        };
        let text = format!(
            " {} out of {} replicas were created for this Statefulset. {ready}",
            count("/status/replicas"),
            count("/spec/replicas")
        );
        let description = case.event.alert().map(super::case::Alert::description);
        case.override_findings(&Overrides {
            description: Some(description.unwrap_or_default() + &text),
            ..Overrides::default()
        });
        Ok(())
    }
}
