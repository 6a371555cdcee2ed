//! The cluster is watched for what the playbooks and rules in force want, and nothing else. How far it was seen, and the objects as
//! they were, are remembered, so that a restart misses nothing and can still compare.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use squall_engine::playbook::{PlaybookSet, SECRET_TYPE};
use squall_kubernetes::{Keep, Kept, Remembered, Version};
use squall_model::Json;
use squall_model::memo::{Memo, Topic};
use squall_model::record::{Batch, Record};
use squall_sources::Later;
use squall_sources::kubernetes::{
    Batch as Seen, Failure, Memory, Note, Refused, Source, Taker, Wanted,
};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::handle::Handle;

/// Watches until the server stops.
pub(crate) async fn run(handle: Handle) {
    let Some(cluster) = handle.0.playbooks.cluster.clone() else {
        return;
    };
    let stopping = handle.0.tasks.stopping().clone();
    let mut awaited = handle.0.playbooks.awaited.subscribe();
    awaited.borrow_and_update();
    let (wants, wanted) = watch::channel(wanted(&handle));
    let watcher = Arc::new(Watcher(handle.clone()));
    let source = Source::new(
        cluster,
        Arc::clone(&watcher) as Arc<dyn Taker>,
        watcher as Arc<dyn Memory>,
    );
    let follow = async {
        while awaited.changed().await.is_ok() {
            let now = self::wanted(&handle);
            wants.send_if_modified(|wanted| {
                let is_other = *wanted != now;
                *wanted = now;
                is_other
            });
        }
    };
    tokio::select! {
        () = source.run(wanted, stopping) => {}
        () = follow => {}
    }
}

impl Handle {
    /// Waits until the cluster is watched: from then on, what happens to objects of the kind that was seen first is taken in.
    /// For ever, if nothing wants to hear of it.
    pub async fn until_watching(&self) {
        let mut is_watching = self.0.playbooks.is_watching.subscribe();
        // The sender lives as long as we do.
        drop(is_watching.wait_for(|is_watching| *is_watching).await);
    }
}

/// What the playbooks and the rules in force want to hear of.
fn wanted(handle: &Handle) -> Vec<Wanted> {
    let (in_force, loaded) = (handle.playbooks(), handle.loaded());
    let sets = [in_force.set.as_ref(), loaded.rules.playbook_triggers()];
    let mut wanted: Vec<Wanted> = Vec::new();
    for watched in sets.into_iter().flat_map(PlaybookSet::watched) {
        let all = Wanted {
            // What an action may ask of a change is how the object was before.
            keep: Keep::Objects,
            ..Wanted::all(name(watched.group.as_deref(), &watched.kind))
        };
        if !wanted.contains(&all) {
            wanted.push(all);
        }
    }
    let is_secret = |wanted: &Wanted| wanted.kind == "secret";
    let mut sets = sets.into_iter();
    if sets.any(PlaybookSet::wants_releases) && !wanted.iter().any(is_secret) {
        wanted.push(Wanted {
            fields: Some(format!("type={SECRET_TYPE}")),
            ..Wanted::all("secret")
        });
    }
    wanted
}

/// The kind in the version that triggers understand.
fn name(group: Option<&str>, kind: &str) -> String {
    match (group, kind) {
        (None, "horizontalpodautoscaler") => "autoscaling/v1/HorizontalPodAutoscaler".to_owned(),
        (None, "event") => "events.k8s.io/v1/Event".to_owned(),
        (None, kind) => kind.to_owned(),
        (Some(group), kind) => format!("{group}/{kind}"),
    }
}

/// Takes what is seen, and remembers it.
struct Watcher(Handle);

impl Taker for Watcher {
    fn take<'a>(&'a self, version: &'a Version) -> Later<'a, Result<(), Refused>> {
        Box::pin(async move {
            let taken = self.0.take_change(version.change.clone()).await;
            taken.map_err(|error| Refused(error.to_string()))
        })
    }

    fn note(&self, note: Note<'_>) {
        match note {
            Note::Missing { kind } => {
                warn!(kind, "the cluster has no such kind; it is looked for again");
            }
            Note::Found { kind } => info!(kind, "the cluster has this kind now"),
            Note::Synced { watch, objects } => {
                info!(watch, objects, "watching the cluster");
                self.0.0.playbooks.is_watching.send_replace(true);
            }
            Note::Gap { watch, since } => {
                warn!(
                    watch,
                    since,
                    "what happened since is not known; what has changed is told as it is now"
                );
            }
            Note::Forbidden { watch, error } => {
                let error = error as &dyn std::error::Error;
                warn!(watch, error, "the cluster does not let us watch");
            }
            _ => {}
        }
    }
}

impl Memory for Watcher {
    fn load<'a>(&'a self, watch: &'a str) -> Later<'a, Result<Option<Remembered>, Failure>> {
        Box::pin(async move {
            let positions = self.0.0.store.memos(Topic::Watch).await?;
            let position = positions.into_iter().find(|memo| memo.name == watch);
            let Some(position) = position.and_then(|memo| memo.value.as_str().map(str::to_owned))
            else {
                return Ok(None);
            };
            let objects = self.objects(watch).await?;
            let objects = objects
                .into_iter()
                .filter_map(|(key, memo)| kept(&key, &memo.value));
            Ok(Some(Remembered {
                position,
                objects: objects.collect(),
            }))
        })
    }

    fn save<'a>(&'a self, seen: &'a Seen) -> Later<'a, Result<(), Failure>> {
        Box::pin(async move {
            let mut records = Vec::new();
            if seen.afresh {
                records.extend(self.deletions(&seen.watch).await?);
            }
            for (key, object) in &seen.objects {
                records.push(match object {
                    Some(kept) => remember(Topic::Object, named(&seen.watch, key), told(kept)),
                    None => Record::MemoDeleted {
                        topic: Topic::Object,
                        name: named(&seen.watch, key),
                    },
                });
            }
            let position = seen.position.iter();
            records.extend(position.map(|position| {
                remember(
                    Topic::Watch,
                    seen.watch.clone(),
                    Json::from(position.as_str()),
                )
            }));
            Ok(self.0.0.store.commit(Batch { records }).await?)
        })
    }

    fn forget<'a>(&'a self, watch: &'a str) -> Later<'a, Result<(), Failure>> {
        Box::pin(async move {
            let mut records = self.deletions(watch).await?;
            records.push(Record::MemoDeleted {
                topic: Topic::Watch,
                name: watch.to_owned(),
            });
            Ok(self.0.0.store.commit(Batch { records }).await?)
        })
    }
}

impl Watcher {
    /// The objects of a watch that are remembered, by key.
    async fn objects(&self, watch: &str) -> Result<HashMap<String, Memo>, Failure> {
        let memos = self.0.0.store.memos(Topic::Object).await?;
        let begin = named(watch, "");
        let of_it = memos.into_iter().filter_map(|memo| {
            let key = memo.name.strip_prefix(&begin)?.to_owned();
            Some((key, memo))
        });
        Ok(of_it.collect())
    }

    async fn deletions(&self, watch: &str) -> Result<Vec<Record>, Failure> {
        let objects = self.objects(watch).await?;
        let deleted = |memo: Memo| Record::MemoDeleted {
            topic: Topic::Object,
            name: memo.name,
        };
        Ok(objects.into_values().map(deleted).collect())
    }
}

/// The name of an object's memo. Names of Kubernetes have no line breaks.
fn named(watch: &str, key: &str) -> String {
    format!("{watch}\n{key}")
}

fn remember(topic: Topic, name: String, value: Json) -> Record {
    Record::Memo(Memo {
        topic,
        name,
        value,
        until: None,
    })
}

fn told(kept: &Kept) -> Json {
    json!({
        "uid": &*kept.uid,
        "resource_version": &*kept.resource_version,
        "object": kept.object.as_ref().map(|object| BASE64_STANDARD.encode(object)),
    })
}

fn kept(key: &str, told: &Json) -> Option<Kept> {
    let text = |name: &str| told.get(name).and_then(Json::as_str);
    let object = text("object").map(|object| BASE64_STANDARD.decode(object));
    Some(Kept {
        key: key.into(),
        uid: text("uid")?.into(),
        resource_version: text("resource_version")?.into(),
        object: object.transpose().ok()?.map(Into::into),
    })
}
