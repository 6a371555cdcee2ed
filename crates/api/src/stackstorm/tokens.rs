//! The auth service: a name and a password for a token.

use http::{HeaderValue, Method, StatusCode};
use serde_json::json;
use squall_identity::basic::Basic;
use squall_identity::door::Refusal;
use squall_identity::token::Wanted;
use squall_model::{Json, Object};

use super::fault::Fault;
use super::{reply, shape};
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Access, Answer, Routes, route};
use crate::wire::{SignIn, Wire};

pub(super) fn routes() -> Routes {
    route(Method::POST, "/tokens", Access::Anyone, create)
        .says(
            about("Signs in: a token for a name and a password.")
                .takes("TokenRequest")
                .makes("Token"),
        )
        .merge(
            route(Method::POST, "/tokens/validate", Access::Somebody, validate).says(
                about("Tells whether a token is valid.")
                    .takes("TokenToCheck")
                    .gives(Shape::One("TokenChecked")),
            ),
        )
        .merge(route(Method::GET, "/sso", Access::Anyone, sso).says(
            about("Tells whether there is single sign-on.").gives(Shape::One("SingleSignOn")),
        ))
}

async fn create(wire: Wire, call: Call) -> Answer {
    let body = shape::json_body(&call)?;
    let user = signed_in(&wire, &call).await?;
    if let Some(other) = body.get("user").and_then(Json::as_str)
        && other != user
    {
        return Err(Fault::bad_request(
            "Not a service account: tokens are made for the one who signs in.",
        ));
    }
    let ttl = match body.get("ttl") {
        None | Some(Json::Null) => None,
        Some(ttl) => Some(
            ttl.as_u64()
                .filter(|ttl| *ttl > 0)
                .ok_or_else(|| Fault::bad_request("ttl must be a positive number of seconds"))?,
        ),
    };
    let wanted = Wanted {
        user,
        ttl,
        metadata: Object::new(),
        service: false,
    };
    let issued = wire
        .handle()
        .issue_token(wanted, wire.settings().token_ttl)
        .await?;
    let mut response = reply::created(&json!({
        "id": issued.record.id,
        "user": issued.record.user,
        "token": issued.text,
        "expiry": issued.record.expires_at,
        "metadata": issued.record.metadata,
        "service": false,
    }))?;
    if let Ok(url) = HeaderValue::from_str(&wire.handle().settings().action_api_url) {
        response.headers_mut().insert("x-api-url", url);
    }
    Ok(response)
}

/// The user whose name and password the call shows.
async fn signed_in(wire: &Wire, call: &Call) -> Result<String, Fault> {
    let refused = || Fault::new(401, Refusal::WrongPassword.to_string());
    let basic = call.header("authorization").and_then(Basic::read);
    let Some(passwords) = wire.passwords() else {
        let SignIn::Open { user } = &wire.settings().sign_in else {
            return Err(refused());
        };
        return Ok(basic.map_or_else(|| user.clone(), |basic| basic.user));
    };
    let basic = basic.ok_or_else(refused)?;
    let begun = wire
        .sign_ins()
        .lock()
        .await
        .begin(&basic.user, squall_server::clock::now());
    begun.map_err(|too_many| Fault::new(429, too_many.to_string()))?;
    let passwords = passwords.lock().await.current().map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the password file cannot be read"
        );
        Fault::new(500, "Internal Server Error")
    })?;
    let user = basic.user.clone();
    // Checking a password takes a good part of a second on purpose, and must not hold up other requests.
    let fits = tokio::task::spawn_blocking(move || passwords.check(&basic))
        .await
        .unwrap_or(false);
    if !fits {
        return Err(refused());
    }
    wire.sign_ins().lock().await.succeeded(&user);
    Ok(user)
}

async fn validate(wire: Wire, call: Call) -> Answer {
    let body = shape::json_body(&call)?;
    let text = body.get("token").and_then(Json::as_str).unwrap_or_default();
    let shown = squall_identity::door::Shown {
        token_in_header: Some(text),
        ..Default::default()
    };
    let valid = match shown.credential() {
        Ok(credential) => wire.handle().admit(credential).await?.is_ok(),
        Err(_) => false,
    };
    reply::json(StatusCode::OK, &json!({ "valid": valid }))
}

async fn sso(_wire: Wire, _call: Call) -> Answer {
    reply::ok(&json!({ "enabled": false }))
}
