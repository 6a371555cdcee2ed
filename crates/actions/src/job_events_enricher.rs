//! `job_events_enricher`: what happened to a job lately.

use crate::cluster::events::{EventParams, Regarding, add_events};
use crate::failure::Failure;
use crate::{Action, Case};

/// Adds a table of events.
pub(crate) struct JobEventsEnricher;

impl Action for JobEventsEnricher {
    const NAME: &'static str = "job_events_enricher";
    const EVENT: &'static str = "JobEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the events of the job that the event is about, the newest first.",
        "class": "EventEnricherParams",
        "also": ["events"]
    }"#;
    type Params = EventParams;

    async fn run(params: EventParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(job) = case.object("Job").await else {
            case.note("job_events_enricher: there is no job");
            return Ok(());
        };
        add_events(
            case,
            Regarding::object(&job),
            &params,
            ("*Job events:*", "Job Events"),
        )
        .await
    }
}
