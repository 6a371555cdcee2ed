//! Batches as the writer needs them: everything serialised and compressed, so that the one writer thread only binds and
//! steps. All of this runs before a batch is queued.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::Serialize;
use squall_model::decision::Decision;
use squall_model::event::{Event, EventStatus};
use squall_model::execution::{Definition, Digest};
use squall_model::identity::{ApiKey, Token};
use squall_model::key::{Key, Scope};
use squall_model::record::{Batch, OutputChunk, Record, Resource, ResourceKind};
use squall_model::trace::{Trace, TraceLink};
use squall_model::{Id, Json, Timestamp};

use super::execution_row::ExecutionRow;
use super::extent;
use super::packed::{self, COMPRESS_FROM, PART};
use super::template::{Advice, Lesson, Template, Templates};
use crate::Error;

/// The words that a row of a history is counted under, in the order of its class table's columns.
pub(super) type Class = Vec<String>;

/// One thing for the writer to do.
#[derive(Debug)]
pub(super) enum Change {
    Event(Box<EventRow>),
    Decided {
        event: Id,
        status: EventStatus,
        rules: u64,
    },
    Decision(DecisionRow),
    Definition(Digest, Vec<u8>),
    Execution(ExecutionRow),
    Result {
        execution: Id,
        value: Vec<u8>,
    },
    Output(Box<OutputRow>),
    Trace(Trace),
    TraceLink(Box<TraceLink>),
    Key(Key),
    KeyDeleted {
        scope: Scope,
        user: String,
        name: String,
    },
    /// With its metadata as text.
    Token(Token, Vec<u8>),
    TokenDeleted(Id),
    /// With its metadata as text.
    ApiKey(ApiKey, Vec<u8>),
    ApiKeyDeleted(Id),
    Resource(ResourceRow),
    ResourceDeleted {
        kind: ResourceKind,
        reference: String,
    },
    Expired(Timestamp),
    /// A piece of a value whose record is not written yet.
    Part {
        value: i64,
        number: i64,
        packed: Vec<u8>,
    },
    /// The record of this value is in this batch.
    Uploaded(i64),
    /// A template, and what it is for.
    Template(String, Arc<Template>),
}

/// A row of the table `event`.
#[derive(Debug)]
pub(super) struct EventRow {
    pub(super) event: Event,
    pub(super) class: Class,
    pub(super) payload: Vec<u8>,
}

/// A row of the table `decision`.
#[derive(Debug)]
pub(super) struct DecisionRow {
    pub(super) decision: Decision,
    pub(super) class: Class,
}

/// A row of the table `output`.
#[derive(Debug)]
pub(super) struct OutputRow {
    pub(super) chunk: OutputChunk,
    pub(super) data: Vec<u8>,
}

/// A row of the table `resource`.
#[derive(Debug)]
pub(super) struct ResourceRow {
    pub(super) resource: Resource,
    pub(super) body: Vec<u8>,
}

/// A batch, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// In the order of writing.
    pub(super) changes: Vec<Change>,
    /// Values that are written ahead, in parts.
    pub(super) uploads: Vec<Upload>,
    /// Templates that hold once the batch is written.
    pub(super) lessons: Vec<Lesson>,
    /// About how much there is to write.
    pub(super) bytes: usize,
}

/// A value that is too long for one commit.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) value: i64,
    pub(super) parts: Vec<Vec<u8>>,
}

/// What serialising goes by, shared by everybody who does.
#[derive(Debug)]
pub(super) struct Shared {
    /// The next number of a value in parts.
    pub(super) next_value: AtomicI64,
    pub(super) templates: Arc<Templates>,
}

/// Serialises a batch.
pub(super) fn rows(batch: Batch, shared: &Shared) -> Result<Rows, Error> {
    let mut encoder = Encoder {
        rows: Rows::default(),
        shared,
    };
    for record in batch.records {
        encoder.record(record)?;
    }
    encoder.finish()
}

/// About what a change takes beside its long values.
const CHANGE_BYTES: usize = 256;

/// A template has served well if it leaves less than half.
const WELL: usize = 2;

/// Serialises one batch.
#[derive(Debug)]
pub(super) struct Encoder<'a> {
    rows: Rows,
    shared: &'a Shared,
}

impl Encoder<'_> {
    fn record(&mut self, record: Record) -> Result<(), Error> {
        self.rows.bytes += CHANGE_BYTES;
        let change = match record {
            Record::Execution(execution) => return self.execution(ExecutionRow::new(execution)?),
            Record::Event(event) => Change::Event(Box::new(self.event(event)?)),
            Record::Decided {
                event,
                status,
                rules,
            } => Change::Decided {
                event,
                status,
                rules,
            },
            Record::Decision(decision) => Change::Decision(decision_row(decision)),
            Record::Definition(digest, definition) => self.definition(digest, &definition)?,
            Record::Result { execution, result } => Change::Result {
                execution,
                value: self.value(&result)?,
            },
            Record::Output(chunk) => Change::Output(Box::new(self.output(chunk))),
            Record::Trace(trace) => Change::Trace(trace),
            Record::TraceLink(link) => Change::TraceLink(Box::new(link)),
            Record::Key(key) => Change::Key(key),
            Record::KeyDeleted { scope, user, name } => Change::KeyDeleted { scope, user, name },
            Record::Token(token) => {
                let metadata = json_text(&token.metadata)?;
                Change::Token(token, metadata)
            }
            Record::TokenDeleted(id) => Change::TokenDeleted(id),
            Record::ApiKey(key) => {
                let metadata = json_text(&key.metadata)?;
                Change::ApiKey(key, metadata)
            }
            Record::ApiKeyDeleted(id) => Change::ApiKeyDeleted(id),
            Record::Resource(resource) => Change::Resource(self.resource(resource)?),
            Record::ResourceDeleted { kind, reference } => {
                Change::ResourceDeleted { kind, reference }
            }
            Record::Expired(at) => Change::Expired(at),
        };
        self.rows.changes.push(change);
        Ok(())
    }

    /// What can only be done when all records are known.
    fn finish(mut self) -> Result<Rows, Error> {
        let mut changes = std::mem::take(&mut self.rows.changes);
        for change in &mut changes {
            if let Change::Execution(row) = change {
                row.finish(&mut self)?;
            }
        }
        let uploads = self.rows.uploads.iter();
        changes.extend(uploads.map(|upload| Change::Uploaded(upload.value)));
        let lessons = self.rows.lessons.iter();
        changes.extend(
            lessons
                .map(|lesson| Change::Template(lesson.kind.clone(), Arc::clone(&lesson.template))),
        );
        self.rows.changes = changes;
        Ok(self.rows)
    }

    fn event(&mut self, mut event: Event) -> Result<EventRow, Error> {
        let value = std::mem::take(&mut event.payload);
        extent::check_depth(&value)?;
        let text = json_text(&value)?;
        let trigger = event.trigger.as_str();
        let payload = self.packed_like(&format!("event {trigger}"), text, || value);
        Ok(EventRow {
            class: vec![trigger.to_owned()],
            event,
            payload,
        })
    }

    fn definition(&mut self, digest: Digest, definition: &Definition) -> Result<Change, Error> {
        let body = self.packed(json_text(definition)?);
        Ok(Change::Definition(digest, body))
    }

    /// Versions of one execution that are written together become one row: only the last can ever be read.
    fn execution(&mut self, row: ExecutionRow) -> Result<(), Error> {
        let earlier = self
            .rows
            .changes
            .iter_mut()
            .find_map(|change| match change {
                Change::Execution(earlier) if earlier.execution.id == row.execution.id => {
                    Some(earlier)
                }
                _ => None,
            });
        match earlier {
            Some(earlier) => earlier.supersede(row),
            None => {
                self.rows.changes.push(Change::Execution(row));
                Ok(())
            }
        }
    }

    fn output(&mut self, mut chunk: OutputChunk) -> OutputRow {
        let text = std::mem::take(&mut chunk.data).into_bytes();
        OutputRow {
            data: self.packed(text),
            chunk,
        }
    }

    fn resource(&mut self, mut resource: Resource) -> Result<ResourceRow, Error> {
        let body = self.value(&resource.body)?;
        resource.body = Json::Null;
        Ok(ResourceRow { resource, body })
    }

    fn value(&mut self, value: &Json) -> Result<Vec<u8>, Error> {
        extent::check_depth(value)?;
        Ok(self.packed(json_text(value)?))
    }

    fn packed(&mut self, text: Vec<u8>) -> Vec<u8> {
        let packed = if text.len() <= PART {
            packed::pack(text)
        } else {
            let value = self.shared.next_value.fetch_add(1, Ordering::Relaxed);
            let parts = text.chunks(PART).map(<[u8]>::to_vec);
            let parts = parts.map(packed::pack).collect();
            self.rows.uploads.push(Upload { value, parts });
            packed::pack_number(value)
        };
        self.rows.bytes += packed.len();
        packed
    }

    /// Packs a text that is probably like others of its kind; `value` is what the text says.
    pub(super) fn packed_like(
        &mut self,
        kind: &str,
        text: Vec<u8>,
        value: impl FnOnce() -> Json,
    ) -> Vec<u8> {
        if !(COMPRESS_FROM..=PART).contains(&text.len()) {
            return self.packed(text);
        }
        let templates = &self.shared.templates;
        match templates.advise(kind, value) {
            Advice::Alone => self.packed(text),
            Advice::Learn(lesson) => {
                self.rows.lessons.push(lesson);
                self.packed(text)
            }
            Advice::Like(template) => {
                let length = text.len();
                let packed = packed::pack_like(&template, text);
                templates.served(kind, &template, packed.len() < length / WELL);
                self.rows.bytes += packed.len();
                packed
            }
        }
    }
}

fn decision_row(decision: Decision) -> DecisionRow {
    DecisionRow {
        class: vec![decision.rule_ref.to_string(), decision.rule.to_string()],
        decision,
    }
}

/// JSON text.
pub(super) fn json_text<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(Error::unwritten)
}
