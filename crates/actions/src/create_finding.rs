//! `create_finding`: a new message of the user's own words.

use serde::Deserialize;
use squall_model::finding::Severity;

use crate::failure::{Code, Failure};
use crate::text::templated;
use crate::{Action, Case};

/// Makes a finding.
pub(crate) struct CreateFinding;

#[derive(Deserialize)]
pub(crate) struct Params {
    title: String,
    aggregation_key: String,
    description: Option<String>,
    severity: Option<String>,
}

impl Action for CreateFinding {
    const NAME: &'static str = "create_finding";
    const EVENT: &'static str = "ExecutionBaseEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Makes a new finding. Blocks that later actions add go to it.",
        "class": "FindingFields",
        "parameters": {
            "title": {"type": "string", "required": true, "description": "Its title. `$name`, `$kind`, `$namespace`, `$node`, `$labels.x` and `$annotations.x` stand for what the event is about; `${labels.a/b-c}` for names with dashes and slashes; of an event of a pack's trigger `$trigger.body.x` for what is known about it."},
            "aggregation_key": {"type": "string", "required": true, "description": "What findings of the same kind have in common, such as `JobFailure`."},
            "description": {"type": ["string", "null"], "description": "More text, with the same variables."},
            "severity": {"type": ["string", "null"], "default": "HIGH", "description": "`DEBUG`, `INFO`, `LOW` or `HIGH`."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let word = params.severity.unwrap_or_else(|| "None".to_owned());
        let severity = Severity::parse(&word).ok_or_else(|| {
            let text = format!("{}: Unknown severity {word}", Code::Unexpected);
            Failure::new(Code::Unexpected, text)
        })?;
        let subject = case.subject().await;
        let description = params.description.filter(|text| !text.is_empty());
        let payload = case.event.payload().cloned();
        let text = |text: &str| templated(text, &subject, payload.as_ref());
        let mut finding = case.finding(text(&params.title), params.aggregation_key);
        finding.description = description.map(|given| text(&given));
        finding.severity = severity;
        finding.source = case.source();
        finding.subject = subject;
        finding.stamp();
        case.add_finding(&finding);
        Ok(())
    }
}
