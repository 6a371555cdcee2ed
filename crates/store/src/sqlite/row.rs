//! Batches as the writer needs them: everything serialised and compressed.

use std::sync::Arc;

use squall_model::decision::Decision;
use squall_model::delivery::Delivery;
use squall_model::event::{Event, EventStatus};
use squall_model::execution::Digest;
use squall_model::identity::{ApiKey, Token};
use squall_model::key::{Key, Scope};
use squall_model::memo::{Memo, Topic};
use squall_model::outgoing::Outgoing;
use squall_model::record::{OutputChunk, Resource, ResourceKind};
use squall_model::{Id, Timestamp};

use super::execution_row::ExecutionRow;
use super::removal::Removal;
use super::template::{Lesson, Template};

/// The words that a row of a history is counted under, in the order of its class table's columns.
pub(super) type Class = Vec<String>;

/// One thing for the writer to do.
#[derive(Debug)]
pub(super) enum Change {
    Event(Box<EventRow>),
    Delivery(Delivery),
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
    /// With its value, packed.
    Memo(Memo, Vec<u8>),
    MemoDeleted {
        topic: Topic,
        name: String,
    },
    /// With its finding, packed.
    Outgoing(Box<Outgoing>, Vec<u8>),
    Expired(Timestamp),
    /// Something old that goes.
    Removal(Removal),
    /// A piece of a value whose record is not written yet.
    Part {
        value: i64,
        number: i64,
        packed: Vec<u8>,
    },
    /// The record of this value is in this batch.
    Uploaded(i64),
    /// The record of this value will not come.
    GivenUp(i64),
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
    /// Definitions that are recorded once the batch is written.
    pub(super) definitions: Vec<Digest>,
    /// About how much there is to write.
    pub(super) bytes: usize,
}

/// A value that is too long for one commit.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) value: i64,
    pub(super) parts: Vec<Vec<u8>>,
}
