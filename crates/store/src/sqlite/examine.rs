//! Looking at everything in a store: what contradicts what, and what cannot be read. Nothing is changed.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, Row};
use squall_model::execution::Definition;
use squall_model::key::Key;

use super::file::{Error, MIGRATIONS};
use super::packed::{self, Stored};
use super::{backup, column, events, executions, file, lookup, memory, values};

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// How many migrations the store has seen, and how many there are.
    pub schema: (usize, usize),
    /// How many bytes the file has.
    pub bytes: u64,
    /// How many of them are free for what comes.
    pub free: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Keys whose values are ciphertext.
    pub secrets: Vec<Key>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What, and where.
    pub message: String,
    /// Whether [`super::mend`] can make it right without losing anything that can be read.
    pub can_be_mended: bool,
}

/// A table with rows of its own, and how one of them is read.
struct Table {
    name: &'static str,
    /// All rows: what tells one apart, then what `read` wants.
    sql: String,
    read: fn(&Connection, &Row<'_>) -> Result<(), crate::Error>,
}

/// More findings of one table are counted only.
const TOLD: usize = 20;

/// Looks at the store in `path`, as it is at one moment; a server may be using it.
pub fn examine(path: &Path) -> Result<Report, Error> {
    let connection = backup::existing(path)?;
    let moment = connection.unchecked_transaction()?;
    let number = |sql: &str| moment.query_row(sql, [], |row| row.get::<_, i64>(0));
    let size = |name: &str| Ok::<_, Error>(u64::try_from(number(name)?).unwrap_or(0));
    let page = size("PRAGMA page_size")?;
    let mut report = Report {
        schema: (file::schema(&moment, path)?, MIGRATIONS.len()),
        bytes: size("PRAGMA page_count")?.saturating_mul(page),
        free: size("PRAGMA freelist_count")?.saturating_mul(page),
        ..Report::default()
    };
    for fault in backup::faults(&moment)? {
        let can_be_mended = is_of_an_index(&fault);
        report.add(format!("the file: {fault}"), can_be_mended);
    }
    if report.schema.0 < report.schema.1 {
        // What is looked for below is not all there; the next server brings the schema up to date.
        return Ok(report);
    }
    report.counts(&moment)?;
    report.orphans(&moment)?;
    report.parts(&moment)?;
    for table in tables() {
        report.rows(&moment, &table)?;
    }
    report.secrets = secrets(&moment)?;
    Ok(report)
}

/// Histories with their classes and their times.
pub(super) const HISTORIES: [(&str, &str, &str); 3] = [
    ("event", "event_class", "occurred_at"),
    ("decision", "decision_class", "decided_at"),
    ("execution", "execution_class", "requested_at"),
];

/// Tables whose rows belong to a row that may be missing, and the condition for that.
pub(super) const ORPHANS: [(&str, &str); 2] = [
    ("result", "execution NOT IN (SELECT seq FROM execution)"),
    ("output", "execution NOT IN (SELECT seq FROM execution)"),
];

impl Report {
    fn add(&mut self, message: String, can_be_mended: bool) {
        self.findings.push(Finding {
            message,
            can_be_mended,
        });
    }

    /// Counts of classes against what there is.
    fn counts(&mut self, connection: &Connection) -> Result<(), Error> {
        for (table, classes, time) in HISTORIES {
            let sql = format!(
                "SELECT count(*) FROM {classes} LEFT JOIN \
                 (SELECT class, count(*) AS found, max({time}) AS latest FROM {table} GROUP BY class) ON class = number \
                 WHERE members IS NOT ifnull(found, 0) OR newest < latest OR typeof(newest) <> 'integer'"
            );
            let wrong: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
            if wrong > 0 {
                let message = format!("{table}: {wrong} counters say something else than the rows");
                self.add(message, true);
            }
            let sql = format!(
                "SELECT count(*) FROM {table} WHERE class NOT IN (SELECT number FROM {classes})"
            );
            let lost: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
            if lost > 0 {
                self.add(format!("{table}: {lost} rows belong to no class"), false);
            }
        }
        Ok(())
    }

    fn orphans(&mut self, connection: &Connection) -> Result<(), Error> {
        for (table, orphaned) in ORPHANS {
            let sql = format!("SELECT count(*) FROM {table} WHERE {orphaned}");
            let found: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
            if found > 0 {
                let message = format!("{table}: {found} rows belong to nothing that is recorded");
                self.add(message, true);
            }
        }
        let sql = "SELECT count(*) FROM execution WHERE definition NOT IN (SELECT digest FROM definition)";
        let undefined: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        if undefined > 0 {
            let message = format!("execution: {undefined} rows have lost their definition");
            self.add(message, false);
        }
        Ok(())
    }

    fn parts(&mut self, connection: &Connection) -> Result<(), Error> {
        let unneeded = unneeded_parts(connection)?.len();
        if unneeded > 0 {
            let message = format!("part: {unneeded} values belong to nothing that is recorded");
            self.add(message, true);
        }
        Ok(())
    }

    /// Reads every row of a table.
    fn rows(&mut self, connection: &Connection, table: &Table) -> Result<(), Error> {
        let mut statement = connection.prepare(&table.sql)?;
        let mut rows = statement.query([])?;
        let mut damaged = 0_usize;
        while let Some(row) = rows.next()? {
            let Err(error) = (table.read)(connection, row) else {
                continue;
            };
            damaged += 1;
            if damaged <= TOLD {
                let which = super::damage::name(row, 0);
                let why = std::error::Error::source(&error).map(ToString::to_string);
                let why = why.unwrap_or_else(|| error.to_string());
                let message = format!("{} {which} cannot be read: {why}", table.name);
                self.add(message, false);
            }
        }
        if let Some(more) = damaged.checked_sub(TOLD + 1) {
            let message = format!("{}: {} more rows cannot be read", table.name, more + 1);
            self.add(message, false);
        }
        Ok(())
    }
}

/// SQLite says of an index that rows are missing from it, or are too many; it can be made anew.
fn is_of_an_index(fault: &str) -> bool {
    fault.contains(" index ")
}

/// Numbers of values in parts that no record needs.
pub(super) fn unneeded_parts(connection: &Connection) -> Result<BTreeSet<i64>, Error> {
    let numbers = |sql: &str| {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<BTreeSet<i64>>>()
    };
    let mut unneeded = numbers("SELECT DISTINCT value FROM part")?;
    for sql in [
        "SELECT payload FROM event",
        "SELECT detail FROM execution",
        "SELECT value FROM result",
        "SELECT data FROM output",
        "SELECT body FROM definition",
        "SELECT body FROM resource",
        "SELECT value FROM memo",
        "SELECT finding FROM outgoing",
    ] {
        if unneeded.is_empty() {
            break;
        }
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let value = row.get_ref(0)?;
            let packed = value.as_blob().unwrap_or_default();
            if let Ok(Stored::Parts(number)) = packed::unpack(packed) {
                unneeded.remove(&number);
            }
        }
    }
    // Being written, or known to go.
    for number in numbers("SELECT value FROM upload UNION SELECT value FROM discard")? {
        unneeded.remove(&number);
    }
    Ok(unneeded)
}

fn secrets(connection: &Connection) -> Result<Vec<Key>, Error> {
    let sql = format!("{} WHERE secret", lookup::KEY);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut secrets = Vec::new();
    while let Some(row) = rows.next()? {
        // A damaged one has been told already.
        secrets.extend(lookup::read_key(row).ok());
    }
    Ok(secrets)
}

fn tables() -> Vec<Table> {
    let table = |name, sql: &str, read| Table {
        name,
        sql: sql.to_owned(),
        read,
    };
    vec![
        table("event", &events::EVENTS.all(), |connection, row| {
            events::read_event(connection, row).map(drop)
        }),
        table("decision", &events::DECISIONS.all(), |_, row| {
            events::read_decision(row).map(drop)
        }),
        table(
            "execution",
            &executions::EXECUTIONS.all(),
            |connection, row| super::execution_row::read(connection, row).map(drop),
        ),
        table("result", RESULTS, |connection, row| {
            values::json(connection, &column::get::<Vec<u8>>(row, 1)?, "result").map(drop)
        }),
        table("output", OUTPUT, |connection, row| {
            executions::chunk(connection, column::id(row, 0)?, row).map(drop)
        }),
        table(
            "definition",
            "SELECT digest, body FROM definition",
            |connection, row| {
                let packed: Vec<u8> = column::get(row, 1)?;
                let text = values::text(connection, &packed, "definition")?;
                column::json::<Definition>(&text, "definition").map(drop)
            },
        ),
        table("key", lookup::KEY, |_, row| lookup::read_key(row).map(drop)),
        table("token", lookup::TOKEN, |_, row| {
            lookup::read_token(row).map(drop)
        }),
        table("api_key", lookup::API_KEY, |_, row| {
            lookup::read_api_key(row).map(drop)
        }),
        table("resource", lookup::RESOURCES, |connection, row| {
            lookup::read_resource(connection, row).map(drop)
        }),
        table("memo", memory::MEMOS, |connection, row| {
            memory::read_memo(connection, row).map(drop)
        }),
        table("outgoing", memory::OUTGOING, |connection, row| {
            memory::read_outgoing(connection, row).map(drop)
        }),
        table("template", "SELECT number, text FROM template", |_, row| {
            column::get::<u32>(row, 0)?;
            column::get::<Vec<u8>>(row, 1).map(drop)
        }),
    ]
}

const RESULTS: &str =
    "SELECT (SELECT id FROM execution WHERE seq = result.execution), value FROM result";

const OUTPUT: &str = "SELECT execution.id, sequence, kind, at, data FROM output \
                      JOIN execution ON execution.seq = output.execution";
