//! Opening the file: whose it is, which version wrote it, who may read it.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use squall_model::Timestamp;

use super::backup::beside;
use super::encode::Shared;
use super::template::{Template, Templates};

/// Marks a file as Squall's: "Sqll".
const APPLICATION: i32 = 0x5371_6C6C;

/// What has happened to the schema, in order. Only ever appended to.
pub(super) const MIGRATIONS: &[(&str, &str)] = &[
    (
        "0001_history",
        include_str!("../../migrations/0001_history.sql"),
    ),
    (
        "0002_discard",
        include_str!("../../migrations/0002_discard.sql"),
    ),
    (
        "0003_delivery",
        include_str!("../../migrations/0003_delivery.sql"),
    ),
    (
        "0004_traces",
        include_str!("../../migrations/0004_traces.sql"),
    ),
    (
        "0005_outbox",
        include_str!("../../migrations/0005_outbox.sql"),
    ),
    (
        "0006_senders",
        include_str!("../../migrations/0006_senders.sql"),
    ),
];

/// Its user alone may read and write.
const PRIVATE: u32 = 0o600;

/// How long other programs that read the file may keep it locked.
const PATIENCE: Duration = Duration::from_secs(5);

/// Statements that a connection keeps ready.
const STATEMENTS: usize = 128;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is something else.
    #[error("`{0}` is not a store of Squall")]
    Foreign(PathBuf),
    /// A newer version of Squall has written it.
    #[error("`{path}` has schema {found}, this version of Squall knows schemas up to {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema it has.
        found: usize,
        /// The newest one known.
        known: usize,
    },
    /// Another process has it open.
    #[error("`{0}` is in use by another process")]
    InUse(PathBuf),
    /// The file is there already.
    #[error("`{0}` is there already")]
    Exists(PathBuf),
    /// Its pages contradict one another.
    #[error("`{path}` is damaged: {fault}")]
    Unsound {
        /// The file.
        path: PathBuf,
        /// The first thing that is wrong with it.
        fault: String,
    },
    /// The file cannot be made or reached.
    #[error("cannot open the store")]
    File(#[from] io::Error),
    /// SQLite does not get on with it.
    #[error("cannot open the store")]
    Sqlite(#[from] rusqlite::Error),
}

/// The right to write to a store, as long as this lives.
#[derive(Debug)]
pub(super) struct Owned {
    _lock: fs_err::File,
}

impl Owned {
    /// Takes the store in `path`, whether it exists or not.
    ///
    /// The lock is on a file of its own: closing any descriptor of the database itself would drop SQLite's locks.
    pub(super) fn claim(path: &Path) -> Result<Self, Error> {
        let lock = private(&beside(path, "-owner"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::InUse(path.to_owned())),
            Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

/// The writer's connection to the store in `path`, which is made or migrated if need be.
pub(super) fn open(path: &Path, now: Timestamp) -> Result<Connection, Error> {
    drop(private(path)?);
    let mut connection = connect(path)?;
    // Nothing is changed before it is known whose the file is.
    let applied = schema(&connection, path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    migrate(&mut connection, applied, now)?;
    Ok(connection)
}

/// A connection that moves what others have committed from the log into the database.
pub(super) fn mover(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "cache_size", -4 * 1024)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Removes the parts of values whose record a crash prevented; answers what new rows are to go on from.
pub(super) fn settle(connection: &Connection) -> Result<Shared, Error> {
    connection.execute_batch(
        "BEGIN IMMEDIATE;
         DELETE FROM part WHERE value IN (SELECT value FROM upload);
         DELETE FROM upload;
         COMMIT;",
    )?;
    let sql = "SELECT ifnull(max(value), 0) FROM part";
    let last_value: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    let sql = "SELECT kind, number, text FROM template ORDER BY number";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut templates = Vec::new();
    while let Some(row) = rows.next()? {
        let template = || -> rusqlite::Result<(String, Template)> {
            Ok((row.get(0)?, Template::new(row.get(1)?, row.get(2)?)))
        };
        // A damaged one concerns the rows that need it, and nobody else.
        templates.extend(template().ok());
    }
    Ok(Shared {
        next_value: last_value.wrapping_add(1).into(),
        templates: Arc::new(Templates::new(templates)),
        definitions: Mutex::default(),
    })
}

/// Opens a file that its user alone may read; makes it if need be.
pub(super) fn private(path: &Path) -> io::Result<fs_err::File> {
    let file = fs_err::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        .open(path)?;
    let mut permissions = file.metadata()?.permissions();
    if permissions.mode() & 0o777 != PRIVATE {
        permissions.set_mode(PRIVATE);
        file.set_permissions(permissions)?;
    }
    Ok(file)
}

/// How many migrations the file has seen; 0 for a new one.
pub(super) fn schema(connection: &Connection, path: &Path) -> Result<usize, Error> {
    let foreign = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => Error::Foreign(path.to_owned()),
        _ => error.into(),
    };
    let application: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(foreign)?;
    let objects: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, objects) {
        (0, 0) => Ok(0),
        (APPLICATION, _) => {
            let sql = "SELECT count(*) FROM migration";
            let found: i64 = connection.query_row(sql, [], |row| row.get(0))?;
            let found = usize::try_from(found).unwrap_or(usize::MAX);
            let known = MIGRATIONS.len();
            let path = path.to_owned();
            if found > known {
                Err(Error::Newer { path, found, known })
            } else {
                Ok(found)
            }
        }
        _ => Err(Error::Foreign(path.to_owned())),
    }
}

/// Brings the schema up to date, in one transaction.
fn migrate(connection: &mut Connection, applied: usize, now: Timestamp) -> Result<(), Error> {
    let transaction = connection.transaction()?;
    if applied == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.execute_batch(
            "CREATE TABLE migration (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT",
        )?;
    }
    for (name, sql) in MIGRATIONS.iter().skip(applied) {
        transaction.execute_batch(sql)?;
        let done = "INSERT INTO migration (name, applied_at) VALUES (?, ?)";
        transaction.execute(done, params![name, now.micros()])?;
    }
    Ok(transaction.commit()?)
}
