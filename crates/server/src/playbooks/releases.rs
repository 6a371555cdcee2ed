//! Helm's releases that something is being done with. Where that takes too long nothing changes in the cluster any more, so
//! the clock tells: playbooks are asked again when a release has been so for long enough.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use squall_engine::playbook::Release;
use squall_model::memo::{Memo, Topic};
use squall_model::record::{Batch, Record};
use squall_model::{Json, Timestamp};
use tokio::sync::Notify;
use tracing::error;

use super::intake::about_release;
use crate::clock;
use crate::handle::{Handle, Result};

/// Releases are looked at again after this, because rate limits end and the clock may be set.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// What could not be read or recorded is tried again after this.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How many releases are remembered; nobody installs so many at a time.
const MOST: usize = 10_000;

/// The releases that something is being done with, by namespace and name.
#[derive(Default)]
pub(super) struct Releases {
    all: Mutex<BTreeMap<String, Known>>,
    changed: Notify,
}

struct Known {
    release: Release,
    /// As it was told.
    told: Json,
}

impl Releases {
    fn hold(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks playbooks about releases when it is time, until the server stops.
pub(crate) async fn run(handle: Handle) {
    let stopping = handle.0.tasks.stopping().clone();
    let mut awaited = handle.0.playbooks.awaited.subscribe();
    while let Err(error) = handle.remember_releases().await {
        error!(%error, "cannot read which releases of Helm are waited for; it is tried again");
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(TRY_AGAIN_AFTER) => {}
        }
    }
    loop {
        awaited.borrow_and_update();
        let pause = match handle.look_at_releases().await {
            Ok(()) => handle.next_release(),
            Err(error) => {
                error!(%error, "cannot tell of releases of Helm; it is tried again");
                TRY_AGAIN_AFTER
            }
        };
        let mut pause = std::pin::pin!(tokio::time::sleep(pause));
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                alive = awaited.changed() => match alive {
                    Ok(()) => break,
                    Err(_) => return,
                },
                // Whoever told of it has asked the playbooks.
                () = handle.0.playbooks.releases.changed.notified() => {
                    pause.set(tokio::time::sleep(handle.next_release()));
                }
                () = &mut pause => break,
            }
        }
    }
}

impl Handle {
    async fn remember_releases(&self) -> Result<()> {
        let memos = self.0.store.memos(Topic::Release).await?;
        let mut all = self.0.playbooks.releases.hold();
        for memo in memos {
            if let Ok(release) = serde_json::from_value(memo.value.clone()) {
                let told = memo.value;
                // What was told since the start is newer.
                all.entry(memo.name).or_insert(Known { release, told });
            }
        }
        Ok(())
    }

    /// Remembers a release while something is being done with it; when this returns, a restart finds it.
    pub(super) async fn learn_release(&self, release: &Release, told: &Json) -> Result<()> {
        let is_open = release.is_under_way() && !release.deleted;
        self.keep_release(release, is_open.then_some(told)).await
    }

    /// The secret of a release is gone, and with it whatever was being done.
    pub(super) async fn release_is_gone(&self, release: &Release) -> Result<()> {
        self.keep_release(release, None).await
    }

    async fn keep_release(&self, release: &Release, told: Option<&Json>) -> Result<()> {
        let releases = &self.0.playbooks.releases;
        let name = format!("{}/{}", release.namespace, release.name);
        if !is_news(&releases.hold(), &name, (release, told)) {
            return Ok(());
        }
        let records = vec![match told {
            Some(told) => Record::Memo(Memo {
                topic: Topic::Release,
                name: name.clone(),
                value: told.clone(),
                until: None,
            }),
            None => Record::MemoDeleted {
                topic: Topic::Release,
                name: name.clone(),
            },
        }];
        self.0.store.commit(Batch { records }).await?;
        match told.cloned() {
            Some(told) => {
                let release = release.clone();
                releases.hold().insert(name, Known { release, told });
            }
            None => drop(releases.hold().remove(&name)),
        }
        releases.changed.notify_one();
        Ok(())
    }

    /// Tells of all releases that a playbook would fire for.
    async fn look_at_releases(&self) -> Result<()> {
        let wanted: Vec<Json> = {
            let all = self.0.playbooks.releases.hold();
            let wanted = all
                .values()
                .filter(|known| self.is_release_wanted(&known.release));
            wanted.map(|known| known.told.clone()).collect()
        };
        if wanted.is_empty() {
            return Ok(());
        }
        let happened = wanted.iter().map(about_release);
        self.ingest(happened.collect()).await.map(drop)
    }

    /// How long until a release has been as it is for long enough.
    fn next_release(&self) -> Duration {
        let (loaded, in_force) = (self.loaded(), self.playbooks());
        let now = clock::now();
        let all = self.0.playbooks.releases.hold();
        let sets = [in_force.set.as_ref(), loaded.rules.playbook_triggers()];
        let due = sets.into_iter().flat_map(|set| {
            let due = all.values();
            due.filter_map(|known| set.release_due(&known.release, now))
        });
        due.min().map_or(LOOK_AGAIN_AFTER, |due| until(due, now))
    }
}

/// Whether what is remembered of a release is to be changed: by a revision as new as the known one.
fn is_news(
    all: &BTreeMap<String, Known>,
    name: &str,
    (release, told): (&Release, Option<&Json>),
) -> bool {
    let known = all.get(name);
    if known.is_some_and(|known| known.release.version > release.version) {
        return false;
    }
    match told {
        Some(told) => known.map_or(all.len() < MOST, |known| known.told != *told),
        None => known.is_some(),
    }
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    let micros = at.micros().saturating_sub(now.micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(LOOK_AGAIN_AFTER)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(version: i64, status: &str) -> Json {
        let info = json!({
            "first_deployed": "2026-11-22T10:00:00Z", "last_deployed": "2026-11-22T10:00:00Z",
            "status": status,
        });
        json!({"name": "web", "namespace": "shop", "version": version, "info": info})
    }

    #[test]
    fn a_release_is_remembered_until_a_revision_as_new_is_done_with() {
        let mut all = BTreeMap::new();
        let mut changes = |version: i64, status: &str, is_open: bool| {
            let told = told(version, status);
            let release: Release = serde_json::from_value(told.clone()).unwrap();
            assert_eq!(release.is_under_way(), is_open);
            let told = is_open.then_some(told);
            let is_news = is_news(&all, "shop/web", (&release, told.as_ref()));
            match told.filter(|_| is_news) {
                Some(told) => drop(all.insert("shop/web".to_owned(), Known { release, told })),
                None if is_news => drop(all.remove("shop/web")),
                None => {}
            }
            is_news
        };
        assert!(!changes(1, "deployed", false));
        assert!(changes(2, "pending-upgrade", true));
        assert!(!changes(2, "pending-upgrade", true));
        assert!(!changes(1, "superseded", false));
        assert!(changes(2, "deployed", false));
        assert!(!changes(2, "deployed", false));
        assert!(changes(3, "uninstalling", true));
        assert!(changes(4, "failed", false));
    }
}
