//! What `kubernetes` promises, by data.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};
use squall_kubernetes::fake::{FakeCluster, History, Settings};
use squall_kubernetes::{Kept, Limits, Remembered, Version};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use super::wanted::name;
use super::*;
use crate::Later;

const HASTE: Patience = Patience {
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(20),
    quiet_for: Duration::from_secs(1),
    ends_after: Duration::from_secs(30),
};

/// Takes what it has room for and tells the test of it.
struct Desk {
    told: mpsc::Sender<String>,
    room: Semaphore,
    refusals: AtomicUsize,
    offered: Mutex<Vec<String>>,
}

impl Taker for Desk {
    fn take<'a>(&'a self, version: &'a Version) -> Later<'a, Result<(), Refused>> {
        let change = &version.change;
        let before = change
            .old_obj
            .as_ref()
            .map(|old| format!(" was {}", old["data"]["turn"]));
        let line = format!(
            "{} {} {}{}{}",
            change.operation.as_str(),
            version.key,
            change.obj["data"]["turn"],
            before.unwrap_or_default(),
            if version.gap { " after a gap" } else { "" },
        );
        self.offered.lock().unwrap().push(line.clone());
        Box::pin(async move {
            let refused = |left: usize| left.checked_sub(1);
            if self
                .refusals
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, refused)
                .is_ok()
            {
                return Err(Refused("no room".to_owned()));
            }
            self.room.acquire().await.unwrap().forget();
            self.told.send(line).await.unwrap();
            Ok(())
        })
    }

    fn note(&self, note: Note<'_>) {
        let line = match note {
            Note::Missing { kind } => format!("missing {kind}"),
            Note::Found { kind } => format!("found {kind}"),
            Note::Synced { watch, objects } => format!("synced {watch}: {objects}"),
            Note::Gap { watch, .. } => format!("gap in {watch}"),
            Note::Forbidden { watch, error } => format!("forbidden {watch}: {error}"),
        };
        self.told.try_send(line).unwrap();
    }
}

/// The position of a watch and its objects.
type Page = (Option<String>, HashMap<Arc<str>, Kept>);

/// Remembers in maps.
#[derive(Default)]
struct Notebook {
    watches: Mutex<HashMap<String, Page>>,
    fails: AtomicBool,
    largest_batch: AtomicUsize,
}

impl Memory for Notebook {
    fn load<'a>(&'a self, watch: &'a str) -> Later<'a, Result<Option<Remembered>, Failure>> {
        let watches = self.watches.lock().unwrap();
        let remembered = watches.get(watch).and_then(|(position, objects)| {
            Some(Remembered {
                position: position.clone()?,
                objects: objects.values().cloned().collect(),
            })
        });
        Box::pin(async move { Ok(remembered) })
    }

    fn save<'a>(&'a self, batch: &'a Batch) -> Later<'a, Result<(), Failure>> {
        if self.fails.load(Ordering::Relaxed) {
            return Box::pin(async { Err("the disk is full".into()) });
        }
        self.largest_batch
            .fetch_max(batch.objects.len(), Ordering::Relaxed);
        let mut watches = self.watches.lock().unwrap();
        let (position, objects) = watches.entry(batch.watch.clone()).or_default();
        if batch.afresh {
            (*position, *objects) = (None, HashMap::new());
        }
        for (key, kept) in &batch.objects {
            match kept {
                Some(kept) => drop(objects.insert(key.clone(), kept.clone())),
                None => drop(objects.remove(key)),
            }
        }
        if batch.position.is_some() {
            position.clone_from(&batch.position);
        }
        Box::pin(async { Ok(()) })
    }

    fn forget<'a>(&'a self, watch: &'a str) -> Later<'a, Result<(), Failure>> {
        self.watches.lock().unwrap().remove(watch);
        Box::pin(async { Ok(()) })
    }
}

/// A source that runs against a fake cluster.
struct Story {
    fake: FakeCluster,
    desk: Arc<Desk>,
    told: mpsc::Receiver<String>,
    notebook: Arc<Notebook>,
    source: Source,
    wanted: watch::Sender<Vec<Wanted>>,
    stop: CancellationToken,
    running: JoinSet<()>,
}

impl Story {
    async fn begin(wanted: Vec<Wanted>) -> Self {
        let fake = FakeCluster::start(Settings::default()).await.unwrap();
        Self::with(fake, Arc::default(), wanted)
    }

    fn with(fake: FakeCluster, notebook: Arc<Notebook>, wanted: Vec<Wanted>) -> Self {
        let (tell, told) = mpsc::channel(10_000);
        let desk = Arc::new(Desk {
            told: tell,
            room: Semaphore::new(Semaphore::MAX_PERMITS),
            refusals: AtomicUsize::new(0),
            offered: Mutex::default(),
        });
        let cluster = Cluster::at(&fake.address()).unwrap().with_limits(Limits {
            longest_pause: Duration::from_millis(20),
            ..Limits::default()
        });
        let source = Source::new(cluster, desk.clone(), notebook.clone()).with_patience(HASTE);
        let (wanted, wants) = watch::channel(wanted);
        let stop = CancellationToken::new();
        let mut running = JoinSet::new();
        running.spawn(source.clone().run(wants, stop.clone()));
        Self {
            fake,
            desk,
            told,
            notebook,
            source,
            wanted,
            stop,
            running,
        }
    }

    async fn hear(&mut self) -> String {
        let line = timeout(Duration::from_secs(20), self.told.recv()).await;
        line.expect("something is told").unwrap()
    }

    async fn expect(&mut self, lines: &[&str]) {
        for line in lines {
            assert_eq!(self.hear().await, *line);
        }
    }

    /// Ends it as a server does, and begins again with what is remembered.
    async fn again(mut self, meanwhile: impl FnOnce(&FakeCluster)) -> Self {
        let wanted = self.wanted.borrow().clone();
        self.stop.cancel();
        self.running.join_next().await.unwrap().unwrap();
        meanwhile(&self.fake);
        Self::with(self.fake, self.notebook, wanted)
    }

    /// Waits until something that shows elsewhere is so.
    async fn until(&self, is_so: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !is_so(self) {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(20), waiting).await.unwrap();
    }
}

fn config(name: &str, turn: u32) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "shop"}, "data": {"turn": turn},
    })
}

fn configs() -> Wanted {
    Wanted::all("configmap")
}

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "rollouts.argoproj.io"},
        "spec": {
            "group": "argoproj.io", "scope": "Namespaced",
            "names": {"plural": "rollouts", "singular": "rollout", "kind": "Rollout", "shortNames": ["ro"]},
            "versions": [{"name": "v1alpha1", "served": true, "storage": true}],
        },
    })
}

#[tokio::test]
async fn what_happens_is_taken_and_a_restart_misses_nothing() {
    let mut story = Story::begin(vec![configs()]).await;
    story.expect(&["synced v1/configmaps: 0"]).await;
    story.fake.put(config("a", 1)).unwrap();
    story.fake.put(config("b", 1)).unwrap();
    story.fake.put(config("a", 2)).unwrap();
    story
        .expect(&[
            "create shop/a 1",
            "create shop/b 1",
            "update shop/a 2 was 1",
        ])
        .await;
    let mut story = story
        .again(|fake| {
            fake.put(config("a", 3)).unwrap();
            fake.remove("ConfigMap", "shop", "b").unwrap();
        })
        .await;
    story
        .expect(&["update shop/a 3 was 2", "delete shop/b 1"])
        .await;
    let mut story = story
        .again(|fake| {
            fake.put(config("a", 4)).unwrap();
            fake.put(config("a", 5)).unwrap();
            fake.restart(History::Lost);
        })
        .await;
    story
        .expect(&[
            "gap in v1/configmaps",
            "update shop/a 5 was 3 after a gap",
            "synced v1/configmaps: 1",
        ])
        .await;
}

#[tokio::test]
async fn what_is_refused_is_offered_again() {
    let mut story = Story::begin(vec![configs()]).await;
    story.expect(&["synced v1/configmaps: 0"]).await;
    story.desk.refusals.store(2, Ordering::Relaxed);
    story.fake.put(config("a", 1)).unwrap();
    story.fake.put(config("a", 2)).unwrap();
    story
        .expect(&["create shop/a 1", "update shop/a 2 was 1"])
        .await;
    let offered = story.desk.offered.lock().unwrap().clone();
    assert_eq!(
        offered,
        [
            "create shop/a 1",
            "create shop/a 1",
            "create shop/a 1",
            "update shop/a 2 was 1"
        ]
    );
}

#[tokio::test]
async fn a_busy_taker_is_waited_for_and_what_it_did_not_take_is_told_again() {
    let mut story = Story::begin(vec![configs()]).await;
    story.expect(&["synced v1/configmaps: 0"]).await;
    story.desk.room.forget_permits(Semaphore::MAX_PERMITS);
    story.desk.room.add_permits(3);
    for index in 0..500 {
        story.fake.put(config(&format!("c{index:03}"), 1)).unwrap();
    }
    story
        .expect(&[
            "create shop/c000 1",
            "create shop/c001 1",
            "create shop/c002 1",
        ])
        .await;
    story
        .until(|story| story.desk.offered.lock().unwrap().len() >= 67)
        .await;
    let figures = story.source.figures()["v1/configmaps"];
    assert!(
        figures.waiting <= 64 && figures.watch.versions <= 68,
        "{figures:?}"
    );
    let mut story = story.again(|_| {}).await;
    // The order is promised for each object only.
    let mut again = BTreeSet::new();
    for _ in 3..500 {
        again.insert(story.hear().await);
    }
    let expected = (3..500).map(|index| format!("create shop/c{index:03} 1"));
    assert_eq!(again, expected.collect());
}

#[tokio::test]
async fn nothing_is_read_while_it_cannot_be_remembered() {
    let mut story = Story::begin(vec![configs()]).await;
    story.expect(&["synced v1/configmaps: 0"]).await;
    story.notebook.fails.store(true, Ordering::Relaxed);
    story.fake.put(config("a", 1)).unwrap();
    story.expect(&["create shop/a 1"]).await;
    story
        .until(|story| {
            story
                .source
                .figures()
                .get("v1/configmaps")
                .is_some_and(|figures| figures.taken == 1)
        })
        .await;
    story.notebook.fails.store(false, Ordering::Relaxed);
    story
        .until(|story| {
            let watches = story.notebook.watches.lock().unwrap();
            watches
                .get("v1/configmaps")
                .is_some_and(|(_, objects)| objects.len() == 1)
        })
        .await;
}

#[tokio::test]
async fn the_first_objects_are_remembered_in_batches_and_not_told() {
    let fake = FakeCluster::start(Settings::default()).await.unwrap();
    for index in 0..1_234 {
        fake.put(config(&format!("c{index}"), 1)).unwrap();
    }
    let mut story = Story::with(fake, Arc::default(), vec![configs()]);
    story.expect(&["synced v1/configmaps: 1234"]).await;
    let is_saved = |story: &Story| {
        let watches = story.notebook.watches.lock().unwrap();
        watches
            .get("v1/configmaps")
            .is_some_and(|(position, objects)| position.is_some() && objects.len() == 1_234)
    };
    story.until(is_saved).await;
    assert_eq!(story.notebook.largest_batch.load(Ordering::Relaxed), 500);
    let mut story = story
        .again(|fake| drop(fake.put(config("c7", 2)).unwrap()))
        .await;
    story.expect(&["update shop/c7 2 was 1"]).await;
}

#[tokio::test]
async fn what_is_wanted_may_change_and_the_rest_goes_on() {
    let mut story = Story::begin(vec![configs()]).await;
    story.expect(&["synced v1/configmaps: 0"]).await;
    story
        .wanted
        .send(vec![configs(), Wanted::all("Secret")])
        .unwrap();
    story.expect(&["synced v1/secrets: 0"]).await;
    story.wanted.send(vec![configs()]).unwrap();
    story.until(|story| story.source.figures().len() == 1).await;
    story
        .until(|story| {
            !story
                .notebook
                .watches
                .lock()
                .unwrap()
                .contains_key("v1/secrets")
        })
        .await;
    story.fake.put(config("a", 1)).unwrap();
    story.expect(&["create shop/a 1"]).await;
    let requests = story.fake.requests();
    let watches = requests
        .iter()
        .filter(|request| request.path == "/api/v1/configmaps");
    assert_eq!(watches.count(), 1);
    // The same kind, but nobody compares any more, and then again somebody does.
    let plain = Wanted {
        keep: Keep::Versions,
        ..configs()
    };
    story.wanted.send(vec![plain]).unwrap();
    story.fake.put(config("a", 2)).unwrap();
    assert!(story.hear().await.starts_with("update shop/a 2"));
    story.wanted.send(vec![configs()]).unwrap();
    story
        .until(|story| {
            let requests = story.fake.requests();
            let watches = requests
                .iter()
                .filter(|request| request.path == "/api/v1/configmaps");
            watches.count() >= 4
        })
        .await;
    story.fake.put(config("a", 3)).unwrap();
    story.expect(&["update shop/a 3 was 2"]).await;
}

#[tokio::test]
async fn a_kind_that_does_not_exist_is_told_once_and_found_when_it_appears() {
    let mut story = Story::begin(vec![Wanted::all("argoproj.io/Rollout"), configs()]).await;
    story
        .expect(&["missing argoproj.io/Rollout", "synced v1/configmaps: 0"])
        .await;
    story.fake.put(definition()).unwrap();
    story
        .expect(&[
            "found argoproj.io/Rollout",
            "synced argoproj.io/v1alpha1/rollouts: 0",
        ])
        .await;
    let rollout = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "shop"}, "data": {"turn": 1},
    });
    story.fake.put(rollout).unwrap();
    story.expect(&["create shop/web 1"]).await;
    story
        .fake
        .remove("CustomResourceDefinition", "", "rollouts.argoproj.io")
        .unwrap();
    let mut lines = Vec::new();
    while lines
        .last()
        .is_none_or(|line| line != "missing argoproj.io/Rollout")
    {
        lines.push(story.hear().await);
    }
    assert!(lines.contains(&"delete shop/web 1".to_owned()), "{lines:?}");
    story.fake.put(definition()).unwrap();
    story.expect(&["found argoproj.io/Rollout"]).await;
}

#[tokio::test]
async fn a_cluster_that_is_away_at_the_start_is_waited_for() {
    let fake = FakeCluster::start(Settings::default()).await.unwrap();
    fake.go_down();
    let mut story = Story::with(fake, Arc::default(), vec![configs()]);
    story.fake.come_back(History::Kept);
    story.expect(&["synced v1/configmaps: 0"]).await;
}

#[tokio::test]
async fn a_refusal_is_told_once() {
    let fake = FakeCluster::start(Settings::default()).await.unwrap();
    fake.answer_next_to("/api/v1/configmaps", 3, 403, None);
    let mut story = Story::with(fake, Arc::default(), vec![configs()]);
    let line = story.hear().await;
    assert!(
        line.starts_with("forbidden v1/configmaps: the cluster refused: 403 Forbidden"),
        "{line}"
    );
    story.expect(&["synced v1/configmaps: 0"]).await;
}

#[tokio::test]
async fn stopping_waits_for_nobody_long() {
    let mut story = Story::begin(vec![configs()]).await;
    story.expect(&["synced v1/configmaps: 0"]).await;
    story.stop.cancel();
    let ended = timeout(Duration::from_secs(4), story.running.join_next()).await;
    ended.unwrap().unwrap().unwrap();
}

/// What is wanted, and what is watched.
type Case = (Vec<Wanted>, &'static [(&'static str, Keep)]);

#[test]
fn what_is_wanted_in_parts_and_as_a_whole_is_watched_as_a_whole() {
    let part = |namespaces: &[&str], keep: Keep| Wanted {
        namespaces: namespaces.iter().map(|&name| name.to_owned()).collect(),
        keep,
        ..Wanted::all("Pod")
    };
    let cases: [Case; 3] = [
        (
            vec![
                part(&["a", "b"], Keep::Versions),
                part(&["b"], Keep::Objects),
            ],
            &[
                ("v1/pods namespace a", Keep::Versions),
                ("v1/pods namespace b", Keep::Objects),
            ],
        ),
        (
            vec![part(&["a"], Keep::Objects), part(&[], Keep::Versions)],
            &[("v1/pods", Keep::Objects)],
        ),
        (vec![], &[]),
    ];
    for (wanted, expected) in cases {
        let mut found = BTreeMap::new();
        for wanted in &wanted {
            for watched in wanted.watched(&Kind::POD, HASTE) {
                merge(&mut found, watched);
            }
        }
        absorb(&mut found);
        let found: Vec<_> = found
            .iter()
            .map(|(name, watched)| (name.as_str(), watched.keep))
            .collect();
        assert_eq!(found, expected, "{wanted:?}");
    }
    let everywhere = part(&["a"], Keep::Versions).watched(&Kind::NODE, HASTE);
    assert_eq!(name(&everywhere[0]), "v1/nodes");
}
