//! Whatever events and rules hold, deciding them is bounded, gives the same answer again, and one rule's answer depends on
//! nothing but itself: neither on the index that finds rules, nor on the rules beside it.
#![expect(
    clippy::unwrap_used,
    reason = "all of this is tests, where a panic is the verdict"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;
use squall_engine::facts::{Facts, KeyName, Keys, Needs};
use squall_engine::rule::{Criteria, RuleSet, Verdict, operator_names};
use squall_model::event::{Event, EventStatus};
use squall_model::rule::{Rule, RuleAction, RuleKind, RuleTrigger};
use squall_model::trace::TraceContext;
use squall_model::{Id, Json, Object, Reference, Timestamp};

/// How long one event may take, whatever its rules hold: far more than it does, on any machine.
const AT_MOST: Duration = Duration::from_secs(20);

/// How long a reason may be.
const LONGEST_REASON: usize = 20 * 1024;

const NOW: Timestamp = Timestamp::from_micros(1_772_366_400_000_000);

/// Texts that mean something somewhere.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "", "a", "b", "A", "ab", "web01", "1", "5", "-1.5", "true", "null", "NaN", "1e999", "[1, 2]", "{\"a\": 1}",
    "2026-03-01T11:59:30Z", "2026-03-01", "yesterday", "Sat, 99 Foo", "12:00", "(a+)+$", "(", "[a", "a{1000000}", "\\",
    "(?P<n>", "*.log", "[!a]*", "x\0y", "\u{1b}[31m", "ß", "\u{1F600}", "İ", "\r\n", "{{", "}}", "{%", "{#", "'", "\"",
    "__class__", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
];

/// Templates, the usual and the hostile.
#[rustfmt::skip]
const TEMPLATES: &[&str] = &[
    "{{ trigger.a }}", "{{ trigger.b | int }}", "{{ trigger['a'] | string }}", "{{ trigger }}", "{{ item.a }}", "{{ item }}",
    "{{ st2kv.system.k }}", "{{ st2kv.system.k | string }}", "{{ st2kv.system.n | int }}", "{{ system.k }}",
    "{{ st2kv.user.k }}", "{{ trigger.a }}{{ trigger.b }}", "{{ nothing.at.all }}", "{{ trigger.a | default('x') }}",
    "{{ 1 / 0 }}", "{{ trigger.a + 1 }}", "{% for i in range(100000000) %}x{% endfor %}", "{{ 'a' * 1000000000 }}",
    "{{ range(1000000000) | list }}", "{{ 9 ** 9 ** 9 }}", "{{ ''.__class__ }}", "{{ trigger | tojson }}",
    "{% set a = [] %}{% for i in range(9999999) %}{{ a.append(a) }}{% endfor %}", "{% include 'x' %}",
    "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}", "{{", "{% if %}", "{{ trigger.a | regex_match('(a+)+$') }}",
    "{{ '%1000000000d' % 1 }}", "{{ trigger.a | indent(999999999) }}",
];

/// Templates that use up all they are given: too slow to be tried again and again.
const GREEDY: &[&str] = &[
    "{{ st2kv.system | list }}",
    "{{ lipsum(1000000) }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}x",
    "{{ ('a' ~ 'b' * 9999999) | length }}",
];

#[rustfmt::skip]
const KEYS: &[&str] = &[
    "trigger", "trigger.a", "trigger.b", "trigger.a#2", "trigger.a.b", "trigger.a[0]", "trigger.a[*]", "trigger.a[0].b",
    "trigger.*", "trigger..a", "$..a", "$..*", "*", "trigger.a|b", "trigger where a", "trigger.`parent`", "trigger['a']",
    "trigger.'b c'", "system.k", "system", "system.*", "system[0]", "st2kv.system.k", "st2kv", "item.a", "item", "item.b#x",
    "trigger.a[", "trigger.a[9999999999]", "", "#", "trigger.ü", "trigger.a[-1]", "trigger.a[1:2]", "trigger..*..*..*", "a&b",
];

fn word() -> impl Strategy<Value = String> {
    let long = (prop::sample::select(WORDS), 1_usize..2000);
    prop_oneof![
        8 => prop::sample::select(WORDS).prop_map(str::to_owned),
        1 => ".{0,12}",
        1 => long.prop_map(|(word, times)| word.repeat(times)),
    ]
}

fn scalar() -> impl Strategy<Value = Json> {
    let known = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-0.0),
        json!(1e308),
    ];
    prop_oneof![
        4 => word().prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => (-2_i64..6).prop_map(Json::from),
        1 => any::<u64>().prop_map(Json::from),
        1 => any::<f64>().prop_map(Json::from),
        1 => prop::sample::select(known),
    ]
}

fn name() -> impl Strategy<Value = String> {
    let known = vec!["a", "b", "c", "b c", "keys", "system", "ü"];
    prop_oneof![
        8 => prop::sample::select(known).prop_map(str::to_owned),
        1 => word(),
    ]
}

fn object(members: Vec<(String, Json)>) -> Json {
    Json::Object(members.into_iter().collect())
}

fn value() -> impl Strategy<Value = Json> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((name(), inner), 0..4).prop_map(object),
        ]
    })
}

fn payload() -> impl Strategy<Value = Json> {
    prop_oneof![
        9 => prop::collection::vec((name(), value()), 0..5).prop_map(object),
        1 => value(),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => prop::sample::select(KEYS).prop_map(str::to_owned),
        1 => "[a-c.*$@#'\\[\\]0-9|& `]{0,16}",
    ]
}

fn pattern() -> impl Strategy<Value = Json> {
    let mixed = (prop::sample::select(TEMPLATES), word());
    prop_oneof![
        4 => value(),
        3 => prop::sample::select(TEMPLATES).prop_map(Json::from),
        1 => mixed.prop_map(|(template, word)| Json::from(format!("{word}{template}"))),
    ]
}

fn operator() -> impl Strategy<Value = Json> {
    prop_oneof![
        30 => prop::sample::select(operator_names()).prop_map(Json::from),
        1 => prop::sample::select(operator_names()).prop_map(|name| Json::from(name.to_uppercase())),
        1 => scalar(),
    ]
}

fn plain_criterion() -> impl Strategy<Value = Json> {
    let parts = (operator(), prop::option::weighted(0.95, pattern()));
    parts.prop_map(|(operator, pattern)| match pattern {
        Some(pattern) => json!({"type": operator, "pattern": pattern}),
        None => json!({"type": operator}),
    })
}

fn criterion() -> impl Strategy<Value = Json> {
    let condition = prop::sample::select(vec!["any", "all", "any2any", "all2any", "none"]);
    let children = prop::collection::vec((key(), plain_criterion()), 0..3);
    let junk = vec![json!({}), json!(null), json!({"pattern": 1}), json!([])];
    prop_oneof![
        5 => plain_criterion(),
        1 => (condition, children).prop_map(|(condition, children)| {
            json!({"type": "search", "condition": condition, "pattern": object(children)})
        }),
        1 => prop::sample::select(junk),
    ]
}

fn criteria() -> impl Strategy<Value = Object> {
    prop::collection::vec((key(), criterion()), 0..4)
        .prop_map(|criteria| criteria.into_iter().collect())
}

fn rules() -> impl Strategy<Value = Vec<Arc<Rule>>> {
    let kind = prop_oneof![3 => Just(RuleKind::Standard), 1 => Just(RuleKind::Backstop)];
    prop::collection::vec((criteria(), kind), 1..7).prop_map(|all| {
        let rule = |(place, (criteria, kind))| Arc::new(rule(place, criteria, kind));
        all.into_iter().enumerate().map(rule).collect()
    })
}

fn rule(place: usize, criteria: Object, kind: RuleKind) -> Rule {
    let trigger: Reference = "p.t".parse().unwrap();
    let reference = Reference::new("p", &format!("r{place}"));
    Rule {
        id: Id::of(reference.as_str()),
        reference,
        description: None,
        enabled: true,
        kind,
        kind_parameters: Object::new(),
        trigger: RuleTrigger {
            trigger_type: trigger.clone(),
            parameters: Object::new(),
            reference: trigger,
            description: None,
        },
        criteria,
        action: RuleAction {
            reference: "p.a".parse().unwrap(),
            parameters: Object::new(),
            description: None,
        },
        tags: Vec::new(),
        context: Object::new(),
        metadata_file: None,
    }
}

fn event(payload: Json) -> Event {
    Event {
        id: Id::of("event"),
        trigger: "p.t".parse().unwrap(),
        payload,
        occurred_at: NOW,
        status: EventStatus::Pending,
        trace: TraceContext::default(),
    }
}

/// Decides as a server does: reads the keys that are needed, and asks again.
fn decide<T>(decide: impl Fn(&Facts<'_>) -> Result<T, Needs>) -> T {
    let mut keys = Keys::default();
    for _ in 0..100 {
        let facts = Facts {
            now: NOW,
            keys: &keys,
            crypto: None,
            system_user: "stanley",
        };
        let Needs(names) = match decide(&facts) {
            Ok(decision) => return decision,
            Err(needs) => needs,
        };
        for name in names {
            let value = held(&name);
            keys.insert(name, value);
        }
    }
    unreachable!("ever more keys are asked for");
}

fn held(name: &KeyName) -> Option<String> {
    match name.name.as_str() {
        "k" => Some("web".to_owned()),
        "n" => Some("5".to_owned()),
        _ => None,
    }
}

/// A verdict as far as it can be compared.
type Told = (String, Option<String>);

fn told(verdicts: Vec<Verdict>) -> Vec<Told> {
    let tell = |verdict: Verdict| (verdict.rule.reference.to_string(), verdict.failure);
    verdicts.into_iter().map(tell).collect()
}

fn decided(rules: &[Arc<Rule>], event: &Event) -> Vec<Told> {
    let set = RuleSet::new(rules.iter().cloned());
    told(decide(|facts| set.decide(event, facts)))
}

fn has_match(told: &[Told]) -> bool {
    told.iter().any(|(_, failure)| failure.is_none())
}

/// What one rule has to say, by its criteria alone: no set of rules, no index.
fn decided_alone(rule: &Rule, event: &Event) -> Vec<Told> {
    let criteria = Criteria::new(&rule.criteria);
    let verdict = decide(|facts| criteria.evaluate(&event.payload, facts));
    let name = rule.reference.to_string();
    let failures = verdict.failures.iter().map(|raised| {
        let reason = format!(
            "Failed to match rule \"{name}\" against trigger instance \"{}\": {}",
            event.id, raised.message
        );
        (name.clone(), Some(reason))
    });
    let matched = verdict.matched.then(|| (name.clone(), None));
    matched.into_iter().chain(failures).collect()
}

/// Every rule asked alone: standard rules first, then, if none of them matches, the backstop rules.
fn decided_one_by_one(rules: &[Arc<Rule>], event: &Event) -> Vec<Told> {
    let of_kind = |kind| {
        let some = rules.iter().filter(|rule| rule.kind == kind);
        some.flat_map(|rule| decided_alone(rule, event))
            .collect::<Vec<_>>()
    };
    let mut all = of_kind(RuleKind::Standard);
    if !has_match(&all) {
        all.extend(of_kind(RuleKind::Backstop));
    }
    all
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is tested is that real time is bounded"
)]
fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    (act(), begun.elapsed())
}

proptest! {
    #[test]
    fn rules_are_independent_repeatable_and_bounded(rules in rules(), payload in payload()) {
        let event = event(payload);
        let (together, took) = timed(|| decided(&rules, &event));
        prop_assert!(took < AT_MOST, "{took:?}");
        prop_assert_eq!(&decided(&rules, &event), &together, "the same is decided differently");
        prop_assert_eq!(&decided_one_by_one(&rules, &event), &together, "others make a difference");
        for (_, failure) in &together {
            let length = failure.as_ref().map_or(0, String::len);
            prop_assert!(length <= LONGEST_REASON, "a reason of {length} bytes");
        }
    }

    #[test]
    fn an_explanation_agrees_with_the_verdict(criteria in criteria(), payload in payload()) {
        let criteria = Criteria::new(&criteria);
        let verdict = decide(|facts| criteria.evaluate(&payload, facts));
        let explained = decide(|facts| criteria.explain(&payload, facts));
        let all_hold = explained.iter().all(|one| one.holds && one.is_asked);
        prop_assert_eq!(verdict.matched, all_hold);
        let asked = explained.iter().filter(|one| one.is_asked);
        let raised: Vec<_> = asked.flat_map(|one| one.raised.clone()).collect();
        prop_assert_eq!(verdict.failures, raised);
    }
}

#[test]
fn the_greediest_patterns_are_stopped() {
    let text = "a".repeat(100_000);
    for template in GREEDY {
        let written = json!({"trigger.a": {"type": "eq", "pattern": template}});
        let criteria = Criteria::new(written.as_object().unwrap());
        let payload = json!({ "a": text });
        let (verdict, took) = timed(|| decide(|facts| criteria.evaluate(&payload, facts)));
        assert!(took < AT_MOST, "{template}: {took:?}");
        assert!(!verdict.matched, "{template}");
        let told = verdict.reason.map_or(0, |reason| reason.len());
        assert!(
            told <= LONGEST_REASON,
            "{template}: a reason of {told} bytes"
        );
    }
}
