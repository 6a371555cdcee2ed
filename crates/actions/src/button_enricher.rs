//! `button_enricher`: a link of the user's own.

use serde::Deserialize;
use squall_model::finding::Link;

use crate::failure::Failure;
use crate::text::substitute::{Names, substitute};
use crate::{Action, Case};

/// Adds a link.
pub(crate) struct ButtonEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    button_text: String,
    button_url: String,
}

impl Action for ButtonEnricher {
    const NAME: &'static str = "button_enricher";
    const EVENT: &'static str = "KubernetesResourceEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds a link with the variables of `template_enricher`. What is not there becomes nothing; without an address there is no link.",
        "class": "TemplatedButtonParams",
        "parameters": {
            "button_text": {"type": "string", "required": true, "description": "What it is called."},
            "button_url": {"type": "string", "required": true, "description": "Where it leads."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let variables = case.variables().await;
        let filled = |text: &str| {
            let value = |name: &str| variables.get(name).cloned().unwrap_or_default();
            substitute(text, Names::Plain, value)
        };
        let url = filled(&params.button_url);
        if !url.trim().is_empty() {
            case.add_link(Link::new(url, filled(&params.button_text), None))
                .await;
        }
        Ok(())
    }
}
