//! What `watch` promises, by data.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;
use squall_model::Json;
use squall_model::change::Operation;
use tokio::time::timeout;

use super::*;
use crate::Limits;
use crate::fake::{FakeCluster, History, Settings};

const HASTE: Patience = Patience {
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(20),
    quiet_for: Duration::from_secs(5),
    ends_after: Duration::from_secs(30),
};

fn pods(patience: Patience) -> Watched {
    Watched {
        kind: Kind::POD,
        selection: Selection::default(),
        keep: Keep::Objects,
        tell_first: false,
        patience,
    }
}

fn client(fake: &FakeCluster) -> Cluster {
    Cluster::at(&fake.address()).unwrap().with_limits(Limits {
        longest_pause: Duration::from_millis(20),
        ..Limits::default()
    })
}

async fn fake() -> FakeCluster {
    FakeCluster::start(Settings::default()).await.unwrap()
}

fn pod(name: &str, turn: u32) -> Json {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "managedFields": [{"manager": "kubelet"}]},
        "spec": {"containers": [{"name": "main", "image": "web"}], "turn": turn},
    })
}

/// Changes a pod, and gives its new version.
fn touch(fake: &FakeCluster, name: &str, turn: u32) -> String {
    let changed = fake.update("Pod", "shop", name, |pod| pod["spec"]["turn"] = turn.into());
    version_of(&changed.unwrap())
}

fn version_of(object: &Json) -> String {
    object["metadata"]["resourceVersion"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// What a watch told, and whether it kept its promises.
#[derive(Default)]
struct Told {
    objects: BTreeMap<String, Json>,
    seen: HashSet<(String, String, Operation)>,
    lines: Vec<String>,
    gaps: usize,
}

impl Told {
    fn take(&mut self, seen: &Seen) {
        match seen {
            Seen::Version(version) => self.version(version),
            Seen::Gap { .. } => {
                self.gaps += 1;
                self.lines.push("gap".to_owned());
            }
            Seen::Synced { objects, .. } => self.lines.push(format!("synced {objects}")),
            Seen::Position(_) => {}
            Seen::Refused(error) => self.lines.push(error.to_string()),
        }
    }

    fn version(&mut self, version: &Version) {
        let Version { change, key, .. } = version;
        let mark = (
            key.to_string(),
            version.resource_version.clone(),
            change.operation,
        );
        assert!(self.seen.insert(mark), "told twice: {version:?}");
        assert_eq!(change.obj.pointer("/metadata/managedFields"), None);
        let before = self.objects.remove(&**key);
        if change.operation == Operation::Update {
            assert_eq!(change.old_obj, before, "{key}");
        }
        if change.operation == Operation::Delete {
            assert_eq!(version.kept, None);
        } else {
            self.objects.insert(key.to_string(), change.obj.clone());
        }
        let turn = &change.obj["spec"]["turn"];
        let gap = if version.gap { " after a gap" } else { "" };
        let operation = change.operation.as_str();
        self.lines.push(format!("{operation} {key} {turn}{gap}"));
    }

    /// Listens until so many lines came.
    async fn until(&mut self, watch: &mut Watch, lines: usize) {
        while self.lines.len() < lines {
            let seen = timeout(Duration::from_secs(20), watch.next()).await;
            let seen = seen.unwrap_or_else(|_| panic!("silence after {:?}", self.lines));
            self.take(&seen);
        }
    }
}

/// A cluster with two pods, which a watch knows.
async fn known(fake: &FakeCluster, watched: Watched) -> (Watch, Told) {
    let mut told = Told::default();
    for name in ["a", "b"] {
        fake.put(pod(name, 0)).unwrap();
    }
    let mut watch = Watch::new(client(fake), watched, None);
    told.until(&mut watch, 1).await;
    assert_eq!(told.lines, ["synced 2"]);
    for object in fake.objects("Pod") {
        let name = object["metadata"]["name"].as_str().unwrap();
        told.objects
            .insert(format!("shop/{name}"), without_managers(&object));
    }
    told.lines.clear();
    (watch, told)
}

fn without_managers(object: &Json) -> Json {
    let mut object = object.clone();
    object["metadata"]
        .as_object_mut()
        .unwrap()
        .shift_remove("managedFields");
    object
}

#[tokio::test]
async fn each_change_is_told_with_what_was_before() {
    let fake = fake().await;
    let (mut watch, mut told) = known(&fake, pods(HASTE)).await;
    touch(&fake, "a", 1);
    touch(&fake, "a", 2);
    fake.put(pod("c", 7)).unwrap();
    fake.remove("Pod", "shop", "b").unwrap();
    told.until(&mut watch, 4).await;
    assert_eq!(
        told.lines,
        [
            "update shop/a 1",
            "update shop/a 2",
            "create shop/c 7",
            "delete shop/b 0"
        ]
    );
    assert_eq!((watch.cache().len(), watch.figures().versions), (2, 4));
}

/// What goes wrong, by name; whether the server forgets what happened meanwhile; and what it does.
type Fault = (&'static str, bool, fn(&FakeCluster));

#[tokio::test]
async fn whatever_goes_wrong_everything_is_told_in_the_end() {
    let faults: &[Fault] = &[
        ("a broken connection", false, |fake| fake.drop_watches()),
        ("an end in good order", false, |fake| fake.end_watches()),
        ("a restart", false, |fake| fake.restart(History::Kept)),
        ("throttling", false, |fake| {
            fake.answer_next(3, 429, Some(1));
            fake.drop_watches();
        }),
        ("a busy server", false, |fake| {
            fake.answer_next(2, 503, None);
            fake.answer_next(2, 500, None);
            fake.answer_next(1, 504, None);
            fake.end_watches();
        }),
        ("a restart that forgets", true, |fake| {
            fake.restart(History::Lost);
        }),
        ("expiry", true, |fake| {
            fake.compact();
            fake.drop_watches();
        }),
        ("expiry while throttling", true, |fake| {
            fake.answer_next(2, 429, None);
            fake.compact();
            fake.drop_watches();
            fake.answer_next(2, 503, None);
        }),
    ];
    for can_stream in [true, false] {
        for (name, forgets, fault) in faults {
            let fake = fake().await;
            let (mut watch, mut told) = known(&fake, pods(HASTE)).await;
            watch.can_stream = can_stream;
            // The server is away while all this happens, so that nothing of it is told before.
            fake.go_down();
            touch(&fake, "a", 1);
            touch(&fake, "a", 2);
            fake.put(pod("c", 3)).unwrap();
            fake.remove("Pod", "shop", "b").unwrap();
            fault(&fake);
            fake.come_back(if *forgets {
                History::Lost
            } else {
                History::Kept
            });
            let lines: &[&str] = match forgets {
                false => &[
                    "update shop/a 1",
                    "update shop/a 2",
                    "create shop/c 3",
                    "delete shop/b 0",
                ],
                true => &[
                    "gap",
                    "update shop/a 2 after a gap",
                    "create shop/c 3 after a gap",
                    "delete shop/b 0 after a gap",
                    "synced 2",
                ],
            };
            told.until(&mut watch, lines.len()).await;
            assert_eq!(told.lines, lines, "after {name}, streaming: {can_stream}");
            touch(&fake, "c", 4);
            told.until(&mut watch, lines.len() + 1).await;
            assert_eq!(
                told.lines.last().unwrap(),
                "update shop/c 4",
                "after {name}"
            );
            let figures = watch.figures();
            assert_eq!(figures.gaps, u64::from(*forgets), "after {name}");
            assert!(figures.restarts > 0, "after {name}");
        }
    }
}

#[tokio::test]
async fn an_object_that_took_the_name_of_another_is_a_new_one() {
    let fake = fake().await;
    let (mut watch, mut told) = known(&fake, pods(HASTE)).await;
    fake.go_down();
    fake.remove("Pod", "shop", "a").unwrap();
    fake.put(pod("a", 9)).unwrap();
    fake.come_back(History::Lost);
    told.until(&mut watch, 4).await;
    assert_eq!(
        told.lines,
        [
            "gap",
            "delete shop/a 0 after a gap",
            "create shop/a 9 after a gap",
            "synced 2"
        ]
    );
}

#[tokio::test]
async fn a_silent_server_is_left() {
    let fake = fake().await;
    let patience = Patience {
        quiet_for: Duration::from_millis(200),
        ..HASTE
    };
    let (mut watch, mut told) = known(&fake, pods(patience)).await;
    let stall = fake.stall();
    touch(&fake, "a", 1);
    let silence = async {
        loop {
            told.take(&watch.next().await);
        }
    };
    timeout(Duration::from_millis(500), silence)
        .await
        .unwrap_err();
    assert!(told.lines.is_empty());
    drop(stall);
    told.until(&mut watch, 1).await;
    assert_eq!(told.lines, ["update shop/a 1"]);
    assert!(watch.figures().restarts > 0);
}

#[tokio::test]
async fn a_watch_goes_on_where_another_one_ended() {
    for forgets in [false, true] {
        let fake = fake().await;
        let (watch, mut told) = known(&fake, pods(HASTE)).await;
        let remembered = Remembered {
            position: watch.position.clone().unwrap(),
            objects: watch.cache().iter().cloned().collect(),
        };
        drop(watch);
        touch(&fake, "a", 1);
        fake.put(pod("c", 2)).unwrap();
        if forgets {
            fake.compact();
        }
        let mut watch = Watch::new(client(&fake), pods(HASTE), Some(remembered));
        let lines: &[&str] = match forgets {
            false => &["update shop/a 1", "create shop/c 2"],
            true => &[
                "gap",
                "update shop/a 1 after a gap",
                "create shop/c 2 after a gap",
                "synced 3",
            ],
        };
        told.until(&mut watch, lines.len()).await;
        assert_eq!(told.lines, lines);
    }
}

#[tokio::test]
async fn what_was_not_kept_before_is_filled_in() {
    let fake = fake().await;
    let mut watched = pods(HASTE);
    watched.keep = Keep::Versions;
    let (watch, mut told) = known(&fake, watched).await;
    let remembered = Remembered {
        position: watch.position.clone().unwrap(),
        objects: watch.cache().iter().cloned().collect(),
    };
    touch(&fake, "a", 1);
    let mut watch = Watch::new(client(&fake), pods(HASTE), Some(remembered));
    told.until(&mut watch, 1).await;
    assert_eq!(told.lines, ["update shop/a 1"]);
}

#[tokio::test]
async fn the_first_objects_are_told_if_asked_for() {
    let fake = fake().await;
    fake.put(pod("a", 0)).unwrap();
    let watched = Watched {
        tell_first: true,
        ..pods(HASTE)
    };
    let mut told = Told::default();
    let mut watch = Watch::new(client(&fake), watched, None);
    told.until(&mut watch, 2).await;
    assert_eq!(told.lines, ["create shop/a 0", "synced 1"]);
}

#[tokio::test]
async fn only_what_is_selected_is_told() {
    let fake = fake().await;
    let labelled = |name: &str, namespace: &str, app: &str| {
        let mut pod = pod(name, 0);
        pod["metadata"]["namespace"] = namespace.into();
        pod["metadata"]["labels"] = json!({"app": app});
        fake.put(pod).unwrap();
    };
    let watched = Watched {
        selection: Selection::of(Some("shop")).labels("app=web"),
        tell_first: true,
        ..pods(HASTE)
    };
    labelled("a", "shop", "web");
    labelled("b", "shop", "cache");
    labelled("c", "other", "web");
    let mut told = Told::default();
    let mut watch = Watch::new(client(&fake), watched, None);
    told.until(&mut watch, 2).await;
    labelled("d", "other", "web");
    labelled("a", "shop", "cache");
    labelled("b", "shop", "web");
    told.until(&mut watch, 4).await;
    assert_eq!(
        told.lines,
        [
            "create shop/a 0",
            "synced 1",
            "delete shop/a 0",
            "create shop/b 0"
        ]
    );
}

#[tokio::test]
async fn giving_up_waiting_loses_nothing() {
    let fake = fake().await;
    let (mut watch, mut told) = known(&fake, pods(HASTE)).await;
    for turn in 1..=200 {
        touch(&fake, "a", turn);
        if turn % 50 == 0 {
            fake.drop_watches();
        }
    }
    while told.lines.len() < 200 {
        // A moment so short that it ends in the middle of everything.
        if let Ok(seen) = timeout(Duration::from_micros(50), watch.next()).await {
            told.take(&seen);
        }
    }
    assert_eq!(told.lines.last().unwrap(), "update shop/a 200");
}

#[tokio::test]
async fn bookmarks_move_the_position_without_an_event() {
    let fake = fake().await;
    let (mut watch, mut told) = known(&fake, pods(HASTE)).await;
    let config = fake.put(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "shop"}}));
    let elsewhere = version_of(&config.unwrap());
    touch(&fake, "a", 1);
    told.until(&mut watch, 1).await;
    let config = fake.update("ConfigMap", "shop", "x", |map| {
        map["data"] = json!({"a": "b"});
    });
    let later = version_of(&config.unwrap());
    fake.send_bookmarks();
    let position = loop {
        if let Seen::Position(position) = watch.next().await {
            break position;
        }
    };
    assert_eq!(position, later);
    assert_ne!(position, elsewhere);
}

#[tokio::test]
async fn a_refusal_is_told_and_asked_again() {
    let fake = fake().await;
    fake.answer_next(1, 403, None);
    let mut told = Told::default();
    let mut watch = Watch::new(client(&fake), pods(HASTE), None);
    told.until(&mut watch, 2).await;
    assert!(
        told.lines[0].starts_with("the cluster refused: 403 Forbidden"),
        "{:?}",
        told.lines
    );
    assert_eq!(told.lines[1], "synced 0");
}

mod strange;
