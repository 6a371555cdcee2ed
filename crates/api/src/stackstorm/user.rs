//! `/user`: who asks, as the server sees it.

use http::Method;
use serde_json::json;
use squall_identity::door::Proof;

use super::reply;
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Access, Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/user", Access::Somebody, get)
        .says(about("Tells who asks.").gives(Shape::One("User")))
}

async fn get(_wire: Wire, call: Call) -> Answer {
    let authentication = match &call.principal.proof {
        Proof::Open => json!({"method": "authentication disabled", "location": "n/a"}),
        Proof::Token {
            place, expires_at, ..
        } => {
            json!({"method": "authentication token", "location": place.as_str(), "token_expire": expires_at})
        }
        Proof::Signature => json!({"method": "signature", "location": "header"}),
        Proof::ApiKey { place } => json!({"method": "API key", "location": place.as_str()}),
    };
    reply::ok(&json!({
        "username": call.principal.user,
        "authentication": authentication,
        "rbac": {"enabled": false, "roles": [], "is_admin": true},
    }))
}
