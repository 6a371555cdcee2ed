//! Writing what is no history: deliveries, definitions, keys, credentials, resources, and the parts of long values.
//! Memos and what is on its way to sinks are in `memory`.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use squall_model::delivery::Delivery;
use squall_model::execution::Digest;
use squall_model::identity::{ApiKey, Token};
use squall_model::key::Key;
use squall_model::record::ResourceKind;
use squall_model::{Id, Timestamp};

use super::apply::Failure;
use super::memory;
use super::packed::{self, Stored};
use super::row::{Change, ResourceRow};

/// Carries out a change that touches no history.
pub(super) fn apply(connection: &Connection, change: &Change) -> Result<(), Failure> {
    match change {
        Change::Delivery(delivery) => put_delivery(connection, delivery),
        Change::Definition(digest, body) => put_definition(connection, *digest, body),
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
        Change::ResourceDeleted { kind, reference } => {
            delete_resource(connection, *kind, reference)
        }
        Change::Memo(memo, value) => memory::put_memo(connection, memo, value),
        Change::MemoDeleted { topic, name } => memory::delete_memo(connection, *topic, name),
        Change::Outgoing(outgoing, finding) => memory::put_outgoing(connection, outgoing, finding),
        Change::Expired(at) => expire(connection, *at),
        Change::Part {
            value,
            number,
            packed,
        } => put_part(connection, *value, *number, packed),
        Change::Uploaded(value) => uploaded(connection, *value),
        Change::GivenUp(value) => {
            delete_parts(connection, *value)?;
            uploaded(connection, *value)
        }
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
        | Change::Removal(_) => Ok(()),
    }
}

/// Removes what a packed value has elsewhere, before nothing refers to it any more.
pub(super) fn let_go(connection: &Connection, packed: &[u8]) -> rusqlite::Result<()> {
    match packed::unpack(packed) {
        Ok(Stored::Parts(value)) => delete_parts(connection, value),
        Ok(Stored::Text(_) | Stored::Like(..)) | Err(_) => Ok(()),
    }
}

/// A packed value that is to be replaced; nothing if it is damaged, which must not keep it in its place.
pub(super) fn whatever(row: &Row<'_>) -> Vec<u8> {
    row.get(0).unwrap_or_default()
}

fn delete_parts(connection: &Connection, value: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM part WHERE value = ?")?
        .execute([value])?;
    Ok(())
}

fn put_definition(connection: &Connection, digest: Digest, body: &[u8]) -> Result<(), Failure> {
    let earlier: Option<Vec<u8>> = connection
        .prepare_cached("SELECT body FROM definition WHERE digest = ?")?
        .query_row([digest.0.bytes()], |row| Ok(whatever(row)))
        .optional()?;
    // What is recorded under the same digest says the same, so it may be replaced: it may have been damaged since.
    match earlier {
        Some(earlier) if earlier == body => return Ok(()),
        Some(earlier) => let_go(connection, &earlier)?,
        None => {}
    }
    let sql = "INSERT OR REPLACE INTO definition (digest, body) VALUES (?, ?)";
    execute(connection, sql, params![digest.0.bytes(), body])
}

/// How many forgotten deliveries a new one removes: more than one, so that they become fewer, and few, so that nobody
/// waits for it.
const FORGOTTEN: i64 = 4;

/// The fence has seen to it that it is new, or forgotten.
fn put_delivery(connection: &Connection, delivery: &Delivery) -> Result<(), Failure> {
    execute(
        connection,
        "DELETE FROM delivery WHERE key IN \
         (SELECT key FROM delivery WHERE forgotten_at <= ? ORDER BY forgotten_at LIMIT ?)",
        params![delivery.taken_at.micros(), FORGOTTEN],
    )?;
    execute(
        connection,
        "INSERT OR REPLACE INTO delivery (key, event, taken_at, forgotten_at) VALUES (?, ?, ?, ?)",
        params![
            delivery.key.bytes(),
            delivery.event.bytes(),
            delivery.taken_at.micros(),
            delivery.forgotten_at.micros()
        ],
    )
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
    delete_resource(connection, resource.kind, &resource.reference)?;
    execute(
        connection,
        "INSERT INTO resource (kind, reference, body, replaces) VALUES (?, ?, ?, ?)",
        params![
            resource.kind.as_str(),
            resource.reference,
            row.body,
            resource.replaces
        ],
    )
}

fn delete_resource(
    connection: &Connection,
    kind: ResourceKind,
    reference: &str,
) -> Result<(), Failure> {
    let earlier: Option<Vec<u8>> = connection
        .prepare_cached("DELETE FROM resource WHERE kind = ? AND reference = ? RETURNING body")?
        .query_row(params![kind.as_str(), reference], |row| Ok(whatever(row)))
        .optional()?;
    if let Some(earlier) = earlier {
        let_go(connection, &earlier)?;
    }
    Ok(())
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

fn uploaded(connection: &Connection, value: i64) -> Result<(), Failure> {
    let sql = "DELETE FROM upload WHERE value = ?";
    execute(connection, sql, params![value])
}

fn expire(connection: &Connection, at: Timestamp) -> Result<(), Failure> {
    memory::expire(connection, at)?;
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
