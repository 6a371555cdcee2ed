//! `default_enricher`: an alert with its labels and a link to its graph.

use serde::Deserialize;
use squall_model::finding::Link;

use crate::failure::Failure;
use crate::{Action, Case, blocks};

/// Adds what the alert says itself.
pub(crate) struct DefaultEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    alert_annotations_enrichment: bool,
    alert_generator_link: bool,
}

impl Action for DefaultEnricher {
    const NAME: &'static str = "default_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the alert's labels, and a link to its graph.",
        "class": "DefaultEnricherParams",
        "parameters": {
            "alert_annotations_enrichment": {"type": "boolean", "default": false, "description": "Whether its annotations are added as well."},
            "alert_generator_link": {"type": "boolean", "default": true, "description": "Whether the link is."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(alert) = case.event.alert().cloned() else {
            return Ok(());
        };
        if params.alert_generator_link && is_link(&alert.generator_url) {
            let link = Link::new(
                alert.generator_url,
                "View Graph",
                Some("prometheus_generator_url"),
            );
            case.add_link(link).await;
        }
        let labels = blocks::labels_table(&alert.labels, "*Alert labels*", "Alert labels");
        case.add_enrichment(labels).await;
        if params.alert_annotations_enrichment && !alert.annotations.is_empty() {
            let annotations = blocks::labels_table(
                &alert.annotations,
                "*Alert annotations*",
                "Alert annotations",
            );
            case.add_enrichment(annotations).await;
        }
        Ok(())
    }
}

/// Whether it is an address that Slack takes.
fn is_link(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    is_web && !rest.is_empty() && !rest.starts_with(['/', '?', '#'])
}
