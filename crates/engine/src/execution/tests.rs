//! The life of an execution, input by input.

use std::fmt::Write as _;
use std::sync::Arc;

use insta::assert_snapshot;
use serde_json::json;
use squall_model::action::Action;
use squall_model::execution::Definition;
use squall_model::id::Ids;
use squall_model::outcome::{Outcome, Verdict};
use squall_model::runner::RunnerType;
use squall_model::schema::Parameters;
use squall_model::{Id, Object};

use super::*;

fn definition() -> Definition {
    let action = json!({"id": Id::of("a"), "ref": "core.local", "runner_type": "local-shell-cmd"});
    let runner = RunnerType {
        id: Id::of("r"),
        name: "local-shell-cmd".into(),
        aliases: Vec::new(),
        description: String::new(),
        enabled: true,
        package: String::new(),
        parameters: Parameters::default(),
        output_key: None,
        output_schema: Object::new(),
        available: true,
    };
    let action: Action = serde_json::from_value(action).unwrap();
    Definition {
        action: Arc::new(action),
        runner: Arc::new(runner),
        rule: None,
        trigger: None,
        trigger_type: None,
    }
}

/// Feeds the inputs to a new execution, one second apart, and tells what came of it.
fn check(inputs: Vec<Input>) -> String {
    check_delayed(0, inputs)
}

/// The same for an execution that is to wait for so many milliseconds.
fn check_delayed(delay_millis: u64, inputs: Vec<Input>) -> String {
    let definition = definition();
    let start = Timestamp::from_micros(1_800_000_000_000_000);
    let mut request = Request::of(
        &definition,
        definition.digest(),
        Object::new(),
        Object::new(),
    );
    request.delay_millis = delay_millis;
    let mut execution = new(request, &mut Ids::new(start, 1), start);
    let mut story = String::new();
    for (second, input) in inputs.into_iter().enumerate() {
        let now = start.plus_millis(1000 * i64::try_from(second).unwrap());
        match step(&mut execution, now, input) {
            Ok(commands) => {
                let records = records(&mut execution, &commands).len();
                writeln!(
                    story,
                    "{second}s v{} {}: {records} records",
                    execution.version,
                    execution.status.as_str()
                )
                .unwrap();
                commands
                    .iter()
                    .for_each(|command| writeln!(story, "   {}", told(command)).unwrap());
            }
            Err(refusal) => writeln!(story, "{second}s refused: {refusal}").unwrap(),
        }
    }
    story
}

fn told(command: &Command) -> String {
    match command {
        Command::Record(transition) => format!("record {}", transition.status.as_str()),
        Command::Keep(result) => format!("keep {result}"),
        Command::Start(attempt) => format!("start attempt {} by {}", attempt.epoch, attempt.owner),
        Command::Stop => "stop".to_owned(),
    }
}

fn leased() -> Input {
    Input::Leased {
        owner: "n1".to_owned(),
    }
}

fn cancel() -> Input {
    Input::Asked(Ask::Cancel {
        by: "ann".to_owned(),
    })
}

fn finished(verdict: Verdict) -> Input {
    Input::Finished(Outcome {
        verdict,
        result: json!({"stdout": "hi"}),
    })
}

#[test]
fn from_request_to_success_and_a_late_second_end() {
    assert_snapshot!(check(vec![Input::Requested, leased(), finished(Verdict::Succeeded), finished(Verdict::Failed)]), @r#"
    0s v1 scheduled: 1 records
       record requested
       record scheduled
    1s v2 running: 1 records
       record running
       start attempt 1 by n1
    2s v3 succeeded: 2 records
       record succeeded
       keep {"stdout":"hi"}
    3s v3 succeeded: 0 records
    "#);
}

#[test]
fn cancel_while_running_stops_first() {
    assert_snapshot!(check(vec![Input::Requested, leased(), cancel(), cancel(), finished(Verdict::Succeeded), cancel()]), @r#"
    0s v1 scheduled: 1 records
       record requested
       record scheduled
    1s v2 running: 1 records
       record running
       start attempt 1 by n1
    2s v3 canceling: 1 records
       record canceling
       stop
    3s v3 canceling: 0 records
    4s v4 canceled: 2 records
       record canceled
       keep {"message":"Action canceled by user.","user":"ann"}
    5s v4 canceled: 0 records
    "#);
}

#[test]
fn cancel_before_the_start_needs_no_stop_and_a_late_lease_starts_nothing() {
    assert_snapshot!(check(vec![Input::Requested, cancel(), leased()]), @r#"
    0s v1 scheduled: 1 records
       record requested
       record scheduled
    1s v2 canceled: 2 records
       record canceled
       keep {"message":"Action canceled by user.","user":"ann"}
    2s v2 canceled: 0 records
    "#);
}

#[test]
fn a_finished_execution_cannot_be_cancelled() {
    assert_snapshot!(check(vec![Input::Requested, leased(), finished(Verdict::TimedOut), cancel()]), @r#"
    0s v1 scheduled: 1 records
       record requested
       record scheduled
    1s v2 running: 1 records
       record running
       start attempt 1 by n1
    2s v3 timeout: 2 records
       record timeout
       keep {"stdout":"hi"}
    3s refused: Action cannot be canceled. State = timeout.
    "#);
}

#[test]
fn a_lost_owner_abandons_what_ran_and_completes_a_cancel() {
    assert_snapshot!(check(vec![Input::Requested, leased(), Input::OwnerLost { again: false }, Input::OwnerLost { again: false }]), @r#"
    0s v1 scheduled: 1 records
       record requested
       record scheduled
    1s v2 running: 1 records
       record running
       start attempt 1 by n1
    2s v3 abandoned: 2 records
       record abandoned
       keep {"error":"the server that ran this action (`n1`) stopped; whether the action had an effect is unknown"}
    3s v3 abandoned: 0 records
    "#);
    assert_snapshot!(check(vec![Input::Requested, leased(), cancel(), Input::OwnerLost { again: false }]), @r#"
    0s v1 scheduled: 1 records
       record requested
       record scheduled
    1s v2 running: 1 records
       record running
       start attempt 1 by n1
    2s v3 canceling: 1 records
       record canceling
       stop
    3s v4 canceled: 2 records
       record canceled
       keep {"message":"Action canceled by user.","user":"ann"}
    "#);
}

#[test]
fn what_may_be_done_again_waits_for_its_turn_again() {
    let lost = Input::OwnerLost { again: true };
    assert_snapshot!(check(vec![Input::Requested, leased(), lost, leased()]), @"
    0s v1 scheduled: 1 records
       record requested
       record scheduled
    1s v2 running: 1 records
       record running
       start attempt 1 by n1
    2s v3 scheduled: 1 records
       record scheduled
    3s v4 running: 1 records
       record running
       start attempt 2 by n1
    ");
}

#[test]
fn a_request_that_cannot_start_is_recorded_as_failed() {
    assert_snapshot!(check(vec![Input::Requested, Input::Refused(json!({"error": "no such parameter"}))]), @r#"
    0s v1 scheduled: 1 records
       record requested
       record scheduled
    1s v2 failed: 2 records
       record failed
       keep {"error":"no such parameter"}
    "#);
}

#[test]
fn a_delayed_execution_is_scheduled_when_it_is_due() {
    assert_snapshot!(check_delayed(1500, vec![Input::Requested, leased(), Input::Due, Input::Due, leased()]), @"
    0s v1 delayed: 1 records
       record requested
       record delayed
    1s v1 delayed: 0 records
    2s v2 scheduled: 1 records
       record scheduled
    3s v2 scheduled: 0 records
    4s v3 running: 1 records
       record running
       start attempt 1 by n1
    ");
    assert_snapshot!(check(vec![Input::Requested, Input::Due]), @"
    0s v1 scheduled: 1 records
       record requested
       record scheduled
    1s v1 scheduled: 0 records
    ");
}

#[test]
fn a_delayed_execution_is_cancelled_at_once_and_never_due() {
    assert_snapshot!(check_delayed(1500, vec![Input::Requested, cancel(), Input::Due, leased()]), @r#"
    0s v1 delayed: 1 records
       record requested
       record delayed
    1s v2 canceled: 2 records
       record canceled
       keep {"message":"Action canceled by user.","user":"ann"}
    2s v2 canceled: 0 records
    3s v2 canceled: 0 records
    "#);
}

#[test]
fn an_execution_begins_a_trace_unless_it_joins_one() {
    let definition = definition();
    let now = Timestamp::from_micros(1_800_000_000_000_000);
    let begun = |context| {
        let request = Request::of(&definition, definition.digest(), Object::new(), context);
        new(request, &mut Ids::new(now, 1), now)
    };
    let alone = begun(Object::new());
    let own = format!("execution-{}", alone.id);
    assert_eq!(
        (alone.trace().id, alone.trace().tag),
        (Some(alone.id), Some(own))
    );
    let context = |trace| Object::from_iter([("trace_context".to_owned(), trace)]);
    let tagged = begun(context(json!({"trace_tag": "deploy"})));
    let tag = Some("deploy".to_owned());
    assert_eq!(
        (tagged.trace().id, tagged.trace().tag),
        (Some(tagged.id), tag.clone())
    );
    let joined = json!({"id_": Id::of("another"), "trace_tag": "deploy"});
    let trace = begun(context(joined)).trace();
    assert_eq!((trace.id, trace.tag), (Some(Id::of("another")), tag));
}

#[test]
fn a_delay_without_end_is_no_overflow() {
    let definition = definition();
    let request = Request {
        delay_millis: u64::MAX,
        ..Request::of(
            &definition,
            definition.digest(),
            Object::new(),
            Object::new(),
        )
    };
    let now = Timestamp::from_micros(1_800_000_000_000_000);
    let execution = new(request, &mut Ids::new(now, 1), now);
    assert_eq!(execution.due_at(), Timestamp::from_micros(i64::MAX));
}
