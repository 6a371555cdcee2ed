//! `http_post`: sends something to a URL.

use serde::Deserialize;
use squall_model::Json;

use crate::failure::Failure;
use crate::web::{Wanted, send};
use crate::{Action, Case};

/// Sends a request.
pub(crate) struct HttpPost;

#[derive(Deserialize)]
pub(crate) struct Params {
    url: String,
    data: Json,
    headers: Json,
    get_response: Option<bool>,
}

impl Action for HttpPost {
    const NAME: &'static str = "http_post";
    const EVENT: &'static str = "ExecutionBaseEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Sends a POST to a URL. A finding tells that nobody answers, or if wanted what is answered.",
        "class": "HTTP_POST",
        "parameters": {
            "url": {"type": "string", "required": true, "description": "Where to."},
            "data": {"description": "What is sent: a text, or a mapping or list of pairs that becomes a form."},
            "headers": {"type": ["object", "null"], "description": "Headers."},
            "get_response": {"type": ["boolean", "null"], "default": false, "description": "Whether a finding tells what is answered."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let wanted = Wanted {
            method: "POST",
            url: params.url,
            data: params.data,
            headers: params.headers,
            is_told: params.get_response == Some(true),
            query: String::new(),
            key: "HttpPost",
        };
        send(case, wanted).await;
        Ok(())
    }
}
