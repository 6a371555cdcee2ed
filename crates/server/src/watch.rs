//! Watches the packs' folders, and has what changed read again.
//!
//! What the system tells of changes is only a hint that it is time to look: whether something has changed, and what, is
//! found by looking (see `registry`). So nothing is lost if hints are, and file systems that give none are looked at
//! every now and then.

mod hints;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use squall_pack::{footprint, pack_folders};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::handle::Handle;
use crate::reload::Reading;
use crate::settings::Settings;
use hints::{Hints, Places};

/// Files are written one after the other: they are read when none was written for so long.
const QUIET: Duration = Duration::from_millis(200);

/// Folders in which something is always being written are read all the same.
const LONGEST_UNREST: Duration = Duration::from_secs(3);

/// When something is gone that may be about to come back, it is looked for again after so long.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Watches until the server stops.
pub(crate) async fn run(handle: Handle) {
    let hints = Hints::open()
        .inspect_err(|error| {
            let every = handle.0.settings.rescan_packs.as_secs();
            warn!(%error, every, "changed packs are not noticed at once, only when they are looked at");
        })
        .ok();
    watch(handle, hints).await;
}

/// Without hints, what has changed is found by looking.
async fn watch(handle: Handle, mut hints: Option<Hints>) {
    let stopping = handle.0.tasks.stopping().clone();
    let mut wait_at_most = Duration::ZERO;
    loop {
        let is_new = watch_places(&handle, hints.as_mut()).await;
        // What happened before a place was watched is not hinted at.
        if !is_new
            && wait(hints.as_mut(), wait_at_most, &stopping)
                .await
                .is_none()
        {
            return;
        }
        if stopping.is_cancelled() {
            return;
        }
        wait_at_most = match handle.reload(Reading::Changes).await {
            Ok(state) if state.is_unsettled() => LOOK_AGAIN,
            Ok(_) => handle.0.settings.rescan_packs,
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot look at the packs"
                );
                handle.0.settings.rescan_packs
            }
        };
    }
}

/// Watches every place where a change of packs would show; true if there are new ones among them.
async fn watch_places(handle: &Handle, hints: Option<&mut Hints>) -> bool {
    let Some(hints) = hints else { return false };
    let settings = handle.0.settings.clone();
    let found = tokio::task::spawn_blocking(move || places(&settings)).await;
    found.is_ok_and(|places| hints.watch(&places))
}

/// Waits for a change, and until it is over; nothing if the server stops.
async fn wait(
    hints: Option<&mut Hints>,
    at_most: Duration,
    stopping: &CancellationToken,
) -> Option<()> {
    let Some(hints) = hints else {
        return tokio::select! {
            () = stopping.cancelled() => None,
            () = tokio::time::sleep(at_most) => Some(()),
        };
    };
    tokio::select! {
        () = stopping.cancelled() => return None,
        () = tokio::time::sleep(at_most) => return Some(()),
        () = hints.next() => {}
    }
    let over = tokio::time::sleep(LONGEST_UNREST);
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = stopping.cancelled() => return None,
            () = &mut over => return Some(()),
            () = tokio::time::sleep(QUIET) => return Some(()),
            () = hints.next() => {}
        }
    }
}

/// Where a change of packs would show.
fn places(settings: &Settings) -> Places {
    let mut places = Places::default();
    for dir in &settings.packs {
        places.any.extend(fs_err::canonicalize(dir));
        add_way_to(dir, &mut places);
    }
    let mut folders = pack_folders(&settings.packs).folders;
    folders.extend(settings.configs.clone());
    folders.extend(settings.overrides.clone());
    for folder in folders {
        let seen = footprint(&folder);
        places.any.extend(seen.folders);
        add_entries(seen.entries, &mut places);
    }
    places
}

/// The folder of packs itself may be a link that is swapped, or may come later.
fn add_way_to(dir: &Path, places: &mut Places) {
    add_entries(squall_pack::way_to(dir), places);
}

fn add_entries(entries: BTreeSet<PathBuf>, places: &mut Places) {
    for entry in entries {
        if let (Some(folder), Some(name)) = (entry.parent(), entry.file_name()) {
            let names = places.named.entry(folder.to_owned()).or_default();
            names.insert(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use fs_err as fs;

    use super::*;

    /// As on file systems that tell of nothing.
    #[tokio::test]
    async fn without_hints_changes_are_found_by_looking() {
        let folder = tempfile::tempdir().unwrap();
        let packs = folder.path().join("packs");
        let write = |version: &str| {
            let about = "name: mine, description: d, author: a, email: a@example.com";
            let text = format!("{{{about}, version: {version}}}");
            fs::create_dir_all(packs.join("mine")).unwrap();
            fs::write(packs.join("mine/pack.yaml"), text).unwrap();
        };
        write("1.0.0");
        let mut settings = Settings::for_development(folder.path().join("data"));
        settings.packs = vec![packs.clone()];
        settings.watch_packs = false;
        settings.rescan_packs = Duration::from_millis(20);
        let handle = crate::start(settings, Vec::new()).await.unwrap();
        handle.0.tasks.spawn("watch", watch(handle.clone(), None));
        write("2.0.0");
        let followed = async {
            while handle.loaded().content.packs["mine"].version != "2.0.0" {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(30), followed);
        assert!(in_time.await.is_ok(), "the change was not found");
        handle.stop().await;
    }
}
