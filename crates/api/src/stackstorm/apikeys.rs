//! `/apikeys`: lasting keys for programs.

use http::Method;
use squall_identity::{permission::Permission, secret};
use squall_model::identity::ApiKey;
use squall_model::{Json, Object};
use squall_server::access::KnownKey;

use super::fault::Fault;
use super::page::{self, Lists};
use super::{reply, shape};
use crate::about::{SECRETS, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/apikeys", Permission::ApiKeyList, list)
        .says(
            about("Lists API keys.")
                .lists("ApiKey")
                .query(SECRETS)
                .texts(&["user"]),
        )
        .merge(
            route(Method::POST, "/apikeys", Permission::ApiKeyCreate, create).says(
                about("Makes an API key, whose text is told once.")
                    .takes("ApiKeyDocument")
                    .makes("ApiKey"),
            ),
        )
        .merge(
            route(
                Method::GET,
                "/apikeys/{id_or_key}",
                Permission::ApiKeyView,
                get,
            )
            .says(
                about("Shows an API key.")
                    .query(SECRETS)
                    .gives(Shape::One("ApiKey")),
            ),
        )
        .merge(
            route(
                Method::PUT,
                "/apikeys/{id_or_key}",
                Permission::ApiKeyModify,
                update,
            )
            .says(
                about("Changes an API key.")
                    .takes("ApiKeyDocument")
                    .gives(Shape::One("ApiKey")),
            ),
        )
        .merge(
            route(
                Method::DELETE,
                "/apikeys/{id_or_key}",
                Permission::ApiKeyDelete,
                delete,
            )
            .says(about("Deletes an API key.").removes()),
        )
}

async fn list(wire: Wire, call: Call) -> Answer {
    let keys = wire.handle().store().api_keys().await?;
    let user = call.query.get("user").filter(|user| !user.is_empty());
    let found: Vec<&ApiKey> = keys
        .iter()
        .filter(|key| user.is_none_or(|user| key.user == user))
        .collect();
    let lists = Lists {
        limit: Some(50),
        ascending: true,
    };
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    page::listed(&call.query, lists, &[], &found, |key| {
        shape::api_key(key, show_secrets)
    })
}

async fn get(wire: Wire, call: Call) -> Answer {
    let show_secrets = page::boolean(&call.query, "show_secrets")?.unwrap_or(false);
    reply::ok(&shape::api_key(&found(&wire, &call).await?, show_secrets))
}

/// The key's text is told here and never again.
async fn create(wire: Wire, call: Call) -> Answer {
    let body = shape::object_body(&call)?;
    let text = |name: &str| {
        body.get(name)
            .and_then(Json::as_str)
            .filter(|text| !text.is_empty())
    };
    let user = text("user").unwrap_or(&call.principal.user).to_owned();
    let enabled = body.get("enabled").and_then(Json::as_bool).unwrap_or(true);
    let known = text("key_hash").map(|hash| KnownKey {
        id: text("id").and_then(|id| id.parse().ok()),
        hash: hash.to_owned(),
    });
    let (key, told) = wire
        .handle()
        .new_api_key(&user, metadata(&body)?, enabled, known)
        .await?;
    let mut shown = shape::api_key(&key, false);
    if let (Some(shown), Some(told)) = (shown.as_object_mut(), told) {
        shown.insert("key".to_owned(), Json::from(told));
        shown.remove("key_hash");
    }
    reply::created(&shown)
}

async fn update(wire: Wire, call: Call) -> Answer {
    let mut key = found(&wire, &call).await?;
    let body = shape::object_body(&call)?;
    if let Some(hash) = body.get("key_hash").and_then(Json::as_str)
        && hash != key.hash
        && hash != squall_model::mask::MASK
    {
        return Err(Fault::bad_request("Update of key_hash is not allowed."));
    }
    key.enabled = body
        .get("enabled")
        .and_then(Json::as_bool)
        .unwrap_or(key.enabled);
    key.metadata = if body.contains_key("metadata") {
        metadata(&body)?
    } else {
        key.metadata
    };
    if let Some(user) = body
        .get("user")
        .and_then(Json::as_str)
        .filter(|user| !user.is_empty())
    {
        key.user = user.to_owned();
    }
    wire.handle().update_api_key(key.clone()).await?;
    reply::ok(&shape::api_key(&key, false))
}

async fn delete(wire: Wire, call: Call) -> Answer {
    let key = found(&wire, &call).await?;
    wire.handle().delete_api_key(&key).await?;
    reply::nothing()
}

fn metadata(body: &Object) -> Result<Object, Fault> {
    match body.get("metadata") {
        None | Some(Json::Null) => Ok(Object::new()),
        Some(Json::Object(metadata)) => Ok(metadata.clone()),
        Some(_) => Err(Fault::bad_request("'metadata' must be an object")),
    }
}

/// The key in the path: by its id or by its text.
async fn found(wire: &Wire, call: &Call) -> Result<ApiKey, Fault> {
    let id_or_key = call.part("id_or_key");
    let store = wire.handle().store();
    let by_text = store.api_key(secret::hash(id_or_key)).await?;
    if let Some(key) = by_text {
        return Ok(key);
    }
    let keys = store.api_keys().await?;
    let by_id = keys.into_iter().find(|key| key.id.to_string() == id_or_key);
    // The text may be a key, so it is not repeated.
    by_id.ok_or_else(|| Fault::not_found("ApiKey with this id or key not found."))
}
