//! A watch in a storm: a thousand faults while five thousand objects change. Each version that is received is told once,
//! what is not told lies in a gap that is, and in the end everything is known.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use serde_json::{Value, json};
use squall_model::change::Operation;
use tokio::time::timeout;

use super::{Patience, Seen, Version, Watch, Watched};
use crate::fake::{FakeCluster, History, Settings, Stall};
use crate::{Cluster, Keep, Kind, Limits, Selection};

const SEED: u64 = 20_261_122;
const OBJECTS: u64 = 5_000;
const FAULTS: u64 = 1_000;

/// The same numbers in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// The cluster, and everything that was done to it.
struct World {
    fake: FakeCluster,
    dice: Dice,
    /// The versions that were made, and of which object.
    made: BTreeMap<u64, String>,
    stall: Option<Stall>,
}

impl World {
    fn change(&mut self) {
        let name = format!("object-{}", self.dice.below(OBJECTS));
        let turn = self.made.len();
        let exists = self.fake.object("ConfigMap", "shop", &name).is_some();
        if exists && self.dice.below(10) == 0 {
            self.fake.remove("ConfigMap", "shop", &name).unwrap();
            return;
        }
        let changed = match exists {
            true => self
                .fake
                .update("ConfigMap", "shop", &name, |map| map["data"] = data(turn)),
            false => self.fake.put(object(&name, turn)),
        };
        self.made
            .insert(number(&changed.unwrap()), format!("shop/{name}"));
    }

    fn go_wrong(&mut self) {
        self.stall = None;
        match self.dice.below(100) {
            0..30 => self.fake.drop_watches(),
            30..45 => self.fake.end_watches(),
            45..60 => self.fake.restart(History::Kept),
            60..70 => {
                self.fake
                    .answer_next(1 + to_usize(self.dice.below(4)), 429, Some(0));
                self.fake.drop_watches();
            }
            70..80 => {
                let status = [500, 502, 503, 504][to_usize(self.dice.below(4))];
                self.fake
                    .answer_next(1 + to_usize(self.dice.below(4)), status, None);
                self.fake.end_watches();
            }
            80..85 => self.stall = Some(self.fake.stall()),
            85..95 => self.fake.send_bookmarks(),
            95..97 => {
                self.fake.compact();
                self.fake.drop_watches();
            }
            97 => {
                self.fake.go_down();
                (0..5).for_each(|_| self.change());
                self.fake.come_back(History::Lost);
            }
            _ => self.fake.restart(History::Kept),
        }
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

fn data(turn: usize) -> Value {
    json!({"turn": turn.to_string()})
}

fn object(name: &str, turn: usize) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop"}, "data": data(turn),
    })
}

fn number(object: &Value) -> u64 {
    let version = object["metadata"]["resourceVersion"].as_str();
    version.unwrap().parse().unwrap()
}

/// What the watch told.
#[derive(Default)]
struct Told {
    objects: HashMap<String, Value>,
    versions: BTreeSet<u64>,
    /// The last version of each object.
    last: HashMap<String, u64>,
    gaps: Vec<(u64, u64)>,
    gap: Option<u64>,
    position: u64,
}

impl Told {
    fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Version(version) => self.version(*version),
            Seen::Gap { since } => {
                assert_eq!(self.gap, None, "a gap in a gap");
                self.gap = Some(since.parse().unwrap());
            }
            Seen::Synced { position, .. } => {
                self.position = position.parse().unwrap();
                let gap = self.gap.take();
                self.gaps.extend(gap.map(|since| (since, self.position)));
            }
            Seen::Position(position) => self.position = position.parse().unwrap(),
            Seen::Refused(error) => panic!("{error}"),
        }
    }

    fn version(&mut self, version: Version) {
        let key = version.key.to_string();
        let change = version.change;
        let number: u64 = version.resource_version.parse().unwrap();
        let before = self.objects.remove(&key);
        match change.operation {
            Operation::Create => assert_eq!(before, None, "{key} is made twice"),
            Operation::Update => {
                assert!(change.old_obj.is_some(), "{key} has no before");
                assert_eq!(change.old_obj, before, "{key} was something else before");
            }
            Operation::Delete => assert!(before.is_some(), "{key} goes twice"),
        }
        // What went unseen is told with the last version that was seen.
        let is_unseen_end = change.operation == Operation::Delete && version.gap;
        if !is_unseen_end {
            assert!(
                self.versions.insert(number),
                "version {number} is told twice"
            );
            let last = self.last.insert(key.clone(), number);
            assert!(
                last.is_none_or(|last| last < number),
                "{key}: {number} after {last:?}"
            );
        }
        assert_eq!(version.gap, self.gap.is_some(), "{key}");
        if change.operation != Operation::Delete {
            self.objects.insert(key, change.obj);
        }
        if let Some(position) = version.position {
            self.position = position.parse().unwrap();
        }
    }

    fn covers(&self, number: u64) -> bool {
        let in_gap = |&(since, until): &(u64, u64)| since < number && number <= until;
        self.versions.contains(&number) || self.gaps.iter().any(in_gap)
    }
}

/// How much memory this process holds.
fn held_bytes() -> u64 {
    let status = fs_err::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = status.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

async fn watched(world: &World) -> (Watch, Told) {
    let limits = Limits {
        longest_pause: Duration::from_millis(5),
        ..Limits::default()
    };
    let cluster = Cluster::at(&world.fake.address())
        .unwrap()
        .with_limits(limits);
    let watched = Watched {
        kind: Kind::CONFIG_MAP,
        selection: Selection::default(),
        keep: Keep::Objects,
        tell_first: true,
        patience: Patience {
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(5),
            quiet_for: Duration::from_millis(500),
            ends_after: Duration::from_secs(2),
        },
    };
    let mut watch = Watch::new(cluster, watched, None);
    let mut told = Told::default();
    while told.position == 0 {
        told.take(watch.next().await);
    }
    (watch, told)
}

/// Waits until everything that was done is told.
async fn catch_up(world: &mut World, watch: &mut Watch, told: &mut Told) {
    world.stall = None;
    let last = world.made.last_key_value().map_or(0, |(number, _)| *number);
    while told.position < last {
        told.take(watch.next().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_doubled_or_out_of_order() {
    let fake = FakeCluster::start(Settings::default()).await.unwrap();
    let mut world = World {
        fake,
        dice: Dice(SEED),
        made: BTreeMap::new(),
        stall: None,
    };
    for index in 0..OBJECTS {
        world
            .fake
            .put(object(&format!("object-{index}"), 0))
            .unwrap();
    }
    let (mut watch, mut told) = watched(&world).await;
    let mut held = 0;
    for turn in 0..FAULTS {
        for _ in 0..world.dice.below(20) {
            world.change();
        }
        world.go_wrong();
        let patience = Duration::from_micros(world.dice.below(6_000));
        while let Ok(seen) = timeout(patience, watch.next()).await {
            told.take(seen);
            if world.dice.below(4) == 0 {
                world.change();
            }
            if world.dice.below(20) == 0 {
                break;
            }
        }
        // Now and then it is left in peace, so that one gap ends before another one can begin.
        if turn % 20 == 0 {
            catch_up(&mut world, &mut watch, &mut told).await;
        }
        if turn == FAULTS / 5 {
            held = held_bytes();
        }
    }
    catch_up(&mut world, &mut watch, &mut told).await;
    let untold = world.made.iter().find(|(number, _)| !told.covers(**number));
    assert_eq!(untold, None, "gaps: {:?}", told.gaps);
    let now = world.fake.objects("ConfigMap");
    let now: HashMap<String, Value> = now
        .into_iter()
        .map(|object| {
            (
                format!("shop/{}", object["metadata"]["name"].as_str().unwrap()),
                object,
            )
        })
        .collect();
    while told.objects != now {
        told.take(watch.next().await);
    }
    let figures = watch.figures();
    assert!(told.gaps.len() > 10, "{} gaps", told.gaps.len());
    assert_eq!(figures.gaps, u64::try_from(told.gaps.len()).unwrap());
    let grown = held_bytes().saturating_sub(held);
    assert!(
        grown < 48 * 1024 * 1024,
        "{grown} bytes more than after a fifth of the faults"
    );
    assert!(figures.restarts > 100, "{figures:?}");
}
