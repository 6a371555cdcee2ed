//! `alert_definition_enricher`: the query that an alert comes from.

use squall_model::finding::{Block, Enrichment};

use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Adds the query.
pub(crate) struct AlertDefinitionEnricher;

impl Action for AlertDefinitionEnricher {
    const NAME: &'static str = "alert_definition_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str =
        r#"{"description": "Adds the query that the alert comes from."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(query) = case.event.alert().map(super::case::Alert::query) else {
            return Ok(());
        };
        let text = format!("*Alert definition*\n```\n{query}\n```");
        let mut enrichment = Enrichment::of(vec![Block::markdown(text)]);
        enrichment
            .annotations
            .insert("attachment".to_owned(), true.into());
        case.add_enrichment(enrichment).await;
        Ok(())
    }
}
