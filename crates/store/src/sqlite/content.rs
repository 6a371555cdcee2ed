//! Writing what is no history: definitions, keys, credentials, resources, and the parts of long values.

use rusqlite::{Connection, params};
use squall_model::identity::{ApiKey, Token};
use squall_model::key::Key;
use squall_model::{Id, Timestamp};

use super::apply::Failure;
use super::row::{Change, ResourceRow};

/// Carries out a change that touches no history.
pub(super) fn apply(connection: &Connection, change: &Change) -> Result<(), Failure> {
    match change {
        Change::Definition(digest, body) => execute(
            connection,
            "INSERT OR IGNORE INTO definition (digest, body) VALUES (?, ?)",
            params![digest.0.bytes(), body],
        ),
        Change::Key(key) => put_key(connection, key),
        Change::KeyDeleted { scope, user, name } => execute(
            connection,
            "DELETE FROM key WHERE scope = ? AND user = ? AND name = ?",
            params![scope.as_str(), user, name],
        ),
        Change::Token(token, metadata) => put_token(connection, token, metadata),
        Change::TokenDeleted(id) => delete(connection, "DELETE FROM token WHERE id = ?", *id),
        Change::ApiKey(key, metadata) => put_api_key(connection, key, metadata),
        Change::ApiKeyDeleted(id) => delete(connection, "DELETE FROM api_key WHERE id = ?", *id),
        Change::Resource(row) => put_resource(connection, row),
        Change::ResourceDeleted { kind, reference } => execute(
            connection,
            "DELETE FROM resource WHERE kind = ? AND reference = ?",
            params![kind.as_str(), reference],
        ),
        Change::Expired(at) => expire(connection, *at),
        Change::Part {
            value,
            number,
            packed,
        } => put_part(connection, *value, *number, packed),
        Change::Uploaded(value) => execute(
            connection,
            "DELETE FROM upload WHERE value = ?",
            params![value],
        ),
        Change::Template(kind, template) => execute(
            connection,
            "INSERT INTO template (number, kind, text) VALUES (?, ?, ?)",
            params![template.number, kind, template.text],
        ),
        Change::Event(_)
        | Change::Decided { .. }
        | Change::Decision(_)
        | Change::Execution(_)
        | Change::Result { .. }
        | Change::Output(_)
        | Change::Trace(_)
        | Change::TraceLink(_) => Ok(()),
    }
}

/// Removes the parts of a value that nothing refers to any more.
pub(super) fn delete_parts(connection: &Connection, value: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM part WHERE value = ?")?
        .execute([value])?;
    Ok(())
}

fn put_key(connection: &Connection, key: &Key) -> Result<(), Failure> {
    execute(
        connection,
        "INSERT OR REPLACE INTO key (scope, user, name, id, value, secret, expires_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![
            key.scope.as_str(),
            key.user,
            key.name,
            key.id.bytes(),
            key.value,
            key.secret,
            key.expires_at.map(Timestamp::micros)
        ],
    )
}

fn put_token(connection: &Connection, token: &Token, metadata: &[u8]) -> Result<(), Failure> {
    execute(
        connection,
        "INSERT INTO token (id, hash, user, expires_at, metadata, service) VALUES (?, ?, ?, ?, ?, ?)",
        params![
            token.id.bytes(),
            token.hash,
            token.user,
            token.expires_at.micros(),
            metadata,
            token.service
        ],
    )
}

fn put_api_key(connection: &Connection, key: &ApiKey, metadata: &[u8]) -> Result<(), Failure> {
    execute(
        connection,
        "INSERT INTO api_key (id, hash, user, metadata, created_at, enabled) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, user = excluded.user, \
         metadata = excluded.metadata, created_at = excluded.created_at, enabled = excluded.enabled",
        params![
            key.id.bytes(),
            key.hash,
            key.user,
            metadata,
            key.created_at.micros(),
            key.enabled
        ],
    )
}

fn put_resource(connection: &Connection, row: &ResourceRow) -> Result<(), Failure> {
    let resource = &row.resource;
    execute(
        connection,
        "INSERT OR REPLACE INTO resource (kind, reference, body, replaces) VALUES (?, ?, ?, ?)",
        params![
            resource.kind.as_str(),
            resource.reference,
            row.body,
            resource.replaces
        ],
    )
}

fn put_part(
    connection: &Connection,
    value: i64,
    number: i64,
    packed: &[u8],
) -> Result<(), Failure> {
    if number == 0 {
        let sql = "INSERT INTO upload (value) VALUES (?)";
        execute(connection, sql, params![value])?;
    }
    execute(
        connection,
        "INSERT INTO part (value, number, data) VALUES (?, ?, ?)",
        params![value, number, packed],
    )
}

fn expire(connection: &Connection, at: Timestamp) -> Result<(), Failure> {
    let at = at.micros();
    let keys = "DELETE FROM key WHERE expires_at <= ?";
    execute(connection, keys, params![at])?;
    let tokens = "DELETE FROM token WHERE expires_at <= ?";
    execute(connection, tokens, params![at])
}

fn delete(connection: &Connection, sql: &str, id: Id) -> Result<(), Failure> {
    execute(connection, sql, params![id.bytes()])
}

fn execute(
    connection: &Connection,
    sql: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<(), Failure> {
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}
