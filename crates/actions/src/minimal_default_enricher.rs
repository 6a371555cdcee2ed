//! `minimal_default_enricher`: an alert, and nothing beside it.

use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Makes the alert's finding.
pub(crate) struct MinimalDefaultEnricher;

impl Action for MinimalDefaultEnricher {
    const NAME: &'static str = "minimal_default_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str =
        r#"{"description": "Tells the alert without its labels and annotations."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        case.add_blocks(Vec::new()).await;
        Ok(())
    }
}
