//! Reading deliveries, keys, credentials and resources.

use rusqlite::{Connection, Row, ToSql};
use squall_model::delivery::Delivery;
use squall_model::identity::{ApiKey, Token};
use squall_model::key::{Key, Scope};
use squall_model::record::{KeyFilter, Listed, Page, Resource, ResourceKind};
use squall_model::{Id, Timestamp};

use super::query::{self, Conditions};
use super::{column, damage, values};
use crate::Error;

/// All of them.
pub(super) const KEY: &str = "SELECT id, scope, user, name, value, secret, expires_at FROM key";
/// All of them.
pub(super) const API_KEY: &str =
    "SELECT id, user, hash, metadata, created_at, enabled FROM api_key";

/// All of them.
pub(super) const TOKEN: &str = "SELECT id, user, hash, expires_at, metadata, service FROM token";

/// All of them.
pub(super) const RESOURCES: &str = "SELECT reference, kind, body, replaces FROM resource";

/// Those of these deliveries that were taken and are not forgotten.
pub(super) fn deliveries(
    connection: &Connection,
    keys: &[Id],
    now: Timestamp,
) -> Result<Vec<Delivery>, Error> {
    let sql = "SELECT key, event, taken_at, forgotten_at FROM delivery WHERE key = ? AND forgotten_at > ?";
    let mut taken = Vec::new();
    for key in keys {
        let values: [&dyn ToSql; 2] = [&key.bytes(), &now.micros()];
        taken.extend(query::one(connection, sql, &values, |row| {
            Ok(Delivery {
                key: column::id(row, 0)?,
                event: column::id(row, 1)?,
                taken_at: column::time(row, 2)?,
                forgotten_at: column::time(row, 3)?,
            })
        })?);
    }
    Ok(taken)
}

/// One key, if it has not expired.
pub(super) fn key(
    connection: &Connection,
    (scope, user, name): (Scope, &str, &str),
    now: Timestamp,
) -> Result<Option<Key>, Error> {
    let sql = format!(
        "{KEY} WHERE scope = ? AND user = ? AND name = ? AND (expires_at IS NULL OR expires_at > ?)"
    );
    let values: [&dyn ToSql; 4] = [&scope.as_str(), &user, &name, &now.micros()];
    query::one(connection, &sql, &values, read_key)
}

/// Keys that have not expired and that a filter lets through, by name.
pub(super) fn keys(
    connection: &Connection,
    filter: &KeyFilter,
    page: Page,
    now: Timestamp,
) -> Result<Listed<Key>, Error> {
    let mut conditions = Conditions::default();
    let scope = filter.scope.map(|scope| scope.as_str().to_owned());
    conditions.equal("scope", scope);
    conditions.equal("user", filter.user.clone());
    if let Some(prefix) = filter.prefix.as_ref().filter(|prefix| !prefix.is_empty()) {
        conditions.push("name >= ?", prefix.clone());
        let beginning = "substr(name, 1, length(?)) = ?";
        conditions.push_both(beginning, prefix.clone());
    }
    conditions.push("(expires_at IS NULL OR expires_at > ?)", now.micros());
    let total = conditions.count(connection, "key")?;
    let sql = format!(
        "{KEY} {} ORDER BY name, user, scope LIMIT ? OFFSET ?",
        conditions.text()
    );
    let (limit, offset) = query::bounds(page);
    let values = conditions.values([&limit, &offset]);
    let items = damage::sound(connection, ("key", 3), (&sql, &values), u64::MAX, read_key)?;
    Ok(Listed { items, total })
}

/// The token with this hash.
pub(super) fn token(connection: &Connection, hash: &str) -> Result<Option<Token>, Error> {
    let sql = format!("{TOKEN} WHERE hash = ?");
    query::one(connection, &sql, &[&hash], read_token)
}

/// The API key with this hash.
pub(super) fn api_key(connection: &Connection, hash: &str) -> Result<Option<ApiKey>, Error> {
    let sql = format!("{API_KEY} WHERE hash = ?");
    query::one(connection, &sql, &[&hash], read_api_key)
}

/// All API keys, by creation.
pub(super) fn api_keys(connection: &Connection) -> Result<Vec<ApiKey>, Error> {
    let sql = format!("{API_KEY} ORDER BY created_at, id");
    damage::sound(
        connection,
        ("api_key", 0),
        (&sql, &[]),
        u64::MAX,
        read_api_key,
    )
}

/// Everything registered, by kind and reference.
pub(super) fn resources(connection: &Connection) -> Result<Vec<Resource>, Error> {
    let sql = format!("{RESOURCES} ORDER BY kind, reference");
    let all = ("resource", 0);
    damage::sound(connection, all, (&sql, &[]), u64::MAX, |row| {
        read_resource(connection, row)
    })
}

/// Takes a resource from a row of [`RESOURCES`].
pub(super) fn read_resource(connection: &Connection, row: &Row<'_>) -> Result<Resource, Error> {
    let body: Vec<u8> = column::get(row, 2)?;
    Ok(Resource {
        reference: column::get(row, 0)?,
        kind: column::word(row, 1, ResourceKind::parse)?,
        body: values::json(connection, &body, "resource")?,
        replaces: column::get(row, 3)?,
    })
}

/// Takes a token from a row of [`TOKEN`].
pub(super) fn read_token(row: &Row<'_>) -> Result<Token, Error> {
    Ok(Token {
        id: column::id(row, 0)?,
        user: column::get(row, 1)?,
        hash: column::get(row, 2)?,
        expires_at: column::time(row, 3)?,
        metadata: column::object(row, 4, "token")?,
        service: column::get(row, 5)?,
    })
}

/// Takes a key from a row of [`KEY`].
pub(super) fn read_key(row: &Row<'_>) -> Result<Key, Error> {
    let expires_at: Option<i64> = column::get(row, 6)?;
    Ok(Key {
        id: column::id(row, 0)?,
        scope: column::word(row, 1, Scope::parse)?,
        user: column::get(row, 2)?,
        name: column::get(row, 3)?,
        value: column::get(row, 4)?,
        secret: column::get(row, 5)?,
        expires_at: expires_at.map(Timestamp::from_micros),
    })
}

/// Takes an API key from a row of [`API_KEY`].
pub(super) fn read_api_key(row: &Row<'_>) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        id: column::id(row, 0)?,
        user: column::get(row, 1)?,
        hash: column::get(row, 2)?,
        metadata: column::object(row, 3, "API key")?,
        created_at: column::time(row, 4)?,
        enabled: column::get(row, 5)?,
    })
}
