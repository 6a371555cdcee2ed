//! The batch of each number, for the program that commits it and for the test that looks for it.

use serde_json::json;
use squall_model::event::{Event, EventStatus};
use squall_model::execution::{Digest, Execution, Status};
use squall_model::record::{OutputChunk, OutputKind, Record};
use squall_model::trace::TraceContext;
use squall_model::{Id, Json, Object, Timestamp};

/// Every so many batches there is a long result.
pub(crate) const LONG_EVERY: u32 = 25;

/// The id of everything in a batch.
pub(crate) fn id(number: u32) -> Id {
    let mut bytes = [7; 12];
    bytes
        .iter_mut()
        .zip(number.to_be_bytes())
        .for_each(|(to, from)| *to = from);
    Id::from_bytes(bytes)
}

/// The payload: short enough to be written as it is.
pub(crate) fn payload(number: u32) -> Json {
    json!({"mark": format!("<{number}>")})
}

/// The result; now and then one that is written in parts.
pub(crate) fn result(number: u32) -> Json {
    let repeat = if number.is_multiple_of(LONG_EVERY) {
        25_000
    } else {
        1
    };
    json!({"stdout": format!("line of {number}\n").repeat(repeat)})
}

/// One of some classes, so that counts can go wrong.
pub(crate) fn status(number: u32) -> Status {
    let place = usize::try_from(number).unwrap_or_default() % Status::ALL.len();
    Status::ALL.get(place).copied().unwrap_or(Status::Running)
}

/// Everything that is committed under a number.
pub(crate) fn records(number: u32) -> Vec<Record> {
    let time = Timestamp::from_micros(number.into());
    let event = Event {
        id: id(number),
        trigger: squall_model::Reference::new("core", "mark"),
        payload: payload(number),
        occurred_at: time,
        status: EventStatus::Pending,
        trace: TraceContext::default(),
    };
    let output = OutputChunk {
        execution: id(number),
        sequence: 1,
        kind: OutputKind::Stdout,
        at: time,
        data: number.to_string(),
    };
    vec![
        Record::Event(event),
        Record::Execution(Box::new(execution(number, time))),
        Record::Result {
            execution: id(number),
            result: result(number),
        },
        Record::Output(output),
    ]
}

fn execution(number: u32, requested_at: Timestamp) -> Execution {
    Execution {
        id: id(number),
        liveaction: id(number),
        version: 1,
        status: status(number),
        action: squall_model::Reference::new("core", "noop"),
        runner: "noop".to_owned(),
        definition: Digest(id(0)),
        parameters: Object::new(),
        context: Object::new(),
        parent: None,
        children: Vec::new(),
        event: Some(id(number)),
        rule: None,
        notify: Object::new(),
        requested_at,
        delay_millis: 0,
        ended_at: None,
        attempt: None,
        log: Vec::new(),
        result_size: 0,
    }
}
