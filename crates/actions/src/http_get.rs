//! `http_get`: asks a URL.

use serde::Deserialize;
use squall_model::Json;

use crate::failure::Failure;
use crate::text::form::form;
use crate::web::{Wanted, send};
use crate::{Action, Case};

/// Sends a request.
pub(crate) struct HttpGet;

#[derive(Deserialize)]
pub(crate) struct Params {
    url: String,
    params: Json,
    get_response: Option<bool>,
}

impl Action for HttpGet {
    const NAME: &'static str = "http_get";
    const EVENT: &'static str = "ExecutionBaseEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Sends a GET to a URL. A finding tells that nobody answers, or if wanted what is answered.",
        "class": "HTTP_GET",
        "parameters": {
            "url": {"type": "string", "required": true, "description": "Where to."},
            "params": {"type": ["object", "null"], "description": "What the URL's query has besides."},
            "get_response": {"type": ["boolean", "null"], "default": false, "description": "Whether a finding tells what is answered."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let wanted = Wanted {
            method: "GET",
            query: form(&params.params),
            url: params.url,
            is_told: params.get_response == Some(true),
            key: "HttpGet",
            ..Wanted::default()
        };
        send(case, wanted).await;
        Ok(())
    }
}
