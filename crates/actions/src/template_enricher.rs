//! `template_enricher`: a paragraph of the user's own words.

use serde::Deserialize;
use squall_model::finding::Block;

use crate::failure::Failure;
use crate::text::substitute::{Names, substitute};
use crate::{Action, Case};

/// Adds a text.
pub(crate) struct TemplateEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    template: String,
}

impl Action for TemplateEnricher {
    const NAME: &'static str = "template_enricher";
    const EVENT: &'static str = "KubernetesResourceEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds a text with variables: `${name}`, `${kind}`, `${namespace}`, `${node}`, and of an alert its labels and annotations. What is not there becomes `<missing>`.",
        "class": "TemplateParams",
        "parameters": {
            "template": {"type": "string", "default": "", "description": "The text, in Slack's Markdown."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let variables = case.variables().await;
        let value = |name: &str| {
            variables
                .get(name)
                .cloned()
                .unwrap_or_else(|| "<missing>".to_owned())
        };
        let text = substitute(&params.template, Names::Plain, value);
        case.add_blocks(vec![Block::markdown(text)]).await;
        Ok(())
    }
}
