//! Rows that are not as Squall writes them: flipped bytes, cut values, other types, nonsense. The store opens, tells which
//! they are, gives everything else, and takes what comes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy knows functions marked as tests, not their helpers"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use serde_json::json;
use squall_model::decision::Decision;
use squall_model::event::{Event, EventStatus};
use squall_model::execution::{Definition, Digest, Execution, Status, Transition};
use squall_model::identity::{ApiKey, Token};
use squall_model::key::{Key, Scope};
use squall_model::record::{
    Batch, DecisionFilter, EventFilter, ExecutionFilter, Horizon, KeyFilter, OutputChunk,
    OutputKind, Page, Record, Resource, ResourceKind, TraceFilter,
};
use squall_model::trace::TraceContext;
use squall_model::{Id, Json, Object, Reference, Timestamp};
use squall_store::{Error, ExecutionColumn, Sqlite, Store as _, Walk};

/// Rows of each kind. The even ones are damaged, the odd ones are not.
const ROWS: u32 = 12;

const ROUNDS: u64 = 15;

const ALL: Page = Page {
    offset: 0,
    limit: None,
    ascending: false,
};

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

fn id(number: u32) -> Id {
    let mut bytes = [9; 12];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    Id::from_bytes(bytes)
}

fn time(seconds: u32) -> Timestamp {
    Timestamp::from_micros((1_790_000_000 + i64::from(seconds)) * 1_000_000)
}

fn open(path: &Path) -> Sqlite {
    Sqlite::open(path, Arc::new(|| time(0))).unwrap()
}

fn execution(number: u32) -> Execution {
    Execution {
        id: id(number),
        liveaction: id(1000 + number),
        version: 1,
        status: if number < ROWS / 2 {
            Status::Running
        } else {
            Status::Succeeded
        },
        // A class of its own, so that a damaged class concerns one row.
        action: Reference::new("labs", &format!("action_{number}")),
        runner: "noop".to_owned(),
        definition: Digest(id(number)),
        parameters: Object::from_iter([("text".to_owned(), Json::from("x".repeat(300)))]),
        context: Object::new(),
        parent: None,
        children: Vec::new(),
        event: Some(id(number)),
        rule: None,
        notify: Object::new(),
        requested_at: time(number),
        delay_millis: 0,
        ended_at: None,
        attempt: None,
        log: vec![Transition {
            status: Status::Requested,
            at: time(number),
        }],
        result_size: 9,
    }
}

fn definition() -> Definition {
    let action = json!({"id": id(1), "ref": "core.noop", "runner_type": "noop"});
    let runner = json!({"id": id(2), "name": "noop", "description": "", "enabled": true, "package": "noop_runner",
                        "parameters": {}, "available": true});
    Definition {
        action: serde_json::from_value(action).unwrap(),
        runner: serde_json::from_value(runner).unwrap(),
        rule: None,
        trigger: None,
        trigger_type: None,
    }
}

/// One record of every kind. None needs another one, so that damage to one is damage to one.
fn records(number: u32) -> Vec<Record> {
    vec![
        Record::Event(Event {
            id: id(number),
            trigger: Reference::new("labs", &format!("trigger_{number}")),
            payload: json!({"number": number, "text": "y".repeat(300)}),
            occurred_at: time(number),
            status: EventStatus::Pending,
            trace: TraceContext::default(),
        }),
        Record::Decision(Decision {
            id: id(number),
            event: id(number),
            rule: id(number),
            rule_ref: Reference::new("labs", "rule"),
            execution: Some(id(number)),
            failure: Some("it failed".to_owned()),
            decided_at: time(number),
        }),
        Record::Definition(Digest(id(number)), Box::new(definition())),
        Record::Execution(Box::new(execution(number))),
        Record::Result {
            execution: id(number),
            result: json!({"result": "z".repeat(300)}),
        },
        Record::Output(OutputChunk {
            execution: id(number),
            sequence: 1,
            kind: OutputKind::Stdout,
            at: time(number),
            data: "a line".to_owned(),
        }),
        Record::Key(Key {
            id: id(number),
            scope: Scope::System,
            user: String::new(),
            name: format!("key {number}"),
            value: "value".to_owned(),
            secret: false,
            expires_at: None,
        }),
        Record::Token(Token {
            id: id(number),
            user: "ann".to_owned(),
            hash: format!("hash {number}"),
            expires_at: time(9_999),
            metadata: Object::new(),
            service: false,
        }),
        Record::ApiKey(ApiKey {
            id: id(number),
            user: "ann".to_owned(),
            hash: format!("hash {number}"),
            metadata: Object::new(),
            created_at: time(number),
            enabled: true,
        }),
        Record::Resource(Resource {
            kind: ResourceKind::Rule,
            reference: format!("labs.rule_{number}"),
            body: json!({"number": number}),
            replaces: None,
        }),
    ]
}

/// The tables, each with the column that tells its rows apart and what stands there in the row of a number.
const TABLES: [(&str, &str, Which); 12] = [
    ("event", "seq", seq),
    ("decision", "seq", seq),
    ("execution", "seq", seq),
    ("result", "execution", seq),
    ("output", "execution", seq),
    ("definition", "digest", bytes),
    ("api_key", "id", bytes),
    ("token", "id", bytes),
    ("key", "name", |number| format!("key {number}").into()),
    ("resource", "reference", |number| {
        format!("labs.rule_{number}").into()
    }),
    ("event_class", "trigger", |number| {
        format!("labs.trigger_{number}").into()
    }),
    ("execution_class", "action", |number| {
        format!("labs.action_{number}").into()
    }),
];

type Which = fn(u32) -> Value;

fn seq(number: u32) -> Value {
    i64::from(number + 1).into()
}

fn bytes(number: u32) -> Value {
    id(number).bytes().to_vec().into()
}

/// Lets columns hold anything, as a damaged file does.
fn lift_types(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA writable_schema = ON; \
             UPDATE sqlite_schema SET sql = replace(replace(sql, ') STRICT, ', ') '), ') STRICT', ')')",
        )
        .unwrap();
}

/// Damages one column, or two, of each even row.
fn damage(path: &Path, random: &mut Random) {
    let connection = Connection::open(path).unwrap();
    let lax = "PRAGMA foreign_keys = OFF";
    connection.execute_batch(lax).unwrap();
    for (table, key, which) in TABLES {
        let columns = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let columns = columns.column_names().map(str::to_owned);
        let columns: Vec<String> = columns
            .filter(|column| column != key && column != "number")
            .collect();
        for number in (0..ROWS).step_by(2) {
            for _ in 0..=random.below(2) {
                let column = &columns[random.below(columns.len())];
                let read = format!("SELECT {column} FROM {table} WHERE {key} = ?");
                let old = connection.query_row(&read, [which(number)], |row| row.get(0));
                let new = worse(&old.unwrap(), random);
                let write = format!("UPDATE OR IGNORE {table} SET {column} = ? WHERE {key} = ?");
                let values = params_from_iter([new, which(number)]);
                connection.execute(&write, values).unwrap();
            }
        }
    }
    let nonsense = "INSERT INTO template (number, kind, text) VALUES (-7, 'x', x'00'), (99999999999, x'ff', 'y')";
    connection.execute(nonsense, []).unwrap();
}

/// A value that should not stand where this one does.
fn worse(value: &Value, random: &mut Random) -> Value {
    let mut bytes = match value {
        Value::Blob(bytes) => bytes.clone(),
        Value::Text(text) => text.clone().into_bytes(),
        Value::Null | Value::Integer(_) | Value::Real(_) => vec![1, 2, 3],
    };
    match random.below(12) {
        0 => Value::Null,
        1 => Value::Integer(i64::MAX),
        2 => Value::Integer(i64::MIN),
        3 => Value::Integer(-1),
        4 => Value::Real(0.5),
        5 => Value::Text("nonsense".to_owned()),
        6 => Value::Blob(NASTY[random.below(NASTY.len())].to_vec()),
        7 => Value::Blob(vec![b'['; 250_000]),
        8 => {
            bytes.truncate(random.below(bytes.len() + 1));
            Value::Blob(bytes)
        }
        _ => {
            for _ in 0..=random.below(3) {
                let (place, bit) = (random.below(bytes.len().max(1)), random.below(8));
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 1 << bit;
                }
            }
            Value::Blob(bytes)
        }
    }
}

/// Packed values that lie.
const NASTY: [&[u8]; 8] = [
    &[1, 255, 255, 3, 0, 0, 1, 2],
    &[1, 0, 0, 4, 0, 31, 0, 1, 0, 255, 255, 255, 255, 255],
    &[2, 1, 0, 0, 0, 0, 0, 0, 0],
    &[2, 1],
    &[3, 9, 0, 0, 0, 9, 0, 0, 0, 1],
    b"{\"log\": [[99, 0]]}",
    b"{\"log\": [], \"ended\": 9223372036854775807, \"attempt\": [1, \"\", -9223372036854775808]}",
    &[255, 254],
];

/// Reads everything there is. Whatever is not damaged must come back as it was.
async fn check(store: &Sqlite) {
    let odd = || (1..ROWS).step_by(2);
    let all: BTreeSet<Id> = odd().map(id).collect();
    let names = |found: Vec<String>| found.into_iter().collect::<BTreeSet<_>>();
    let executions = store
        .executions(ExecutionFilter::default(), ALL)
        .await
        .unwrap();
    let executions: BTreeSet<Id> = executions.items.iter().map(|one| one.id).collect();
    assert!(executions.is_superset(&all), "{executions:?}");
    let events = store.events(EventFilter::default(), ALL).await.unwrap();
    let events: BTreeSet<Id> = events.items.iter().map(|one| one.id).collect();
    assert!(events.is_superset(&all), "{events:?}");
    let decisions = store
        .decisions(DecisionFilter::default(), ALL)
        .await
        .unwrap();
    let decisions: BTreeSet<Id> = decisions.items.iter().map(|one| one.id).collect();
    assert!(decisions.is_superset(&all), "{decisions:?}");
    let pending = store.pending_events(u64::MAX).await.unwrap();
    let pending: BTreeSet<Id> = pending.iter().map(|one| one.id).collect();
    assert!(pending.is_superset(&all), "{pending:?}");
    assert_eq!(store.pending_events(3).await.unwrap().len(), 3);
    let unfinished = store.unfinished_executions().await.unwrap();
    let unfinished: BTreeSet<Id> = unfinished.iter().map(|one| one.id).collect();
    let running: BTreeSet<Id> = odd().filter(|number| *number < ROWS / 2).map(id).collect();
    assert!(unfinished.is_superset(&running), "{unfinished:?}");
    let traces = store.traces(TraceFilter::default(), ALL).await.unwrap();
    let traces: BTreeSet<Id> = traces.items.iter().map(|trace| trace.id).collect();
    assert!(traces.is_superset(&all), "{traces:?}");
    let keys = store.keys(KeyFilter::default(), ALL).await.unwrap();
    let keys = names(keys.items.into_iter().map(|key| key.name).collect());
    assert!(
        odd().all(|number| keys.contains(&format!("key {number}"))),
        "{keys:?}"
    );
    let api_keys = store.api_keys().await.unwrap();
    let api_keys: BTreeSet<Id> = api_keys.iter().map(|key| key.id).collect();
    assert!(api_keys.is_superset(&all), "{api_keys:?}");
    let resources = store.resources().await.unwrap();
    let resources = names(resources.into_iter().map(|one| one.reference).collect());
    assert!(odd().all(|number| resources.contains(&format!("labs.rule_{number}"))));
    store.execution_counts().await.unwrap();
    for column in [
        ExecutionColumn::Action,
        ExecutionColumn::User,
        ExecutionColumn::Status,
    ] {
        store.execution_values(column).await.unwrap();
    }
    for number in 0..ROWS {
        check_one(store, number).await;
    }
}

async fn check_one(store: &Sqlite, number: u32) {
    let is_sound = number % 2 == 1;
    let output = store.output(id(number), None, 0, 9).await.unwrap();
    let found = [
        told(store.execution(id(number)).await),
        told(store.event(id(number)).await),
        told(store.decision(id(number)).await),
        told(store.definition(Digest(id(number))).await),
        told(store.result(id(number)).await),
        told(store.trace(id(number)).await),
        told(
            store
                .key(Scope::System, String::new(), format!("key {number}"))
                .await,
        ),
        told(store.token(format!("hash {number}")).await),
        told(store.api_key(format!("hash {number}")).await),
        output.iter().any(|chunk| chunk.data == "a line"),
    ];
    assert!(!is_sound || found == [true; 10], "{number}: {found:?}");
    if is_sound {
        let read = store.execution(id(number)).await.unwrap();
        assert_eq!(read, Some(execution(number)));
    }
}

/// Whether there is such a thing. What is damaged is told to be; nobody is told to try again.
fn told<T>(read: Result<Option<T>, Error>) -> bool {
    match read {
        Ok(found) => found.is_some(),
        Err(error) => {
            assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
            false
        }
    }
}

#[tokio::test]
async fn poison_rows_are_left_out_and_all_others_proceed() {
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("sound.db");
    let store = open(&sound);
    for number in 0..ROWS {
        let records = records(number);
        store.commit(Batch { records }).await.unwrap();
    }
    check(&store).await;
    drop(store);
    lift_types(&sound);
    for round in 1..=ROUNDS {
        let path = folder.path().join(format!("{round}.db"));
        fs_err::copy(&sound, &path).unwrap();
        damage(
            &path,
            &mut Random(round.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        );
        let store = open(&path);
        check(&store).await;
        assert!(store.figures().damaged > 0);
        // What comes is taken, into classes with damaged counts, too.
        let records = records(1_000 + ROWS);
        store.commit(Batch { records }).await.unwrap();
        for number in 0..ROWS {
            let again = Execution {
                id: id(500 + number),
                liveaction: id(700 + number),
                ..execution(number)
            };
            let records = vec![
                Record::Definition(Digest(id(number)), Box::new(definition())),
                Record::Execution(Box::new(again)),
            ];
            store.commit(Batch { records }).await.unwrap();
            // Recorded again, a damaged definition is good again.
            let definition = store.definition(Digest(id(number))).await.unwrap();
            assert!(definition.is_some());
        }
        forget(&store).await;
    }
}

/// Whoever counts what he is shown comes to the total.
#[tokio::test]
async fn what_is_left_out_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let store = open(&path);
    for number in 0..ROWS {
        let records = records(number);
        store.commit(Batch { records }).await.unwrap();
    }
    drop(store);
    lift_types(&path);
    let connection = Connection::open(&path).unwrap();
    for (table, column) in [
        ("event", "payload"),
        ("decision", "event"),
        ("execution", "detail"),
    ] {
        let sql = format!("UPDATE {table} SET {column} = x'01' WHERE id IN (?, ?)");
        connection.execute(&sql, [bytes(2), bytes(5)]).unwrap();
    }
    drop(connection);
    let store = open(&path);
    let page = Page {
        limit: Some(3),
        ..ALL
    };
    for first in [ALL, page] {
        let events = store.events(EventFilter::default(), first).await.unwrap();
        let decisions = store
            .decisions(DecisionFilter::default(), first)
            .await
            .unwrap();
        let executions = store
            .executions(ExecutionFilter::default(), first)
            .await
            .unwrap();
        let totals = [events.total, decisions.total, executions.total];
        assert_eq!(totals, [u64::from(ROWS) - 2; 3]);
    }
    let running = ExecutionFilter {
        statuses: vec![Status::Running],
        ..ExecutionFilter::default()
    };
    let found = store.executions(running, ALL).await.unwrap();
    assert_eq!((found.items.len(), found.total), (4, 4));
}

/// Everything but what is under way goes, as far as anybody can tell; nothing stops it.
async fn forget(store: &Sqlite) {
    let late = Some(time(1_000_000));
    let horizon = Horizon {
        executions: late,
        output: late,
        decisions: late,
        events: late,
    };
    let mut walk = Some(Walk::default());
    while let Some(going) = walk {
        walk = store.forget(horizon, going).await.unwrap().rest;
    }
    let left = store
        .executions(ExecutionFilter::default(), ALL)
        .await
        .unwrap();
    for number in (1..ROWS).step_by(2) {
        let is_left = left.items.iter().any(|one| one.id == id(number));
        assert_eq!(is_left, number < ROWS / 2, "{number}");
    }
}
