//! Executions, their definitions and their lists.

use std::sync::Arc;

use serde_json::json;
use squall_model::execution::{Definition, Execution, Status};
use squall_model::record::{ExecutionFilter, Page, Record};
use squall_store::ExecutionColumn;

use crate::sample::{definition, execution, id, next, object, put, reference, time};
use crate::{World, on_every_store};

async fn check(world: &World, filter: ExecutionFilter, expected: &[u32]) {
    check_page(world, filter, Page::default(), expected, expected.len()).await;
}

async fn check_page(
    world: &World,
    filter: ExecutionFilter,
    page: Page,
    expected: &[u32],
    total: usize,
) {
    let listed = world.store.executions(filter.clone(), page).await.unwrap();
    let ids: Vec<_> = listed.items.iter().map(|execution| execution.id).collect();
    let expected: Vec<_> = expected.iter().copied().map(id).collect();
    assert_eq!(ids, expected, "{filter:?} {page:?}");
    let total = u64::try_from(total).unwrap();
    assert_eq!(listed.total, total, "{filter:?}");
}

fn any() -> ExecutionFilter {
    ExecutionFilter::default()
}

#[tokio::test]
async fn an_execution_comes_back_whole() {
    on_every_store(async |world| {
        let bare = Execution {
            context: object(json!({})),
            ..execution(1)
        };
        let full = Execution {
            parameters: object(json!({"cmd": "echo 'ü'", "n": 1, "list": [null, {"a": ""}]})),
            context: object(
                json!({"user": "ann", "trace_context": {"trace_tag": "x"}, "parent": {"pack": "p"}}),
            ),
            parent: Some(id(40)),
            children: vec![id(41), id(42)],
            event: Some(id(43)),
            rule: Some(reference("labs.notify")),
            notify: object(json!({"on-complete": {"routes": ["hubot"]}})),
            result_size: 12_345,
            ..execution(2)
        };
        let full = Execution {
            version: 1,
            ..next(&full, Status::Running)
        };
        world.record([put(&bare), put(&full)]).await;
        let read = world.store.execution(id(1)).await.unwrap();
        assert_eq!(read, Some(bare));
        let read = world.store.execution(id(2)).await.unwrap();
        assert_eq!(read, Some(full));
        assert_eq!(world.store.execution(id(3)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn changes_follow_one_another() {
    on_every_store(async |world| {
        let requested = execution(1);
        let scheduled = next(&requested, Status::Scheduled);
        let running = next(&scheduled, Status::Running);
        let done = next(&running, Status::Succeeded);
        world
            .record([put(&requested), put(&scheduled), put(&running)])
            .await;
        let read = world.store.execution(id(1)).await.unwrap();
        assert_eq!(read, Some(running));
        let succeeded = ExecutionFilter {
            statuses: vec![Status::Succeeded],
            ..any()
        };
        check(world, succeeded.clone(), &[]).await;
        world.record([put(&done)]).await;
        check(world, succeeded, &[1]).await;
        let running = ExecutionFilter {
            statuses: vec![Status::Running],
            ..any()
        };
        check(world, running, &[]).await;
        let read = world.store.execution(id(1)).await.unwrap();
        assert_eq!(read, Some(done));
    })
    .await;
}

/// Five executions that differ: 2 was started by a rule, 3 by another execution, 4 by another user with another action,
/// 5 has failed.
async fn five(world: &World) {
    let by_rule = Execution {
        rule: Some(reference("labs.notify")),
        event: Some(id(900)),
        ..execution(2)
    };
    let child = Execution {
        parent: Some(id(1)),
        ..execution(3)
    };
    let other = Execution {
        action: reference("core.local"),
        runner: "local-shell-cmd".to_owned(),
        context: object(json!({"user": "ann"})),
        ..execution(4)
    };
    let all = [&execution(1), &by_rule, &child, &other, &execution(5)];
    world.record(all.map(put)).await;
    let failed = next(&execution(5), Status::Failed);
    world.record([put(&failed)]).await;
}

#[tokio::test]
async fn executions_are_filtered_by_what_many_share() {
    on_every_store(async |world| {
        five(world).await;
        check(world, any(), &[5, 4, 3, 2, 1]).await;
        let action = Some("core.local".to_owned());
        check(world, ExecutionFilter { action, ..any() }, &[4]).await;
        let runner = Some("noop".to_owned());
        let noops = ExecutionFilter { runner, ..any() };
        check(world, noops.clone(), &[5, 3, 2, 1]).await;
        let user = Some("ann".to_owned());
        let anns = ExecutionFilter { user, ..any() };
        check(world, anns.clone(), &[4]).await;
        let runner = noops.runner.clone();
        check(world, ExecutionFilter { runner, ..anns }, &[]).await;
        let statuses = vec![Status::Failed, Status::Requested];
        check(world, ExecutionFilter { statuses, ..noops }, &[5, 3, 2, 1]).await;
        let statuses = vec![Status::Failed];
        check(world, ExecutionFilter { statuses, ..any() }, &[5]).await;
        let rules = vec!["labs.notify".to_owned()];
        check(world, ExecutionFilter { rules, ..any() }, &[2]).await;
        let roots = ExecutionFilter {
            roots_only: true,
            ..any()
        };
        check(world, roots, &[5, 4, 2, 1]).await;
    })
    .await;
}

#[tokio::test]
async fn executions_are_filtered_by_what_few_share() {
    on_every_store(async |world| {
        five(world).await;
        let event = Some(id(900));
        let answers = ExecutionFilter { event, ..any() };
        check(world, answers.clone(), &[2]).await;
        let after = Some(time(2));
        check(world, ExecutionFilter { after, ..answers }, &[]).await;
        let parent = Some(id(1));
        check(world, ExecutionFilter { parent, ..any() }, &[3]).await;
        let liveaction = Some(id(5004));
        check(
            world,
            ExecutionFilter {
                liveaction,
                ..any()
            },
            &[4],
        )
        .await;
        let ids = vec![id(4), id(1), id(77)];
        let named = ExecutionFilter { ids, ..any() };
        check(world, named.clone(), &[4, 1]).await;
        let action = Some("core.noop".to_owned());
        check(world, ExecutionFilter { action, ..named }, &[1]).await;
        let (after, before) = (Some(time(1)), Some(time(4)));
        let between = ExecutionFilter {
            after,
            before,
            ..any()
        };
        check(world, between.clone(), &[3, 2]).await;
        let roots = ExecutionFilter {
            roots_only: true,
            ..between
        };
        check(world, roots, &[2]).await;
    })
    .await;
}

#[tokio::test]
async fn pages_have_the_order_of_time_then_of_recording() {
    on_every_store(async |world| {
        // Seven executions of three classes; 2, 3 and 4 at one moment, 7 recorded last but first of all.
        for (number, seconds, user) in [
            (1, 10, "ann"),
            (2, 20, "bob"),
            (3, 20, "ann"),
            (4, 20, "eve"),
            (5, 30, "bob"),
            (6, 40, "eve"),
            (7, 5, "eve"),
        ] {
            let execution = Execution {
                requested_at: time(seconds),
                context: object(json!({"user": user})),
                ..execution(number)
            };
            world.record([put(&execution)]).await;
        }
        let newest_first = [6, 5, 4, 3, 2, 1, 7];
        for offset in 0..8_usize {
            for limit in 0..8_usize {
                let end = (offset + limit).min(7);
                let part = newest_first.get(offset..end).unwrap_or_default();
                let mut page = Page {
                    offset: offset.try_into().unwrap(),
                    limit: Some(limit.try_into().unwrap()),
                    ascending: false,
                };
                check_page(world, any(), page, part, 7).await;
                let oldest_first: Vec<_> = newest_first.into_iter().rev().collect();
                page.ascending = true;
                let part = oldest_first.get(offset..end).unwrap_or_default();
                check_page(world, any(), page, part, 7).await;
            }
        }
        let rest = Page {
            offset: 5,
            limit: None,
            ascending: false,
        };
        check_page(world, any(), rest, &[1, 7], 7).await;
        let beyond = Page {
            offset: u64::MAX,
            limit: Some(u64::MAX),
            ascending: false,
        };
        check_page(world, any(), beyond, &[], 7).await;
    })
    .await;
}

#[tokio::test]
async fn a_class_that_was_left_does_not_hide_others() {
    on_every_store(async |world| {
        // The newest `running` is gone; older members of other classes must still be found in order.
        for number in 1..=4 {
            world.record([put(&execution(number))]).await;
        }
        for number in [4, 2] {
            let running = next(&execution(number), Status::Running);
            world.record([put(&running)]).await;
        }
        let done = next(&next(&execution(4), Status::Running), Status::Succeeded);
        world.record([put(&done)]).await;
        let first = Page {
            limit: Some(2),
            ..Page::default()
        };
        check_page(world, any(), first, &[4, 3], 4).await;
        let counts = world.store.execution_counts().await.unwrap();
        let expected = [
            (Status::Requested, 2),
            (Status::Running, 1),
            (Status::Succeeded, 1),
        ];
        assert_eq!(counts, expected);
    })
    .await;
}

/// Three executions: 1 answers a webhook by a rule, 2 a timer by another, 3 was asked for by somebody.
async fn triggered(world: &World) {
    let trigger = |kind: &str, name: &str| {
        let trigger = json!({"id": id(70), "ref": name, "type": kind, "parameters": {}});
        let of_type = json!({"id": id(71), "ref": kind, "description": "", "payload_schema": {}, "parameters_schema": {}, "tags": []});
        let (trigger, of_type) = (
            serde_json::from_value(trigger),
            serde_json::from_value(of_type),
        );
        (
            Some(Arc::new(trigger.unwrap())),
            Some(Arc::new(of_type.unwrap())),
        )
    };
    let rule = |name: &str| {
        let rule = json!({"id": id(72), "ref": name, "enabled": true, "type": "standard", "trigger": {"type": "a.b", "ref": "a.b", "parameters": {}},
                          "criteria": {}, "action": {"ref": "core.noop", "parameters": {}}, "tags": [], "context": {}});
        Some(Arc::new(serde_json::from_value(rule).unwrap()))
    };
    let all = [
        ("labs.notify", "core.st2.webhook", "core.0af7"),
        ("labs.tick", "core.st2.IntervalTimer", "core.77aa"),
    ];
    for (number, (by, kind, name)) in (1..).zip(all) {
        let (trigger, trigger_type) = trigger(kind, name);
        let definition = Definition {
            rule: rule(by),
            trigger,
            trigger_type,
            ..definition()
        };
        let execution = Execution {
            rule: Some(reference(by)),
            event: Some(id(900)),
            definition: definition.digest(),
            ..execution(number)
        };
        let known = Record::Definition(definition.digest(), Box::new(definition));
        world.record([known, put(&execution)]).await;
    }
    let asked = Execution {
        definition: definition().digest(),
        ..execution(3)
    };
    let known = Record::Definition(definition().digest(), Box::new(definition()));
    world.record([known, put(&asked)]).await;
}

#[tokio::test]
async fn executions_are_filtered_by_the_trigger_they_answer() {
    on_every_store(async |world| {
        triggered(world).await;
        for (trigger, trigger_type, expected) in [
            (Some("0af7"), None, &[1][..]),
            (Some("core.0af7"), None, &[1]),
            (None, Some("st2.IntervalTimer"), &[2]),
            (None, Some("core.st2.webhook"), &[1]),
            (Some("0af7"), Some("st2.IntervalTimer"), &[]),
            (Some("nobody"), None, &[]),
        ] {
            let filter = ExecutionFilter {
                trigger: trigger.map(str::to_owned),
                trigger_type: trigger_type.map(str::to_owned),
                ..any()
            };
            check(world, filter, expected).await;
        }
        for (column, expected) in [
            (ExecutionColumn::Trigger, ["0af7", "77aa"]),
            (
                ExecutionColumn::TriggerType,
                ["st2.IntervalTimer", "st2.webhook"],
            ),
        ] {
            let values = world.store.execution_values(column).await.unwrap();
            assert_eq!(values, expected, "{column:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn values_are_those_in_use() {
    on_every_store(async |world| {
        let ruled = Execution {
            rule: Some(reference("labs.notify")),
            action: reference("core.local"),
            runner: "local-shell-cmd".to_owned(),
            ..execution(2)
        };
        world.record([put(&execution(1)), put(&ruled)]).await;
        world.record([put(&next(&ruled, Status::Running))]).await;
        for (column, expected) in [
            (ExecutionColumn::Action, vec!["core.local", "core.noop"]),
            (ExecutionColumn::Runner, vec!["local-shell-cmd", "noop"]),
            (ExecutionColumn::User, vec!["stanley"]),
            (ExecutionColumn::Rule, vec!["labs.notify"]),
            (ExecutionColumn::Status, vec!["requested", "running"]),
        ] {
            let values = world.store.execution_values(column).await.unwrap();
            assert_eq!(values, expected, "{column:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn unfinished_executions_are_found_oldest_first() {
    on_every_store(async |world| {
        for number in [2, 1, 3] {
            world.record([put(&execution(number))]).await;
        }
        world
            .record([put(&next(&execution(3), Status::Paused))])
            .await;
        world
            .record([put(&next(&execution(2), Status::Abandoned))])
            .await;
        let unfinished = world.store.unfinished_executions().await.unwrap();
        let ids: Vec<_> = unfinished.iter().map(|execution| execution.id).collect();
        assert_eq!(ids, [id(1), id(3)]);
    })
    .await;
}

#[tokio::test]
async fn a_definition_is_known_by_its_digest() {
    on_every_store(async |world| {
        let definition = definition();
        let digest = definition.digest();
        let record = Record::Definition(digest, Box::new(definition.clone()));
        world.record([record.clone()]).await;
        world.record([record]).await;
        let read = world.store.definition(digest).await.unwrap();
        assert_eq!(read, Some(definition));
        let unknown = world.store.definition(execution(1).definition).await;
        assert_eq!(unknown.unwrap(), None);
    })
    .await;
}
