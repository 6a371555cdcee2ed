//! `alert_explanation_enricher`: what an alert means, and what to do.

use serde::Deserialize;
use squall_model::finding::{Block, Enrichment};

use crate::failure::Failure;
use crate::{Action, Case};

/// Adds an explanation.
pub(crate) struct AlertExplanationEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    alert_explanation: Option<String>,
    recommended_resolution: Option<String>,
}

impl Action for AlertExplanationEnricher {
    const NAME: &'static str = "alert_explanation_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds what the alert means and what to do about it.",
        "class": "AlertExplanationParams",
        "parameters": {
            "alert_explanation": {"type": ["string", "null"], "description": "When the alert fires."},
            "recommended_resolution": {"type": ["string", "null"], "description": "What to do."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let said = |before: &str, text: Option<String>| {
            let text = text.filter(|text| !text.is_empty());
            text.map(|text| Block::markdown(format!("{before} {text}")))
        };
        let explained = said("📘 *Alert Explanation:*", params.alert_explanation);
        let recommended = said(
            "🛠 *Robusta's Recommendation:*",
            params.recommended_resolution,
        );
        let blocks: Vec<Block> = explained.into_iter().chain(recommended).collect();
        if blocks.is_empty() {
            return Ok(());
        }
        let mut enrichment = Enrichment::of(blocks);
        enrichment
            .annotations
            .insert("unfurl".to_owned(), false.into());
        case.add_enrichment(enrichment).await;
        Ok(())
    }
}
