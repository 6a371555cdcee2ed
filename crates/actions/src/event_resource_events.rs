//! `event_resource_events`: what else happened to the object that an event is about.

use crate::cluster::events::{EventParams, Regarding, add_events};
use crate::cluster::word;
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Adds a table of events.
pub(crate) struct EventResourceEvents;

impl Action for EventResourceEvents {
    const NAME: &'static str = "event_resource_events";
    const EVENT: &'static str = "EventChangeEvent";
    const DEFINITION: &'static str =
        r#"{"description": "Adds all events of the object that a Kubernetes event regards."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(event) = case.object("Event").await else {
            return Ok(());
        };
        let regarding = Regarding {
            kind: word(&event, "/regarding/kind"),
            name: word(&event, "/regarding/name"),
            namespace: word(&event, "/regarding/namespace"),
        };
        add_events(
            case,
            regarding,
            &EventParams::all(),
            ("Related Events", "Related Events"),
        )
        .await
    }
}
