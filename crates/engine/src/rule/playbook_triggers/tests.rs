//! Which rules are asked when triggers of playbooks fire.

use serde_json::json as built;
use squall_model::Timestamp;
use squall_model::change::Change;
use squall_model::event::EventStatus;
use squall_model::trace::TraceContext;
use squall_model::trigger::Trigger;
use squall_model::{Json, Object};

use super::*;
use crate::facts::Keys;
use crate::playbook::{Happened, RateLimits, Services};
use crate::rule::RuleSet;

fn object(value: &Json) -> Object {
    value.as_object().cloned().unwrap_or_default()
}

fn rule(name: &str, trigger: &(&str, Json), more: &Json) -> Arc<Rule> {
    let (of, parameters) = (Reference::new("robusta", trigger.0), object(&trigger.1));
    let named = Trigger::new(&of, parameters.clone()).reference;
    let mut rule = object(&built!({
        "id": Id::of(name), "ref": format!("p.{name}"), "enabled": true,
        "trigger": {"type": of, "parameters": parameters, "ref": named},
        "action": {"ref": "p.a"},
    }));
    rule.extend(object(more));
    Arc::new(serde_json::from_value(Json::Object(rule)).unwrap())
}

fn pod(name: &str, restarts: u32) -> Json {
    built!({
        "operation": "update", "kind": "Pod", "api_version": "v1", "description": "",
        "obj": {
            "metadata": {"name": name, "namespace": "shop"},
            "status": {"containerStatuses": [{
                "name": "c", "restartCount": restarts, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            }]},
        },
    })
}

/// The rules that match, with what fails, for one change after the other; each is a minute after the one before.
fn check(rules: &[Arc<Rule>], changes: &[Json], expected: &[&[&str]]) {
    let set = RuleSet::new(rules.iter().cloned());
    let (mut limits, services, keys) =
        (RateLimits::default(), Services::default(), Keys::default());
    for (minute, (payload, expected)) in (0..).zip(changes.iter().zip(expected)) {
        let now = Timestamp::from_micros(minute * 60_000_000);
        let change: Change = serde_json::from_value(payload.clone()).unwrap();
        let facts = playbook::Facts {
            now,
            started_at: now,
            limits: &limits,
            services: &services,
            provider: None,
        };
        let fired = set
            .playbook_triggers()
            .decide(Happened::Change(&change), &facts);
        let event = Event {
            id: Id::of("event"),
            trigger: "robusta.kubernetes_change".parse().unwrap(),
            payload: payload.clone(),
            occurred_at: now,
            status: EventStatus::Pending,
            trace: TraceContext::default(),
        };
        let facts = Facts {
            now,
            keys: &keys,
            crypto: None,
            system_user: "stanley",
        };
        let answers = set.decide_fired(&event, fired, &facts).unwrap();
        let told = answers.verdicts.iter().map(|verdict| {
            let name = verdict.rule.reference.name();
            verdict
                .failure
                .as_ref()
                .map_or_else(|| name.to_owned(), |why| format!("{name}: {why}"))
        });
        assert_eq!(told.collect::<Vec<_>>(), *expected, "minute {minute}");
        answers.marks.into_iter().for_each(|mark| limits.mark(mark));
    }
}

#[test]
fn parameters_and_criteria_both_decide() {
    let many = built!({"criteria": {"trigger.obj.status.containerStatuses[0].restartCount": {"type": "gt", "pattern": 5}}});
    check(
        &[
            rule(
                "any",
                &("on_pod_crash_loop", built!({"rate_limit": 0})),
                &built!({}),
            ),
            rule(
                "many",
                &("on_pod_crash_loop", built!({"rate_limit": 0})),
                &many,
            ),
            rule(
                "web",
                &(
                    "on_pod_crash_loop",
                    built!({"name_prefix": "web", "rate_limit": 0}),
                ),
                &built!({}),
            ),
            rule("other", &("on_pod_evicted", built!({})), &built!({})),
            rule(
                "off",
                &("on_pod_update", built!({})),
                &built!({"enabled": false}),
            ),
        ],
        &[pod("db", 3), pod("db", 6), pod("web", 3), pod("web", 1)],
        &[&["any"], &["any", "many"], &["any", "web"], &[]],
    );
}

#[test]
fn each_rule_has_a_rate_limit_of_its_own_which_counts_what_it_matched() {
    let many = built!({"criteria": {"trigger.obj.status.containerStatuses[0].restartCount": {"type": "gt", "pattern": 5}}});
    let twice = built!({"rate_limit": 90});
    check(
        &[
            rule("any", &("on_pod_crash_loop", twice.clone()), &built!({})),
            rule("many", &("on_pod_crash_loop", twice), &many),
        ],
        &[pod("db", 3), pod("db", 6), pod("db", 7), pod("db", 8)],
        &[&["any"], &["many"], &["any"], &["many"]],
    );
}

#[test]
fn a_backstop_is_asked_where_no_other_rule_of_its_trigger_matches_or_has_just_matched() {
    let web = built!({"criteria": {"trigger.obj.metadata.name": {"type": "eq", "pattern": "web"}}});
    let backstop = built!({"kind": "backstop"});
    let limit = built!({"rate_limit": 90});
    check(
        &[
            rule("rest", &("on_pod_crash_loop", limit.clone()), &backstop),
            rule("web", &("on_pod_crash_loop", limit), &web),
        ],
        &[pod("db", 3), pod("web", 3), pod("web", 4), pod("web", 5)],
        &[&["rest"], &["web"], &[], &["web"]],
    );
}

#[test]
fn a_trigger_that_cannot_be_asked_is_told_of_its_rule_alone() {
    let mut broken = pod("web", 3);
    broken["obj"] = built!({"metadata": {"name": "web"}});
    check(
        &[
            rule("crash", &("on_pod_crash_loop", built!({})), &built!({})),
            rule("update", &("on_pod_update", built!({})), &built!({})),
        ],
        &[broken],
        &[&[
            "crash: Failed to match rule \"p.crash\" against trigger instance \"b8e1f80bd70ae0784c7855a4\": the pod has no status",
            "update",
        ]],
    );
}
