//! Whatever stands in an event or behind a trigger, deciding ends soon: no panic, no hang. Events and triggers that were
//! recorded are cut up and put together anew, so that most of them get past the first look.
//!
//! The generator is seeded; a failure names its case, which the next run meets again.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy knows functions marked as tests, not their helpers"
)]

use std::path::Path;

use serde_json::{Value as Json, json};
use squall_engine::playbook::{
    Alert, Cron, Facts, Happened, PlaybookSet, Progress, RateLimits, Release, Services,
};
use squall_model::Timestamp;
use squall_model::change::{Change, Operation};
use squall_model::playbook::triggers::all;
use squall_model::playbook::{Playbook, PlaybookTrigger, Playbooks};

/// How many sets of playbooks are made, each asked about some events.
const CASES: u64 = 1_500;

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What cases are made of.
struct Pieces {
    events: Vec<Json>,
    parameters: Vec<(String, Json)>,
    values: Vec<Json>,
}

impl Pieces {
    fn recorded() -> Self {
        let mut pieces = Self {
            events: Vec::new(),
            parameters: Vec::new(),
            values: vec![
                json!(null),
                json!(true),
                json!(-1),
                json!(1e300),
                json!(u64::MAX),
                json!("3"),
                json!(""),
                json!("(a+)+$"),
                json!("a=b=c,,!=="),
                json!([[]]),
                json!({"": {"": null}}),
                json!("é".repeat(3_000)),
            ],
        };
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/recorded/triggers.jsonl");
        for line in fs_err::read_to_string(path).unwrap().lines() {
            let mut case: Json = serde_json::from_str(line).unwrap();
            for trigger in case["triggers"].as_array().unwrap() {
                let (_, parameters) = trigger.as_object().unwrap().iter().next().unwrap();
                let parameters = parameters.as_object().unwrap().clone();
                pieces.values.extend(parameters.values().cloned());
                pieces.parameters.extend(parameters);
            }
            pieces.events.push(case["event"].take());
        }
        pieces
    }

    fn trigger(&self, random: &mut Random) -> PlaybookTrigger {
        let kind = random.one(all());
        let mut trigger = PlaybookTrigger {
            name: kind.name.clone(),
            ..PlaybookTrigger::default()
        };
        for _ in 0..random.below(4) {
            let (name, value) = random.one(&self.parameters);
            let mut value = value.clone();
            if random.below(2) == 0 {
                self.damage(&mut value, random);
            }
            trigger.parameters.insert(name.clone(), value);
        }
        trigger
    }

    /// Puts something else somewhere, or takes something away.
    fn damage(&self, value: &mut Json, random: &mut Random) {
        let children = value.as_array().map_or(0, Vec::len)
            + value.as_object().map_or(0, serde_json::Map::len);
        if children == 0 || random.below(6) == 0 {
            *value = random.one(&self.values).clone();
            return;
        }
        let at = random.below(children);
        if let Json::Object(members) = value {
            let name = members.keys().nth(at).unwrap().clone();
            if random.below(5) == 0 {
                members.remove(&name);
            } else {
                self.damage(&mut members[&name], random);
            }
        } else {
            self.damage(&mut value[at], random);
        }
    }
}

fn decide(set: &PlaybookSet, event: &Json, limits: &mut RateLimits) -> usize {
    let (services, now) = (
        Services::default(),
        Timestamp::from_micros(1_795_348_800_000_000),
    );
    let facts = Facts {
        now,
        started_at: now,
        limits,
        services: &services,
        provider: Some("GKE"),
    };
    let verdict = if let Some(alert) = event.get("alert") {
        let Ok(alert) = Alert::read(alert, now) else {
            return 0;
        };
        assert_eq!(alert.deduplication_key().len(), 24);
        assert!(alert.objects().len() <= 6 && alert.nodes().len() <= 2);
        set.decide(Happened::Alert(&alert), &facts)
    } else if let Some(release) = event.get("release") {
        let Ok(release) = serde_json::from_value::<Release>(release.clone()) else {
            return 0;
        };
        set.release_due(&release, now);
        set.decide(Happened::Release(&release), &facts)
    } else {
        let text = |name: &str| event[name].as_str().unwrap_or("Pod").to_owned();
        let change = Change {
            operation: Operation::parse(&text("operation")).unwrap_or(Operation::Update),
            kind: text("kind"),
            api_version: text("apiVersion"),
            description: String::new(),
            obj: event["obj"].clone(),
            old_obj: event.get("oldObj").filter(|old| !old.is_null()).cloned(),
        };
        let verdict = set.decide(Happened::Change(&change), &facts);
        assert_eq!(set.could_fire(&change, &facts), !verdict.fired.is_empty());
        let answers = set.explain(Happened::Change(&change), &facts);
        let firing = answers.iter().filter(|answer| answer.why_not.is_none());
        assert_eq!(firing.count(), verdict.fired.len());
        verdict
    };
    let marks = verdict.fired.iter().filter_map(|fired| fired.mark.clone());
    marks.for_each(|mark| limits.mark(mark));
    assert!(limits.marks().count() <= 8);
    verdict.fired.len()
}

#[test]
fn any_event_against_any_playbooks() {
    let pieces = Pieces::recorded();
    let (mut compiled, mut fired) = (0, 0);
    for case in 0..CASES {
        let mut random = Random(case);
        let playbooks = (0..=random.below(4)).map(|_| Playbook {
            triggers: (0..=random.below(2))
                .map(|_| pieces.trigger(&mut Random(random.next())))
                .collect(),
            stop: false,
            ..Playbook::default()
        });
        let playbooks = Playbooks {
            playbooks: playbooks.collect(),
            ..Playbooks::default()
        };
        let Ok(set) = PlaybookSet::compile(&playbooks) else {
            continue;
        };
        compiled += 1;
        for (_, schedule) in set.schedules() {
            schedule.next(&Progress::new(Timestamp::from_micros(0)));
        }
        let mut limits = RateLimits::new(8);
        for _ in 0..8 {
            let mut event = random.one(&pieces.events).clone();
            for _ in 0..random.below(4) {
                pieces.damage(&mut event, &mut random);
            }
            fired += decide(&set, &event, &mut limits);
        }
    }
    assert!(compiled > CASES / 4, "{compiled} sets of {CASES}");
    assert!(fired > 100, "{fired} playbooks fired");
}

#[test]
fn any_cron_expression() {
    let parts = [
        "*", "?", "0", "5", "59", "7", "31", "l", "l5", "1-5", "5-1", "*/7", "3/4", "mon", "jan",
        "fri#2", ",", "99", "-", "/", "é",
    ];
    let mut due = 0;
    for case in 0..CASES {
        let mut random = Random(case);
        let fields = (0..5 + random.below(2)).map(|_| match random.below(8) {
            0 => [*random.one(&parts), ",", *random.one(&parts)].concat(),
            1..4 => (*random.one(&parts)).to_owned(),
            _ => "*".to_owned(),
        });
        let expression = fields.collect::<Vec<_>>().join(" ");
        let Ok(cron) = Cron::parse(&expression) else {
            continue;
        };
        let now = Timestamp::from_micros(1_795_348_800_000_000 + i64::try_from(case).unwrap());
        if let Some(next) = cron.next(now) {
            assert!(next > now, "{expression}");
            due += 1;
        }
    }
    assert!(due > 20, "{due} expressions name a time");
}
