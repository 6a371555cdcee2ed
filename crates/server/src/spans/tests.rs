//! Spans have the right places in their traces, and nobody waits for them.

use serde_json::json;
use squall_model::Reference;
use squall_model::event::EventStatus;

use super::*;

fn event(parent: Option<&str>) -> Event {
    let id = Id::of("event");
    Event {
        id,
        trigger: Reference::new("core", "st2.webhook"),
        payload: json!({}),
        occurred_at: Timestamp::from_micros(1_000_000),
        status: EventStatus::Pending,
        trace: TraceContext {
            id: Some(id),
            parent: parent.map(|parent| parent.parse().unwrap()),
            ..TraceContext::default()
        },
    }
}

fn to_somewhere(percent: u64) -> (Spans, mpsc::Receiver<Span>) {
    let settings = Settings {
        endpoint: Some("http://127.0.0.1:4318/v1/traces".to_owned()),
        percent,
        ..Settings::default()
    };
    let (spans, queue) = Spans::new(&settings);
    (spans, queue.unwrap())
}

#[test]
fn what_others_began_goes_on_under_their_span() {
    let (spans, mut queue) = to_somewhere(0);
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let event = event(Some(parent));
    spans.ingested(std::slice::from_ref(&event));
    spans.decided(&event, event.occurred_at, 1);
    let (ingest, decide) = (queue.try_recv().unwrap(), queue.try_recv().unwrap());
    assert_eq!(ingest.trace, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
    assert_eq!(ingest.parent, Some(0x00f0_67aa_0ba9_02b7));
    assert_eq!(decide.trace, ingest.trace);
    assert_eq!(decide.parent, Some(ingest.id));
}

#[test]
fn what_nobody_samples_is_not_told() {
    let (spans, mut queue) = to_somewhere(100);
    let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    spans.ingested(&[event(Some(unsampled))]);
    assert!(queue.try_recv().is_err());
    spans.ingested(&[event(None)]);
    assert_eq!(queue.try_recv().unwrap().parent, None);
    let (spans, mut queue) = to_somewhere(0);
    spans.ingested(&[event(None)]);
    assert!(queue.try_recv().is_err());
}

#[test]
fn nobody_waits_when_nobody_takes_them() {
    let (spans, _queue) = to_somewhere(100);
    for _ in 0..WAITING + 10 {
        spans.ingested(&[event(None)]);
    }
    assert_eq!(spans.dropped.get(), 10);
}
