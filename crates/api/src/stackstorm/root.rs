//! `/`: what this is.

use http::Method;
use serde_json::json;

use super::reply;
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Access, Answer, Routes, route};
use crate::wire::Wire;

/// StackStorm's API that is spoken here: clients look at it to know what they can ask.
const VERSION: &str = "3.9.0";

pub(super) fn routes() -> Routes {
    route(Method::GET, "/", Access::Somebody, index)
        .says(about("Tells what this is.").gives(Shape::One("Root")))
}

async fn index(_wire: Wire, _call: Call) -> Answer {
    reply::ok(&json!({
        "version": VERSION,
        "docs_url": "https://docs.stackstorm.com/3.9",
        "squall": env!("CARGO_PKG_VERSION"),
    }))
}
