//! `/keys`: the datastore.

use http::Method;
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::key::{Key, Scope};
use squall_model::record::KeyFilter;
use squall_model::{Json, Object};
use squall_server::keys::NewKey;

use super::fault::Fault;
use super::page::{self, Lists};
use super::{reply, shape};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/keys", Permission::KeyValuePairList, list)
        .merge(route(
            Method::GET,
            "/keys/{name}",
            Permission::KeyValuePairView,
            get,
        ))
        .merge(route(
            Method::PUT,
            "/keys/{name}",
            Permission::KeyValuePairSet,
            put,
        ))
        .merge(route(
            Method::DELETE,
            "/keys/{name}",
            Permission::KeyValuePairDelete,
            delete,
        ))
}

async fn list(wire: Wire, call: Call) -> Answer {
    let decrypt = page::boolean(&call.query, "decrypt")?.unwrap_or(false);
    let paged = page::page(&call.query, Lists::REGISTERED)?;
    let scopes = match call.query.get("scope").filter(|scope| !scope.is_empty()) {
        Some("all") => vec![Scope::System, Scope::User],
        scope => vec![scope_of(scope, call.query.get("user"))?],
    };
    let (mut items, mut total) = (Vec::new(), 0_u64);
    for scope in scopes {
        let filter = KeyFilter {
            scope: Some(scope),
            user: Some(owner(scope, &call, call.query.get("user"))),
            prefix: call
                .query
                .get("prefix")
                .or_else(|| call.query.get("name"))
                .map(str::to_owned),
        };
        let found = wire.handle().store().keys(filter, paged).await?;
        total = total.saturating_add(found.total);
        for key in found.items {
            items.push(shown(&wire, key, decrypt)?);
        }
    }
    reply::list(items, total, paged.limit)
}

async fn get(wire: Wire, call: Call) -> Answer {
    let decrypt = page::boolean(&call.query, "decrypt")?.unwrap_or(false);
    let scope = scope_of(call.query.get("scope"), call.query.get("user"))?;
    let user = owner(scope, &call, call.query.get("user"));
    let name = call.part("name");
    let key = wire.handle().key(scope, &user, name).await?;
    let key = key.ok_or_else(|| missing(name, scope))?;
    reply::ok(&shown(&wire, key, decrypt)?)
}

async fn put(wire: Wire, call: Call) -> Answer {
    let body = shape::object_body(&call)?;
    let text = |name: &str| body.get(name).and_then(Json::as_str);
    let flag = |name: &str| body.get(name).and_then(Json::as_bool).unwrap_or(false);
    let scope = scope_of(text("scope").or_else(|| call.query.get("scope")), None)?;
    let value = text("value").ok_or_else(|| {
        Fault::bad_request("'value' is a required property, and must be a string")
    })?;
    let new = NewKey {
        scope,
        user: owner(scope, &call, text("user")),
        name: call.part("name").to_owned(),
        value: value.to_owned(),
        ttl_seconds: body.get("ttl").and_then(Json::as_u64),
        secret: flag("secret"),
        encrypted: flag("encrypted"),
    };
    let key = wire.handle().set_key(new).await?;
    reply::ok(&shown(&wire, key, false)?)
}

async fn delete(wire: Wire, call: Call) -> Answer {
    let scope = scope_of(call.query.get("scope"), call.query.get("user"))?;
    let user = owner(scope, &call, call.query.get("user"));
    let name = call.part("name");
    if wire.handle().delete_key(scope, &user, name).await? {
        return reply::nothing();
    }
    Err(missing(name, scope))
}

fn missing(name: &str, scope: Scope) -> Fault {
    Fault::not_found(format!(
        "The key \"{name}\" does not exist in the scope \"{}\".",
        scope.as_str()
    ))
}

/// A user in the query means the user's scope.
fn scope_of(scope: Option<&str>, user: Option<&str>) -> Result<Scope, Fault> {
    match (
        scope.filter(|scope| !scope.is_empty() && *scope != "all"),
        user.filter(|user| !user.is_empty()),
    ) {
        (_, Some(_)) => Ok(Scope::User),
        (None, None) => Ok(Scope::System),
        (Some(scope), None) => Scope::parse(scope).ok_or_else(|| {
            let allowed = "st2kv.system, st2kv.user, system, user";
            Fault::bad_request(format!(
                "Scope {scope} is not in allowed scopes list: {allowed}"
            ))
        }),
    }
}

/// Whose key is meant. Without roles everybody may look at everybody's, as in StackStorm without RBAC.
fn owner(scope: Scope, call: &Call, user: Option<&str>) -> String {
    match scope {
        Scope::System => String::new(),
        Scope::User => user
            .filter(|user| !user.is_empty())
            .unwrap_or(&call.principal.user)
            .to_owned(),
    }
}

/// A secret is shown as its ciphertext unless it is asked for in clear.
fn shown(wire: &Wire, key: Key, decrypt: bool) -> Result<Json, Fault> {
    let in_clear = decrypt && key.secret;
    let value = if in_clear {
        wire.handle().decrypt(&key.value)?
    } else {
        key.value
    };
    let mut body = Object::new();
    body.insert("id".into(), json!(key.id));
    body.insert(
        "uid".into(),
        Json::from(format!(
            "key_value_pair:{}:{}",
            key.scope.as_str(),
            qualified(&key.user, &key.name)
        )),
    );
    body.insert("scope".into(), Json::from(key.scope.as_str()));
    body.insert("name".into(), Json::from(key.name));
    body.insert("value".into(), Json::from(value));
    body.insert("secret".into(), Json::from(key.secret));
    body.insert("encrypted".into(), Json::from(key.secret && !in_clear));
    if !key.user.is_empty() {
        body.insert("user".into(), Json::from(key.user));
    }
    if let Some(expires_at) = key.expires_at {
        body.insert("expire_timestamp".into(), json!(expires_at));
    }
    Ok(Json::Object(body))
}

fn qualified(user: &str, name: &str) -> String {
    if user.is_empty() {
        name.to_owned()
    } else {
        format!("{user}:{name}")
    }
}
