//! Serialising batches: all of this runs before a batch is queued, so that the one writer thread only binds and steps.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use squall_model::Json;
use squall_model::decision::Decision;
use squall_model::event::Event;
use squall_model::execution::{Definition, Digest};
use squall_model::record::{Batch, OutputChunk, Record, Resource};

use super::execution_row::ExecutionRow;
use super::extent;
use super::packed::{self, COMPRESS_FROM, PART};
use super::row::{Change, DecisionRow, EventRow, OutputRow, ResourceRow, Rows, Upload};
use super::template::{Advice, Lesson, Templates};
use crate::Error;

/// What serialising goes by, shared by everybody who does.
#[derive(Debug)]
pub(super) struct Shared {
    /// The next number of a value in parts.
    pub(super) next_value: AtomicI64,
    pub(super) templates: Arc<Templates>,
    /// Definitions that are recorded for certain: they need not be serialised again.
    pub(super) definitions: Mutex<HashSet<Digest>>,
}

/// Definitions that are remembered to be recorded.
const DEFINITIONS: usize = 10_000;

impl Shared {
    /// Takes note of what the batch of these rows has recorded.
    pub(super) fn recorded(&self, rows: &Rows) {
        rows.lessons.iter().for_each(Lesson::recorded);
        if !rows.definitions.is_empty() {
            let mut known = self.definitions();
            if known.len() >= DEFINITIONS {
                known.clear();
            }
            known.extend(&rows.definitions);
        }
    }

    fn definitions(&self) -> MutexGuard<'_, HashSet<Digest>> {
        let known = self.definitions.lock();
        known.unwrap_or_else(PoisonError::into_inner)
    }
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
            Record::Delivery(delivery) => Change::Delivery(delivery),
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
            Record::Definition(digest, definition) => {
                return self.definition(digest, &definition);
            }
            Record::Result { execution, result } => Change::Result {
                execution,
                value: self.value(&result)?,
            },
            Record::Output(chunk) => Change::Output(Box::new(self.output(chunk))),
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
            Record::Memo(mut memo) => {
                let value = self.value(&std::mem::take(&mut memo.value))?;
                Change::Memo(memo, value)
            }
            Record::MemoDeleted { topic, name } => Change::MemoDeleted { topic, name },
            Record::Outgoing(mut outgoing) => {
                let finding = self.value(&std::mem::take(&mut outgoing.finding))?;
                Change::Outgoing(outgoing, finding)
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

    fn definition(&mut self, digest: Digest, definition: &Definition) -> Result<(), Error> {
        if !self.shared.definitions().contains(&digest) {
            let body = self.packed(json_text(definition)?);
            self.rows.changes.push(Change::Definition(digest, body));
            self.rows.definitions.push(digest);
        }
        Ok(())
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
