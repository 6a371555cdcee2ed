//! Thousands of random changes: every version can be read as it was, and what is told adds up to what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::fake::deletion::{Deletion, Policy};
use crate::fake::kinds::Kind;
use crate::fake::objects::{At, Occasion, Part};
use crate::fake::storage::Storage;
use crate::fake::stored::Stored;

/// The same numbers in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const KINDS: &[&str] = &["ConfigMap", "Secret", "Pod"];
const NAMESPACES: &[&str] = &["a", "b"];
const NAMES: &[&str] = &["k", "l", "m", "n"];

type Shown = BTreeMap<String, String>;

fn shown(objects: &[Arc<Stored>]) -> Shown {
    let one = |stored: &Arc<Stored>| {
        let place = format!("{}/{}", stored.namespace, stored.name);
        (place, String::from_utf8(stored.text().to_vec()).unwrap())
    };
    objects.iter().map(one).collect()
}

struct World {
    storage: Storage,
    dice: Dice,
    occasion: Occasion,
    kinds: Vec<Arc<Kind>>,
}

impl World {
    fn new(seed: u64, kept_changes: usize) -> Self {
        let mut storage = Storage::new(kept_changes);
        let occasion = Occasion {
            now: "2026-01-01T00:00:00Z".to_owned(),
            dry_run: false,
            gives_times: true,
        };
        let namespaces = storage.kinds.named("Namespace").unwrap();
        for name in NAMESPACES {
            let namespace = json!({"metadata": {"name": name}});
            storage
                .create(&namespaces, "", namespace, &occasion)
                .unwrap();
        }
        let kinds = KINDS.iter().map(|name| storage.kinds.named(name).unwrap());
        Self {
            kinds: kinds.collect(),
            storage,
            dice: Dice(seed),
            occasion,
        }
    }

    /// Something happens, or is refused.
    fn turn(&mut self) {
        let kind = Arc::clone(&self.kinds[self.dice.below(KINDS.len())]);
        let at = At {
            kind: &kind,
            namespace: self.dice.one(NAMESPACES),
            name: self.dice.one(NAMES),
        };
        match self.dice.below(10) {
            0..4 => {
                let mut object = json!({"metadata": {"name": at.name}, "spec": {"nodeName": "n1"}});
                if self.dice.below(3) == 0
                    && let Some(owner) = self.any_uid(at.namespace)
                {
                    object["metadata"]["ownerReferences"] = json!([{"uid": owner}]);
                }
                if self.dice.below(5) == 0 {
                    object["metadata"]["finalizers"] = json!(["x/y"]);
                }
                drop(
                    self.storage
                        .create(&kind, at.namespace, object, &self.occasion),
                );
            }
            4..7 => {
                let value = self.dice.below(5);
                let release = self.dice.below(2) == 0;
                let edit = |mut object: Value| {
                    object["data"] = json!({"v": value.to_string()});
                    if release {
                        object["metadata"]["finalizers"] = Value::Null;
                    }
                    Ok(object)
                };
                drop(self.storage.change(&at, Part::Main, &self.occasion, edit));
            }
            _ => {
                let policy = [Policy::Background, Policy::Foreground, Policy::Orphan];
                let deletion = Deletion {
                    policy: policy[self.dice.below(3)],
                    ..Deletion::default()
                };
                drop(self.storage.delete(&at, &deletion, &self.occasion));
            }
        }
    }

    fn any_uid(&mut self, namespace: &str) -> Option<String> {
        let kind = Arc::clone(&self.kinds[self.dice.below(KINDS.len())]);
        let all = self.storage.all(&kind, Some(namespace));
        let at = self.dice.below(all.len().max(1));
        all.get(at).map(|stored| stored.uid.clone())
    }
}

#[test]
fn every_version_can_be_read_as_it_was() {
    for seed in 1..4 {
        let mut world = World::new(seed, 100_000);
        let mut history: Vec<(u64, Vec<Shown>)> = Vec::new();
        for _ in 0..1500 {
            world.turn();
            let now = world
                .kinds
                .iter()
                .map(|kind| shown(&world.storage.all(kind, None)));
            history.push((world.storage.version(), now.collect()));
        }
        assert!(world.storage.version() > 500, "{}", world.storage.version());
        for (version, expected) in history.iter().step_by(53) {
            for (kind, expected) in world.kinds.iter().zip(expected) {
                let found = world.storage.all_at(kind, None, *version).unwrap();
                assert_eq!(shown(&found), *expected, "seed {seed}, version {version}");
                let of_a = world.storage.all_at(kind, Some("a"), *version).unwrap();
                let expected = expected.iter().filter(|(place, _)| place.starts_with("a/"));
                let expected: Shown = expected
                    .map(|(place, text)| (place.clone(), text.clone()))
                    .collect();
                assert_eq!(shown(&of_a), expected, "seed {seed}, version {version}");
            }
        }
    }
}

#[test]
fn what_is_told_adds_up_to_what_is_there() {
    for seed in 11..16 {
        let mut world = World::new(seed, 50);
        let mut told: Vec<(u64, BTreeMap<String, u64>)> = vec![(0, BTreeMap::new()); KINDS.len()];
        for turn in 0..1500 {
            world.turn();
            if turn % 3 > 0 {
                continue;
            }
            for (kind, (position, objects)) in world.kinds.iter().zip(&mut told) {
                loop {
                    let (changes, up_to) = world.storage.changes(kind, *position, 2).unwrap();
                    for change in &changes {
                        assert!(change.version > *position);
                        let new = &change.new;
                        let place = format!("{}/{}", new.namespace, new.name);
                        let before = change.old.as_ref().map(|old| old.version);
                        assert_eq!(objects.remove(&place), before, "seed {seed}, {place}");
                        if !change.gone {
                            objects.insert(place, new.version);
                        }
                    }
                    *position = up_to;
                    if changes.is_empty() {
                        break;
                    }
                }
                let now = world.storage.all(kind, None);
                let now = now.iter().map(|stored| {
                    (
                        format!("{}/{}", stored.namespace, stored.name),
                        stored.version,
                    )
                });
                assert_eq!(*objects, now.collect(), "seed {seed}, turn {turn}");
            }
        }
    }
}

#[test]
fn nothing_is_left_whose_owners_are_gone() {
    for seed in 21..26 {
        let mut world = World::new(seed, 50);
        for turn in 0..600 {
            world.turn();
            if turn % 4 > 0 {
                continue;
            }
            let all: Vec<Arc<Stored>> = world
                .kinds
                .iter()
                .flat_map(|kind| world.storage.all(kind, None))
                .collect();
            for stored in &all {
                let has_owner = |uid: &String| all.iter().any(|other| other.uid == *uid);
                let is_owned = stored.owners.is_empty() || stored.owners.iter().any(has_owner);
                let is_going = stored.json()["metadata"]["deletionTimestamp"].is_string();
                assert!(
                    is_owned || is_going,
                    "seed {seed}, turn {turn}: {}",
                    stored.name
                );
            }
        }
    }
}
