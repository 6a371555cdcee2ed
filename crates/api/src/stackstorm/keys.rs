//! `/keys`: the datastore.

use http::Method;
use squall_identity::permission::Permission;
use squall_model::key::{Key, Scope};
use squall_model::record::{KeyFilter, Listed, Page};
use squall_model::{Json, Object};
use squall_server::keys::{self, NewKey};
use tracing::info;

use super::fault::Fault;
use super::page::{self, Lists};
use super::{reply, shape};
use crate::about::{Kind, Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    route(Method::GET, "/keys", Permission::KeyValuePairList, list)
        .says(
            about("Lists keys.")
                .lists("Key")
                .query(&[("decrypt", Kind::Flag)])
                .texts(&["name", "prefix", "scope", "user"]),
        )
        .merge(
            route(
                Method::GET,
                "/keys/{name}",
                Permission::KeyValuePairView,
                get,
            )
            .says(
                about("Shows a key.")
                    .query(&[("decrypt", Kind::Flag)])
                    .texts(&["scope", "user"])
                    .gives(Shape::One("Key")),
            ),
        )
        .merge(
            route(
                Method::PUT,
                "/keys/{name}",
                Permission::KeyValuePairSet,
                put,
            )
            .says(
                about("Sets a key.")
                    .takes("KeyDocument")
                    .gives(Shape::One("Key")),
            ),
        )
        .merge(
            route(
                Method::DELETE,
                "/keys/{name}",
                Permission::KeyValuePairDelete,
                delete,
            )
            .says(about("Deletes a key.").texts(&["scope", "user"]).removes()),
        )
}

async fn list(wire: Wire, call: Call) -> Answer {
    let decrypt = page::boolean(&call.query, "decrypt")?.unwrap_or(false);
    let paged = page::page(&call.query, Lists::REGISTERED)?;
    let user = owner(&call, call.query.get("user"))?;
    let scopes = match call.query.get("scope") {
        Some("all") if call.query.get("user").is_none_or(str::is_empty) => {
            vec![Scope::System, Scope::User]
        }
        scope => vec![scope_of(scope, call.query.get("user"))?],
    };
    let (mut items, mut total) = (Vec::new(), 0_u64);
    for scope in scopes {
        let found = find(&wire, &call, (scope, of(scope, &user)), paged).await?;
        total = total.saturating_add(found.total);
        for key in found.items {
            items.push(shown(&wire, &call, &key, decrypt)?);
        }
    }
    reply::list(items, total, paged.limit)
}

/// One owner's keys: the one of a name, or those that begin like a prefix.
async fn find(
    wire: &Wire,
    call: &Call,
    (scope, user): (Scope, &str),
    paged: Page,
) -> Result<Listed<Key>, Fault> {
    let given = |name: &str| call.query.get(name).filter(|text| !text.is_empty());
    if let Some(name) = given("name") {
        let items: Vec<Key> = wire
            .handle()
            .key(scope, user, name)
            .await?
            .into_iter()
            .collect();
        let total = u64::try_from(items.len()).unwrap_or(0);
        return Ok(Listed { items, total });
    }
    let filter = KeyFilter {
        scope: Some(scope),
        user: Some(user.to_owned()),
        prefix: given("prefix").map(str::to_owned),
    };
    Ok(wire.handle().store().keys(filter, paged).await?)
}

async fn get(wire: Wire, call: Call) -> Answer {
    let decrypt = page::boolean(&call.query, "decrypt")?.unwrap_or(false);
    let scope = scope_of(call.query.get("scope"), call.query.get("user"))?;
    let user = owner(&call, call.query.get("user"))?;
    let name = call.part("name");
    let key = wire.handle().key(scope, of(scope, &user), name).await?;
    let key = key.ok_or_else(|| missing(name, scope))?;
    reply::ok(&shown(&wire, &call, &key, decrypt)?)
}

async fn put(wire: Wire, call: Call) -> Answer {
    let body = shape::object_body(&call)?;
    check(&body)?;
    let text = |name: &str| body.get(name).and_then(Json::as_str);
    let flag = |name: &str| body.get(name).and_then(Json::as_bool).unwrap_or(false);
    let user = owner(&call, text("user"))?;
    let scope = scope_of(text("scope").or_else(|| call.query.get("scope")), None)?;
    let new = NewKey {
        scope,
        user: of(scope, &user).to_owned(),
        name: call.part("name").to_owned(),
        value: text("value").unwrap_or_default().to_owned(),
        ttl_seconds: body
            .get("ttl")
            .and_then(Json::as_i64)
            .filter(|ttl| *ttl != 0),
        secret: flag("secret"),
        encrypted: flag("encrypted"),
    };
    let key = wire.handle().set_key(new).await?;
    reply::ok(&shown(&wire, &call, &key, false)?)
}

async fn delete(wire: Wire, call: Call) -> Answer {
    let scope = scope_of(call.query.get("scope"), call.query.get("user"))?;
    let user = owner(&call, call.query.get("user"))?;
    let name = call.part("name");
    if wire
        .handle()
        .delete_key(scope, of(scope, &user), name)
        .await?
    {
        return reply::nothing();
    }
    Err(missing(name, scope))
}

/// What a key may be set to. Null is as good as absent, except for the value.
fn check(body: &Object) -> Result<(), Fault> {
    if !body.get("value").is_some_and(Json::is_string) {
        return Err(Fault::bad_request(
            "'value' is a required property, and must be a string",
        ));
    }
    for (name, value) in body {
        let (fits, kind) = match name.as_str() {
            "id" | "uid" | "name" | "value" | "scope" | "user" | "description"
            | "expire_timestamp" => (value.is_string(), "a string"),
            "secret" | "encrypted" => (value.is_boolean(), "a boolean"),
            "ttl" => (value.is_i64(), "an integer"),
            other => {
                return Err(Fault::bad_request(format!(
                    "Additional properties are not allowed ('{other}' was unexpected)"
                )));
            }
        };
        if !fits && !value.is_null() {
            return Err(Fault::bad_request(format!("'{name}' must be {kind}")));
        }
    }
    Ok(())
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
            let allowed = "['system', 'user', 'st2kv.system', 'st2kv.user']";
            Fault::bad_request(format!(
                "Scope {scope} is not in allowed scopes list: {allowed}."
            ))
        }),
    }
}

/// Whose keys are meant: one's own. Roles that could say otherwise are not there, so nobody has another's.
fn owner(call: &Call, asked: Option<&str>) -> Result<String, Fault> {
    let own = &call.principal.user;
    match asked.filter(|asked| !asked.is_empty() && asked != own) {
        None => Ok(own.clone()),
        Some(_other) => Err(Fault::new(
            403,
            "\"user\" attribute can only be provided by admins when RBAC is enabled",
        )),
    }
}

/// Who a key belongs to: the system's belong to nobody.
fn of(scope: Scope, user: &str) -> &str {
    match scope {
        Scope::System => "",
        Scope::User => user,
    }
}

/// A secret is shown as its ciphertext unless it is asked for in clear.
fn shown(wire: &Wire, call: &Call, key: &Key, decrypt: bool) -> Result<Json, Fault> {
    let mut shown = keys::shown(key);
    if decrypt && key.secret {
        let value = wire.handle().decrypt(&key.value)?;
        info!(
            user = call.principal.user,
            scope = key.scope.as_str(),
            key = key.name,
            "secret shown in clear"
        );
        shown.insert("value".into(), Json::from(value));
        shown.insert("encrypted".into(), Json::from(false));
    }
    Ok(Json::Object(shown))
}
