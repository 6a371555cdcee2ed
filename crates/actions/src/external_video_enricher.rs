//! `external_video_enricher`: a link to a video.

use serde::Deserialize;
use squall_model::finding::Link;

use crate::failure::Failure;
use crate::{Action, Case};

/// Adds a link.
pub(crate) struct ExternalVideoEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    url: String,
    name: Option<String>,
}

impl Action for ExternalVideoEnricher {
    const NAME: &'static str = "external_video_enricher";
    const EVENT: &'static str = "ExecutionBaseEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds a link to a video.",
        "class": "VideoEnricherParams",
        "parameters": {
            "url": {"type": "string", "required": true, "description": "Where it is."},
            "name": {"type": ["string", "null"], "description": "What it is called; without it, `See more`."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let name = params.name.unwrap_or_else(|| "See more".to_owned());
        case.add_link(Link::new(params.url, name, Some("video")))
            .await;
        Ok(())
    }
}
