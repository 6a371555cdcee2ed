//! Objects in their versions, and a bounded history of what changed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use squall_model::Json;
use tokio::sync::watch;

use super::answers::{About, Refusal};
use super::kinds::{Kind, Kinds, ShelfName};
use super::objects::set;
use super::stored::Stored;

/// Everything that the server keeps.
#[derive(Debug)]
pub(super) struct Storage {
    /// The kinds that there are.
    pub(super) kinds: Kinds,
    version: u64,
    uids: u64,
    kept_changes: usize,
    shelves: BTreeMap<ShelfName, Shelf>,
    /// By the uid of the owner.
    owned: BTreeMap<String, BTreeSet<Place>>,
    written: watch::Sender<u64>,
}

/// The objects of one kind.
#[derive(Debug, Default)]
struct Shelf {
    objects: BTreeMap<(String, String), Arc<Stored>>,
    changes: VecDeque<Change>,
    /// The newest version that is not among the changes any more.
    dropped: u64,
    /// The version that a new list or watch may not go back behind.
    expired: u64,
}

/// Where an object is: shelf, namespace and name.
type Place = (ShelfName, String, String);

/// An object that belongs to another one.
#[derive(Debug)]
pub(super) struct Owned {
    /// Its kind.
    pub(super) kind: Arc<Kind>,
    /// The object.
    pub(super) stored: Arc<Stored>,
}

/// One change of one object.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The version that it made.
    pub(super) version: u64,
    /// What was there before.
    pub(super) old: Option<Arc<Stored>>,
    /// What is there now; of a deletion, what was there last.
    pub(super) new: Arc<Stored>,
    /// Whether it was a deletion.
    pub(super) gone: bool,
}

impl Storage {
    /// Nothing yet. Of each kind that many changes are kept.
    pub(super) fn new(kept_changes: usize) -> Self {
        Self {
            kinds: Kinds::default(),
            version: 0,
            uids: 0,
            kept_changes,
            shelves: BTreeMap::new(),
            owned: BTreeMap::new(),
            written: watch::Sender::new(0),
        }
    }

    /// The newest version of anything.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Tells of every new version.
    pub(super) fn written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// A uid that no object has had.
    pub(super) fn uid(&mut self) -> String {
        self.uids += 1;
        format!("{:08x}-5a11-4000-8000-{:012x}", self.uids, self.uids)
    }

    /// One object.
    pub(super) fn get(&self, kind: &Kind, namespace: &str, name: &str) -> Option<Arc<Stored>> {
        let shelf = self.shelves.get(&kind.shelf())?;
        let place = (namespace.to_owned(), name.to_owned());
        shelf.objects.get(&place).cloned()
    }

    /// One object, or why there is none.
    pub(super) fn found(
        &self,
        kind: &Kind,
        namespace: &str,
        name: &str,
    ) -> Result<Arc<Stored>, Refusal> {
        let about = About {
            group: &kind.group,
            plural: &kind.plural,
            name,
        };
        let found = self.get(kind, namespace, name);
        found.ok_or_else(|| Refusal::not_found(about))
    }

    /// All objects of a kind, or of one namespace, by namespace and name.
    pub(super) fn all(&self, kind: &Kind, namespace: Option<&str>) -> Vec<Arc<Stored>> {
        let Some(shelf) = self.shelves.get(&kind.shelf()) else {
            return Vec::new();
        };
        let Some(namespace) = namespace else {
            return shelf.objects.values().cloned().collect();
        };
        let from = (namespace.to_owned(), String::new());
        let found = shelf
            .objects
            .range((Bound::Included(from), Bound::Unbounded));
        found
            .map(|(_, stored)| stored)
            .take_while(|stored| stored.namespace == namespace)
            .cloned()
            .collect()
    }

    /// All objects of a kind as they were at a version; none if that is forgotten.
    pub(super) fn all_at(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        version: u64,
    ) -> Option<Vec<Arc<Stored>>> {
        if version < self.expired(kind) {
            return None;
        }
        let mut objects: BTreeMap<(String, String), Arc<Stored>> = BTreeMap::new();
        let place = |stored: &Stored| (stored.namespace.clone(), stored.name.clone());
        for stored in self.all(kind, namespace) {
            objects.insert(place(&stored), stored);
        }
        let shelf = self.shelves.get(&kind.shelf());
        let changes = shelf
            .into_iter()
            .flat_map(|shelf| shelf.changes.iter().rev());
        for change in changes.take_while(|change| change.version > version) {
            match &change.old {
                Some(old) if namespace.is_none_or(|namespace| namespace == old.namespace) => {
                    objects.insert(place(old), Arc::clone(old));
                }
                Some(_) => {}
                None => {
                    objects.remove(&place(&change.new));
                }
            }
        }
        Some(objects.into_values().collect())
    }

    /// The objects that belong to the one with that uid.
    pub(super) fn owned(&self, uid: &str) -> Vec<Owned> {
        let places = self.owned.get(uid).into_iter().flatten();
        let found = places.filter_map(|(shelf, namespace, name)| {
            let mut kinds = self.kinds.all();
            let kind = kinds.find(|kind| !kind.is_a_view() && kind.shelf() == *shelf)?;
            Some(Owned {
                kind: Arc::clone(kind),
                stored: self.get(kind, namespace, name)?,
            })
        });
        found.collect()
    }

    /// The version that a new list or watch of a kind may not go back behind.
    pub(super) fn expired(&self, kind: &Kind) -> u64 {
        let shelf = self.shelves.get(&kind.shelf());
        shelf.map_or(0, |shelf| shelf.expired.max(shelf.dropped))
    }

    /// At most so many changes of a kind after a version, and the version up to which nothing else happened to it; none
    /// if some of them are forgotten.
    pub(super) fn changes(
        &self,
        kind: &Kind,
        after: u64,
        at_most: usize,
    ) -> Option<(Vec<Change>, u64)> {
        let Some(shelf) = self.shelves.get(&kind.shelf()) else {
            return Some((Vec::new(), self.version));
        };
        if after < shelf.dropped {
            return None;
        }
        let from = shelf
            .changes
            .partition_point(|change| change.version <= after);
        let changes: Vec<Change> = shelf.changes.range(from..).take(at_most).cloned().collect();
        let complete = from + changes.len() == shelf.changes.len();
        let last = changes.last().map_or(after, |change| change.version);
        Some((changes, if complete { self.version } else { last }))
    }

    /// Puts an object in its place, as a new version.
    pub(super) fn put(&mut self, kind: &Kind, object: &mut Json) -> Arc<Stored> {
        let version = self.next(object);
        let new = Arc::new(Stored::of(kind, object, version));
        let shelf = self.shelves.entry(kind.shelf()).or_default();
        let place = (new.namespace.clone(), new.name.clone());
        let old = shelf.objects.insert(place, Arc::clone(&new));
        self.remember(
            kind,
            Change {
                version,
                old,
                new: Arc::clone(&new),
                gone: false,
            },
        );
        if kind.is("apiextensions.k8s.io", "CustomResourceDefinition") {
            self.kinds.define(object);
        }
        new
    }

    /// Takes an object away. It ends as a version of its own.
    pub(super) fn take(&mut self, kind: &Kind, old: &Arc<Stored>) -> Arc<Stored> {
        let mut object = old.json();
        let version = self.next(&mut object);
        let new = Arc::new(Stored::of(kind, &object, version));
        let shelf = self.shelves.entry(kind.shelf()).or_default();
        let place = (new.namespace.clone(), new.name.clone());
        let old = shelf.objects.remove(&place);
        self.remember(
            kind,
            Change {
                version,
                old,
                new: Arc::clone(&new),
                gone: true,
            },
        );
        new
    }

    /// From now on nobody can begin at a version before this one.
    pub(super) fn compact(&mut self) {
        let version = self.version;
        self.make_shelves(|shelf| shelf.expired = version);
    }

    /// Forgets all changes, even those that somebody who watches has not been told yet.
    pub(super) fn forget(&mut self) {
        let version = self.version;
        self.make_shelves(|shelf| {
            shelf.changes.clear();
            shelf.dropped = version;
        });
    }

    /// Changes the shelf of every kind, also of those that have no objects yet.
    fn make_shelves(&mut self, mut change: impl FnMut(&mut Shelf)) {
        let names: Vec<ShelfName> = self.kinds.all().map(|kind| kind.shelf()).collect();
        for name in names {
            change(self.shelves.entry(name).or_default());
        }
    }

    fn next(&mut self, object: &mut Json) -> u64 {
        self.version += 1;
        set(
            object,
            &["metadata", "resourceVersion"],
            self.version.to_string(),
        );
        self.version
    }

    fn remember(&mut self, kind: &Kind, change: Change) {
        let place = |stored: &Stored| (kind.shelf(), stored.namespace.clone(), stored.name.clone());
        for (uid, old) in owners(change.old.as_ref()) {
            if let Some(owned) = self.owned.get_mut(uid) {
                owned.remove(&place(old));
                if owned.is_empty() {
                    self.owned.remove(uid);
                }
            }
        }
        for (uid, new) in owners((!change.gone).then_some(&change.new)) {
            let owned = self.owned.entry(uid.clone()).or_default();
            owned.insert(place(new));
        }
        let kept = self.kept_changes;
        let shelf = self.shelves.entry(kind.shelf()).or_default();
        shelf.changes.push_back(change);
        while shelf.changes.len() > kept {
            if let Some(oldest) = shelf.changes.pop_front() {
                shelf.dropped = oldest.version;
            }
        }
        self.written.send_replace(self.version);
    }
}

fn owners(stored: Option<&Arc<Stored>>) -> impl Iterator<Item = (&String, &Arc<Stored>)> {
    let stored = stored.into_iter();
    stored.flat_map(|stored| stored.owners.iter().map(move |uid| (uid, stored)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn storage() -> (Storage, Arc<Kind>) {
        let storage = Storage::new(4);
        let kind = storage.kinds.named("ConfigMap").unwrap();
        (storage, kind)
    }

    fn put(storage: &mut Storage, kind: &Kind, name: &str, value: u64) {
        let mut object =
            json!({"metadata": {"name": name, "namespace": "a"}, "data": {"v": value.to_string()}});
        storage.put(kind, &mut object);
    }

    fn shown(objects: &[Arc<Stored>]) -> Vec<String> {
        let objects = objects.iter().map(|stored| (stored, stored.json()));
        objects
            .map(|(stored, json)| {
                format!("{}={}", stored.name, json["data"]["v"].as_str().unwrap())
            })
            .collect()
    }

    #[test]
    fn every_version_that_is_not_forgotten_can_be_read() {
        let (mut storage, kind) = storage();
        put(&mut storage, &kind, "x", 1);
        put(&mut storage, &kind, "y", 2);
        put(&mut storage, &kind, "x", 3);
        let x = storage.get(&kind, "a", "x").unwrap();
        assert_eq!(storage.take(&kind, &x).version, 4);
        for (version, expected) in [
            (0, vec![]),
            (1, vec!["x=1"]),
            (2, vec!["x=1", "y=2"]),
            (3, vec!["x=3", "y=2"]),
            (4, vec!["y=2"]),
        ] {
            let found = storage.all_at(&kind, Some("a"), version).unwrap();
            assert_eq!(shown(&found), expected, "{version}");
        }
        put(&mut storage, &kind, "z", 5);
        assert!(storage.all_at(&kind, None, 0).is_none());
        assert_eq!(storage.expired(&kind), 1);
        assert!(storage.all_at(&kind, None, 1).is_some());
        assert_eq!(shown(&storage.all(&kind, Some("b"))), Vec::<String>::new());
    }

    #[test]
    fn changes_are_told_until_they_are_forgotten() {
        let (mut storage, kind) = storage();
        for value in 1..=5 {
            put(&mut storage, &kind, "x", value);
        }
        let versions = |storage: &Storage, after, at_most| {
            let (changes, up_to) = storage.changes(&kind, after, at_most)?;
            let versions: Vec<u64> = changes.iter().map(|change| change.version).collect();
            Some((versions, up_to))
        };
        assert_eq!(versions(&storage, 0, 9), None);
        assert_eq!(versions(&storage, 1, 2), Some((vec![2, 3], 3)));
        assert_eq!(versions(&storage, 3, 9), Some((vec![4, 5], 5)));
        storage.compact();
        assert_eq!(storage.expired(&kind), 5);
        assert_eq!(versions(&storage, 3, 9), Some((vec![4, 5], 5)));
        storage.forget();
        assert_eq!(versions(&storage, 4, 9), None);
        assert_eq!(versions(&storage, 5, 9), Some((vec![], 5)));
    }

    #[test]
    fn compaction_reaches_kinds_without_objects() {
        let (mut storage, kind) = storage();
        put(&mut storage, &kind, "x", 1);
        storage.compact();
        let pods = storage.kinds.named("Pod").unwrap();
        assert_eq!(storage.expired(&pods), 1);
    }
}
