//! Records as an Alertmanager behind a webhook makes them.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use squall_model::decision::Decision;
use squall_model::event::{Event, EventStatus};
use squall_model::execution::{Attempt, Definition, Digest, Execution, Status, Transition};
use squall_model::id::Ids;
use squall_model::record::{Batch, Record};
use squall_model::trace::TraceContext;
use squall_model::{Id, Json, Object, Timestamp};

/// One story: an event, the decision on it, the execution it starts.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) event: Event,
    decision: Decision,
    execution: Execution,
}

/// The time of the machine.
pub(crate) fn now() -> Timestamp {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    Timestamp::from_micros(since.as_micros().try_into().unwrap())
}

/// Records as one batch.
pub(crate) fn batch(records: impl IntoIterator<Item = Record>) -> Batch {
    Batch {
        records: records.into_iter().collect(),
    }
}

impl Story {
    /// A story that begins now.
    pub(crate) fn new() -> Self {
        static SEED: AtomicU64 = AtomicU64::new(1);
        let seed = SEED.fetch_add(1, Ordering::Relaxed);
        Self::at(now(), seed)
    }

    /// A story that begins at some moment.
    pub(crate) fn at(now: Timestamp, seed: u64) -> Self {
        let mut ids = Ids::new(now, seed);
        let tag = format!("webhook-pprof-{}{:08x}", ids.next_id(), seed);
        let trace = TraceContext {
            id: Some(ids.next_id()),
            tag: Some(tag),
            ..TraceContext::default()
        };
        let event = Event {
            id: ids.next_id(),
            trigger: "core.st2.webhook".parse().unwrap(),
            payload: payload(seed),
            occurred_at: now,
            status: EventStatus::Pending,
            trace,
        };
        let number = seed % 20;
        let rule = Id::of(&format!("rule {number}"));
        let execution = execution(&mut ids, &event, number, rule);
        let decision = Decision {
            id: ids.next_id(),
            event: event.id,
            rule,
            rule_ref: format!("labs_sre.rule_{number}").parse().unwrap(),
            execution: Some(execution.id),
            failure: None,
            decided_at: now,
        };
        Self {
            event,
            decision,
            execution,
        }
    }

    /// The first commit: the event.
    pub(crate) fn happened(&self) -> Batch {
        batch([Record::Event(self.event.clone())])
    }

    /// An end without any rule.
    pub(crate) fn ignored(&self) -> Batch {
        batch([self.decided()])
    }

    /// The second commit: decided, requested, scheduled, running.
    pub(crate) fn started(&mut self) -> Batch {
        let mut records = vec![self.decided(), Record::Decision(self.decision.clone())];
        let (digest, definition) = &*DEFINITION;
        records.push(Record::Definition(*digest, Box::new(definition.clone())));
        records.push(Record::Execution(Box::new(self.execution.clone())));
        for status in [Status::Scheduled, Status::Running] {
            records.push(self.step(status));
        }
        batch(records)
    }

    /// The third commit: the outcome.
    pub(crate) fn finished(&mut self, result: Json) -> Batch {
        self.execution.result_size = 2;
        let failed = self
            .decision
            .id
            .bytes()
            .last()
            .is_some_and(|byte| *byte < 8);
        let done = self.step(if failed {
            Status::Failed
        } else {
            Status::Succeeded
        });
        let execution = self.execution.id;
        batch([done, Record::Result { execution, result }])
    }

    fn decided(&self) -> Record {
        Record::Decided {
            event: self.event.id,
            status: EventStatus::Processed,
            rules: 0x1234_5678_9abc_def0,
        }
    }

    fn step(&mut self, status: Status) -> Record {
        let at = self.execution.requested_at.plus_millis(1);
        self.execution.version += 1;
        self.execution.status = status;
        self.execution.log.push(Transition { status, at });
        if status == Status::Running {
            self.execution.attempt = Some(Attempt {
                epoch: 1,
                owner: "node-1".to_owned(),
                started_at: at,
            });
        }
        self.execution.ended_at = status.is_final().then_some(at);
        Record::Execution(Box::new(self.execution.clone()))
    }
}

fn execution(ids: &mut Ids, event: &Event, number: u64, rule: Id) -> Execution {
    let now = event.occurred_at;
    let context = json!({
        "trace_context": event.trace,
        "user": "stanley",
        "rule": {"name": format!("rule_{number}"), "id": rule},
        "trigger_instance": {"id": event.id, "name": null},
    });
    Execution {
        id: ids.next_id(),
        liveaction: ids.next_id(),
        version: 1,
        status: Status::Requested,
        action: format!("labs_sre.action_{number}").parse().unwrap(),
        runner: "noop".to_owned(),
        definition: DEFINITION.0,
        parameters: object(json!({"pod": event.id, "namespace": "prod"})),
        context: object(context),
        parent: None,
        children: Vec::new(),
        event: Some(event.id),
        rule: Some(format!("labs_sre.rule_{number}").parse().unwrap()),
        notify: Object::new(),
        requested_at: now,
        delay_millis: 0,
        ended_at: None,
        attempt: None,
        log: vec![Transition {
            status: Status::Requested,
            at: now,
        }],
        result_size: 0,
    }
}

/// About 1 kB.
fn payload(seed: u64) -> Json {
    let alert = json!({
        "status": "firing",
        "labels": {"alertname": "Pod Memory Limit", "container": "api", "instance": format!("10.2.{}.{}:9090", seed % 255, seed % 251),
                   "job": "kubelet", "namespace": format!("prod-{}", seed % 9), "pod": format!("api-{:08x}", seed.wrapping_mul(0x9E37_79B9)),
                   "severity": "warning"},
        "annotations": {"summary": "memory of a pod is above 70 % of its limit", "value": seed},
        "startsAt": "2026-11-22T13:14:15.123Z", "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=container_memory_working_set_bytes%7Bpod%3D~%22api.%2A%22%7D&g0.tab=1",
        "fingerprint": format!("{:016x}", seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
    });
    json!({
        "headers": {"Host": "squall:8700", "User-Agent": "Alertmanager/0.25.0", "Content-Type": "application/json",
                    "Content-Length": "812", "X-Request-Id": format!("{seed:032x}")},
        "body": {"receiver": "squall", "status": "firing", "alerts": [alert], "groupLabels": {"alertname": "Pod Memory Limit"},
                 "commonLabels": {"alertname": "Pod Memory Limit", "job": "kubelet"}, "commonAnnotations": {},
                 "externalURL": "http://alertmanager:9093", "version": "4", "truncatedAlerts": 0},
    })
}

static DEFINITION: LazyLock<(Digest, Definition)> = LazyLock::new(|| {
    let id = Id::of("action");
    let action = json!({"id": id, "ref": "labs_sre.exec_pod", "runner_type": "noop"});
    let runner = json!({"id": id, "name": "noop", "description": "", "enabled": true, "package": "noop_runner",
                        "parameters": {}, "available": true});
    let definition = Definition {
        action: serde_json::from_value(action).unwrap(),
        runner: serde_json::from_value(runner).unwrap(),
        rule: None,
        trigger: None,
        trigger_type: None,
    };
    (definition.digest(), definition)
});

fn object(value: Json) -> Object {
    match value {
        Json::Object(object) => object,
        _ => Object::new(),
    }
}
