//! Made-up records. The number makes the id and, in seconds, the time.

use std::sync::Arc;

use serde_json::json;
use squall_model::decision::Decision;
use squall_model::event::{Event, EventStatus};
use squall_model::execution::{Attempt, Definition, Digest, Execution, Status, Transition};
use squall_model::record::Record;
use squall_model::trace::TraceContext;
use squall_model::{Id, Json, Object, Reference, Timestamp};

pub(crate) fn id(number: u32) -> Id {
    let mut bytes = [0; 12];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    Id::from_bytes(bytes)
}

pub(crate) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_790_000_000 + seconds) * 1_000_000)
}

pub(crate) fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

pub(crate) fn object(value: Json) -> Object {
    match value {
        Json::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

pub(crate) fn event(number: u32) -> Event {
    Event {
        id: id(number),
        trigger: reference("core.st2.webhook"),
        payload: json!({"body": {"number": number}}),
        occurred_at: time(number.into()),
        status: EventStatus::Pending,
        trace: TraceContext::default(),
    }
}

pub(crate) fn decided(number: u32) -> Record {
    Record::Decided {
        event: id(number),
        status: EventStatus::Processed,
        rules: u64::MAX,
    }
}

pub(crate) fn decision(number: u32) -> Decision {
    Decision {
        id: id(number),
        event: id(1000 + number),
        rule: id(7),
        rule_ref: reference("labs.notify"),
        execution: None,
        failure: None,
        decided_at: time(number.into()),
    }
}

/// Version 1 of a requested execution.
pub(crate) fn execution(number: u32) -> Execution {
    Execution {
        id: id(number),
        liveaction: id(5000 + number),
        version: 1,
        status: Status::Requested,
        action: reference("core.noop"),
        runner: "noop".to_owned(),
        definition: Digest(id(9)),
        parameters: Object::new(),
        context: object(json!({"user": "stanley"})),
        parent: None,
        children: Vec::new(),
        event: None,
        rule: None,
        notify: Object::new(),
        requested_at: time(number.into()),
        delay_millis: 0,
        ended_at: None,
        attempt: None,
        log: vec![Transition {
            status: Status::Requested,
            at: time(number.into()),
        }],
        result_size: 0,
    }
}

/// The next version of an execution, in another status.
pub(crate) fn next(execution: &Execution, status: Status) -> Execution {
    let at = execution.requested_at.plus_millis(1500);
    let mut next = execution.clone();
    next.version += 1;
    next.status = status;
    next.log.push(Transition { status, at });
    next.ended_at = status.is_final().then_some(at);
    next.attempt = Some(Attempt {
        epoch: 1,
        owner: "node-1".to_owned(),
        started_at: at,
    });
    next
}

pub(crate) fn definition() -> Definition {
    let action = json!({"id": id(1), "ref": "core.noop", "runner_type": "noop"});
    let runner = json!({"id": id(2), "name": "noop", "description": "", "enabled": true, "package": "noop_runner",
                        "parameters": {}, "available": true});
    Definition {
        action: Arc::new(serde_json::from_value(action).unwrap()),
        runner: Arc::new(serde_json::from_value(runner).unwrap()),
        rule: None,
        trigger: None,
        trigger_type: None,
    }
}

pub(crate) fn put(execution: &Execution) -> Record {
    Record::Execution(Box::new(execution.clone()))
}
