//! `event_report`: a finding about a Kubernetes event, named by its type.

use crate::cluster::reports::about;
use crate::cluster::{said, word};
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Makes a finding.
pub(crate) struct EventReport;

impl Action for EventReport {
    const NAME: &'static str = "event_report";
    const EVENT: &'static str = "EventChangeEvent";
    const DEFINITION: &'static str = r#"{"description": "Makes a finding of what a Kubernetes event says. All of a type have one aggregation key."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(event) = case.object("Event").await else {
            return Ok(());
        };
        let key = format!("Kubernetes{}Event", word(&event, "/type"));
        let description = said(&event, "/note").map(str::to_owned);
        let finding = about(case, &event, &key, description);
        case.add_finding(&finding);
        Ok(())
    }
}
