//! What is old goes, in small slices, and nothing else does: random histories against a plain model of the rule.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy knows functions marked as tests, not their helpers"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::json;
use squall_model::decision::Decision;
use squall_model::event::{Event, EventStatus};
use squall_model::execution::{Digest, Execution, Status, Transition};
use squall_model::record::{
    Batch, DecisionFilter, EventFilter, ExecutionFilter, Forgotten, Horizon, OutputChunk,
    OutputKind, Page, Record,
};
use squall_model::trace::TraceContext;
use squall_model::{Id, Object, Reference, Timestamp};
use squall_store::{Sqlite, Store as _, Walk};

const HISTORIES: u64 = 8;

/// Everything happens within this many seconds.
const SPAN: u64 = 1_000;

const ALL: Page = Page {
    offset: 0,
    limit: None,
    ascending: true,
};

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn time(seconds: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from(seconds).unwrap() * 1_000_000)
}

/// Begins with its time, as all ids do.
fn id(kind: u8, seconds: u64, number: u64) -> Id {
    let mut bytes = [kind; 12];
    bytes[..4].copy_from_slice(&u32::try_from(seconds).unwrap().to_be_bytes());
    bytes[8..].copy_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
    Id::from_bytes(bytes)
}

/// One made-up history, as it should be remembered.
#[derive(Default)]
struct History {
    executions: Vec<Execution>,
    events: Vec<Event>,
    decisions: Vec<Decision>,
}

impl History {
    fn new(random: &mut Random) -> Self {
        let mut history = Self::default();
        for number in 0..150 {
            // Recorded nearly in the order of time, as it is.
            let seconds = number * SPAN / 160 + random.below(20);
            let status = match random.below(5) {
                0 => EventStatus::Pending,
                1 => EventStatus::ProcessingFailed,
                _ => EventStatus::Processed,
            };
            let event = Event {
                id: id(1, seconds, number),
                trigger: Reference::new("core", &format!("t{}", random.below(3))),
                payload: long_or_short(random, "payload"),
                occurred_at: time(seconds),
                status,
                trace: TraceContext::default(),
            };
            for _ in 0..random.below(3) {
                history.answer(&event, seconds, random);
            }
            history.events.push(event);
        }
        history
    }

    /// A rule answers an event; perhaps by an execution, which may ask for others.
    fn answer(&mut self, event: &Event, seconds: u64, random: &mut Random) {
        let number = u64::try_from(self.decisions.len()).unwrap();
        let execution = (random.below(3) > 0).then(|| {
            let parent = match self.executions.len() {
                0 => None,
                known if random.below(2) == 0 => {
                    let known = u64::try_from(known).unwrap();
                    let recent = known - 1 - random.below(known.min(10));
                    Some(usize::try_from(recent).unwrap())
                }
                _ => None,
            };
            self.execute(event.id, seconds, parent, random)
        });
        self.decisions.push(Decision {
            id: id(2, seconds, number),
            event: event.id,
            rule: id(3, 0, random.below(4)),
            rule_ref: Reference::new("labs", "rule"),
            execution,
            failure: None,
            decided_at: time(seconds + 1),
        });
    }

    fn execute(
        &mut self,
        event: Id,
        seconds: u64,
        parent: Option<usize>,
        random: &mut Random,
    ) -> Id {
        let number = u64::try_from(self.executions.len()).unwrap();
        let status = match random.below(12) {
            0 => Status::Running,
            1 => Status::Failed,
            2 => Status::Canceled,
            _ => Status::Succeeded,
        };
        let id = id(4, seconds, number);
        let parent = parent.map(|parent| {
            self.executions[parent].children.push(id);
            self.executions[parent].id
        });
        let ended_at = time(seconds + random.below(200));
        self.executions.push(Execution {
            id,
            liveaction: self::id(5, seconds, number),
            version: 1,
            status,
            action: Reference::new("core", &format!("a{}", random.below(4))),
            runner: "noop".to_owned(),
            definition: Digest(self::id(6, 0, 0)),
            parameters: Object::from_iter([("text".to_owned(), long_or_short(random, "given"))]),
            context: Object::new(),
            parent,
            children: Vec::new(),
            event: Some(event),
            rule: None,
            notify: Object::new(),
            requested_at: time(seconds),
            delay_millis: 0,
            ended_at: status.is_final().then_some(ended_at),
            attempt: None,
            log: vec![Transition {
                status,
                at: time(seconds),
            }],
            result_size: 1,
        });
        id
    }

    fn ids(&self) -> [BTreeSet<Id>; 3] {
        [
            self.executions.iter().map(|one| one.id).collect(),
            self.decisions.iter().map(|one| one.id).collect(),
            self.events.iter().map(|one| one.id).collect(),
        ]
    }

    /// The rule, written down plainly.
    fn forget(&mut self, horizon: &Horizon) {
        if let Some(before) = horizon.executions {
            loop {
                let roots = self.executions.iter().filter(|one| {
                    let asker = |other: &Execution| Some(other.id) == one.parent;
                    !self.executions.iter().any(asker)
                });
                let families = roots.map(|root| self.family(root));
                let old = |family: &Vec<Execution>| {
                    family
                        .iter()
                        .all(|one| one.ended_at.is_some_and(|ended| ended < before))
                };
                let gone: BTreeSet<Id> = families.filter(old).flatten().map(|one| one.id).collect();
                if gone.is_empty() {
                    break;
                }
                self.executions.retain(|one| !gone.contains(&one.id));
            }
        }
        if let Some(before) = horizon.decisions {
            self.decisions.retain(|one| one.decided_at >= before);
        }
        if let Some(before) = horizon.events {
            let awaited = |event: &Event| {
                let answers = |one: &&Execution| one.event == Some(event.id);
                let mut answers = self.executions.iter().filter(answers);
                answers.any(|one| !one.status.is_final())
            };
            self.events.retain(|one| {
                one.occurred_at >= before || one.status == EventStatus::Pending || awaited(one)
            });
        }
    }

    fn family(&self, root: &Execution) -> Vec<Execution> {
        let mut family = vec![root.clone()];
        let asked_for = self
            .executions
            .iter()
            .filter(|one| one.parent == Some(root.id));
        family.extend(asked_for.flat_map(|one| self.family(one)));
        family
    }
}

/// A text; now and then one that is kept in parts.
fn long_or_short(random: &mut Random, text: &str) -> squall_model::Json {
    let repeat = if random.below(150) == 0 { 25_000 } else { 2 };
    json!({"text": format!("{text} {} ", random.below(1_000)).repeat(repeat)})
}

fn records(history: &History, random: &mut Random) -> [Batch; 2] {
    let mut first = Vec::new();
    let mut second = Vec::new();
    for event in &history.events {
        first.push(Record::Event(Event {
            status: EventStatus::Pending,
            ..event.clone()
        }));
        if event.status != EventStatus::Pending {
            second.push(Record::Decided {
                event: event.id,
                status: event.status,
                rules: 1,
            });
        }
    }
    second.extend(history.decisions.iter().cloned().map(Record::Decision));
    for execution in &history.executions {
        second.push(Record::Execution(Box::new(execution.clone())));
        if execution.status.is_final() {
            second.push(Record::Result {
                execution: execution.id,
                result: long_or_short(random, "result"),
            });
        }
        let pieces = if random.below(30) == 0 { 700 } else { 3 };
        second.extend((1..=pieces).map(|sequence| {
            Record::Output(OutputChunk {
                execution: execution.id,
                sequence,
                kind: OutputKind::Stdout,
                at: execution.requested_at,
                data: "line\n".to_owned(),
            })
        }));
    }
    [first, second].map(|records| Batch { records })
}

async fn forget(store: &Sqlite, horizon: Horizon) -> Forgotten {
    let mut forgotten = Forgotten::default();
    let mut walk = Some(Walk::default());
    while let Some(going) = walk {
        let slice = store.forget(horizon, going).await.unwrap();
        forgotten.add(slice.forgotten);
        walk = slice.rest;
    }
    forgotten
}

fn open(path: &Path) -> Sqlite {
    Sqlite::open(path, Arc::new(|| time(0))).unwrap()
}

#[tokio::test]
async fn nothing_younger_goes_nothing_dangles_and_nothing_unfinished_is_touched() {
    for seed in 1..=HISTORIES {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut history = History::new(&mut random);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("squall.db");
        let store = open(&path);
        for batch in records(&history, &mut random) {
            store.commit(batch).await.unwrap();
        }
        for _ in 0..4 {
            let mut moment = || (random.below(4) > 0).then(|| time(random.below(SPAN + 300)));
            let horizon = Horizon {
                executions: moment(),
                output: moment(),
                decisions: moment(),
                events: moment(),
            };
            let before = history.ids();
            history.forget(&horizon);
            let forgotten = forget(&store, horizon).await;
            let counts = [forgotten.executions, forgotten.decisions, forgotten.events];
            for ((before, after), count) in before.iter().zip(history.ids()).zip(counts) {
                let gone = u64::try_from(before.len() - after.len()).unwrap();
                assert_eq!(gone, count, "seed {seed}, {horizon:?}");
            }
            check(&store, &history, &horizon, seed).await;
            check_rows(&path);
        }
    }
}

/// Compares what the store lists with what should be remembered.
async fn check(store: &Sqlite, history: &History, horizon: &Horizon, seed: u64) {
    let executions = store.executions(ExecutionFilter::default(), ALL).await;
    let decisions = store.decisions(DecisionFilter::default(), ALL).await;
    let events = store.events(EventFilter::default(), ALL).await;
    let (executions, decisions, events) =
        (executions.unwrap(), decisions.unwrap(), events.unwrap());
    let totals = [executions.total, decisions.total, events.total];
    let found: [BTreeSet<Id>; 3] = [
        executions.items.iter().map(|one| one.id).collect(),
        decisions.items.iter().map(|one| one.id).collect(),
        events.items.iter().map(|one| one.id).collect(),
    ];
    assert_eq!(found, history.ids(), "seed {seed}, {horizon:?}");
    for (total, found) in totals.into_iter().zip(&found) {
        assert_eq!(total, u64::try_from(found.len()).unwrap());
    }
    for (status, count) in store.execution_counts().await.unwrap() {
        let same = |one: &&Execution| one.status == status;
        let same = history.executions.iter().filter(same).count();
        assert_eq!(count, u64::try_from(same).unwrap(), "{status:?}");
    }
    for execution in &history.executions {
        check_one(store, execution, horizon).await;
    }
    for event in &history.events {
        let read = store.event(event.id).await.unwrap();
        assert_eq!(read.as_ref(), Some(event));
    }
}

async fn check_one(store: &Sqlite, execution: &Execution, horizon: &Horizon) {
    let read = store.execution(execution.id).await.unwrap();
    assert_eq!(read.as_ref(), Some(execution));
    let result = store.result(execution.id).await.unwrap();
    assert_eq!(result.is_some(), execution.status.is_final());
    let output = store.output(execution.id, None, 0, 1).await.unwrap();
    let is_young = |ended: Timestamp| horizon.output.is_none_or(|before| ended >= before);
    if execution.ended_at.is_none() {
        assert!(!output.is_empty(), "output of what is under way has gone");
    } else if !execution.ended_at.is_some_and(is_young) {
        assert!(output.is_empty(), "old output is still there");
    }
}

/// What no list shows: rows that belong to nothing.
fn check_rows(path: &Path) {
    let connection = Connection::open(path).unwrap();
    let numbers = |sql: &str| -> BTreeSet<i64> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let none = BTreeSet::new();
    for owned in ["result", "output"] {
        let sql = format!(
            "SELECT execution FROM {owned} WHERE execution NOT IN (SELECT seq FROM execution)"
        );
        assert_eq!(numbers(&sql), none, "{owned} without its execution");
    }
    assert_eq!(numbers("SELECT value FROM discard"), none);
    assert_eq!(numbers("SELECT value FROM upload"), none);
    let sql = "SELECT packed FROM (SELECT payload AS packed FROM event UNION ALL \
               SELECT detail FROM execution UNION ALL SELECT value FROM result) \
               WHERE hex(substr(packed, 1, 1)) = '02'";
    let mut statement = connection.prepare(sql).unwrap();
    let packed = statement.query_map([], |row| row.get::<_, Vec<u8>>(0));
    let number = |packed: Vec<u8>| i64::from_le_bytes(packed[1..9].try_into().unwrap());
    let needed = packed.unwrap().map(|packed| number(packed.unwrap()));
    let needed: BTreeSet<i64> = needed.collect();
    assert_eq!(numbers("SELECT DISTINCT value FROM part"), needed);
}

#[tokio::test]
async fn freed_pages_are_used_again() {
    const EVENTS: u64 = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    let store = open(&path);
    let everything = Horizon {
        events: Some(time(u32::MAX.into())),
        ..Horizon::default()
    };
    let mut pages = Vec::new();
    for round in 0..4 {
        let mut records = Vec::new();
        for number in 0..EVENTS {
            let event = Event {
                id: id(1, round, number),
                trigger: Reference::new("core", "t"),
                payload: json!({"text": format!("{number} ").repeat(200)}),
                occurred_at: time(round),
                status: EventStatus::Pending,
                trace: TraceContext::default(),
            };
            records.push(Record::Event(event.clone()));
            records.push(Record::Decided {
                event: event.id,
                status: EventStatus::Processed,
                rules: 1,
            });
        }
        store.commit(Batch { records }).await.unwrap();
        let connection = Connection::open(&path).unwrap();
        let count = connection.pragma_query_value(None, "page_count", |row| row.get(0));
        pages.push(count.unwrap());
        assert_eq!(forget(&store, everything).await.events, EVENTS);
    }
    let (first, last): (i64, i64) = (pages[0], pages[3]);
    assert!(last < first + first / 10, "the file grows: {pages:?}");
}

#[tokio::test]
async fn a_walk_that_is_broken_off_is_made_good_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.db");
    let mut random = Random(77);
    let history = History::new(&mut random);
    let horizon = Horizon {
        executions: Some(time(SPAN * 2)),
        events: Some(time(SPAN * 2)),
        ..Horizon::default()
    };
    let store = open(&path);
    for batch in records(&history, &mut random) {
        store.commit(batch).await.unwrap();
    }
    drop(store);
    // Each process dies after a few slices.
    for slices in 1..8 {
        let store = open(&path);
        let mut walk = Some(Walk::default());
        for _ in 0..slices {
            if let Some(going) = walk {
                walk = store.forget(horizon, going).await.unwrap().rest;
            }
        }
    }
    let store = open(&path);
    forget(&store, horizon).await;
    check_rows(&path);
    let listed = store.executions(ExecutionFilter::default(), ALL).await;
    let mut left = history;
    left.forget(&horizon);
    assert_eq!(listed.unwrap().items.len(), left.executions.len());
}
