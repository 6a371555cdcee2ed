//! `warning_events_report`: a finding about a Kubernetes event, named by its reason.

use serde::Deserialize;

use crate::cluster::reports::about;
use crate::cluster::{said, word};
use crate::failure::Failure;
use crate::text::substitute::{Names, substitute};
use crate::{Action, Case};

/// Makes a finding.
pub(crate) struct WarningEventsReport;

#[derive(Deserialize)]
pub(crate) struct Params {
    warning_event_groups: Vec<Group>,
}

/// Reasons that belong together.
#[derive(Deserialize)]
struct Group {
    matchers: Vec<String>,
    aggregation_key: String,
    description: Option<String>,
}

impl Action for WarningEventsReport {
    const NAME: &'static str = "warning_events_report";
    const EVENT: &'static str = "EventChangeEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Makes a finding of what a Kubernetes event says, with the aggregation key of the group that its reason is in.",
        "class": "WarningEventReportParams",
        "parameters": {
            "warning_event_groups": {"type": "array", "required": true, "description": "The groups; the first that has the reason counts.", "items": {"type": "object", "properties": {
                "matchers": {"type": "array", "required": true, "items": {"type": "string"}, "description": "Reasons."},
                "aggregation_key": {"type": "string", "required": true, "description": "What their findings have in common."},
                "description": {"type": ["string", "null"], "description": "What is said instead of the event's note; `$name`, `$kind` and `$namespace` stand for its object."}
            }}}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(event) = case.object("Event").await else {
            return Ok(());
        };
        let reason = word(&event, "/reason");
        let group = params
            .warning_event_groups
            .iter()
            .find(|group| group.matchers.iter().any(|one| one == reason));
        let mut key = format!("Kubernetes{}Event", word(&event, "/type"));
        let mut description = said(&event, "/note").map(str::to_owned);
        if let Some(group) = group {
            key.clone_from(&group.aggregation_key);
            let text = group.description.as_deref().filter(|text| !text.is_empty());
            if let Some(text) = text {
                let kind = said(&event, "/regarding/kind");
                description = Some(substitute(text, Names::Dotted, |name| match name {
                    "name" => said(&event, "/regarding/name").unwrap_or("None").to_owned(),
                    "kind" => kind.unwrap_or("None").to_owned(),
                    "namespace" => said(&event, "/regarding/namespace")
                        .unwrap_or("<missing>")
                        .to_owned(),
                    _ => "<missing>".to_owned(),
                }));
            }
        }
        let finding = about(case, &event, &key, description);
        case.add_finding(&finding);
        Ok(())
    }
}
