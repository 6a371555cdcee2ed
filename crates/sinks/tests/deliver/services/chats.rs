//! Chats that take one text.

use serde_json::json;
use squall_model::http::Answer;

use super::{some_at_most, told};
use crate::service::Asked;

pub(super) fn google(asked: &Asked) -> Answer {
    assert_eq!(asked.method, "POST");
    let body = asked.json();
    some_at_most(&body["text"], 4096);
    told(200, &json!({"name": "spaces/A/messages/1"}))
}
