//! Keys and tokens whose time is over are swept away. Nobody has seen them since: readers ask for what has not expired.

use squall_model::record::{Batch, Record};
use tracing::warn;

use crate::clock;
use crate::handle::Handle;

/// Sweeps until the server stops.
pub(crate) async fn run(handle: Handle) {
    let stopping = handle.0.tasks.stopping().clone();
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(handle.0.settings.sweep_every) => sweep(&handle).await,
        }
    }
}

async fn sweep(handle: &Handle) {
    let records = vec![Record::Expired(clock::now())];
    if let Err(error) = handle.0.store.commit(Batch { records }).await {
        warn!(
            error = &error as &dyn std::error::Error,
            "cannot sweep away what has expired"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use squall_model::Timestamp;
    use squall_model::key::Scope;
    use squall_model::record::{KeyFilter, Page};
    use squall_store::{Sqlite, Store as _};

    use super::*;
    use crate::Settings;
    use crate::keys::NewKey;

    fn key(name: &str, ttl_seconds: i64) -> NewKey {
        NewKey {
            scope: Scope::System,
            user: String::new(),
            name: name.to_owned(),
            value: "value".to_owned(),
            ttl_seconds: Some(ttl_seconds),
            secret: false,
            encrypted: false,
        }
    }

    #[tokio::test]
    async fn what_has_expired_is_seen_by_nobody_and_leaves_the_disk() {
        let data = tempfile::tempdir().unwrap();
        let settings = Settings::for_development(data.path().to_owned());
        let handle = crate::start(settings, Vec::new()).await.unwrap();
        for key in [key("over", -1), key("lasting", 1000)] {
            handle.set_key(key).await.unwrap();
        }
        let seen = handle.key(Scope::System, "", "over").await.unwrap();
        assert_eq!(seen, None);
        sweep(&handle).await;
        handle.stop().await;
        drop(handle);

        // To somebody who lives long ago nothing has expired yet: what he does not see is gone.
        let long_ago = Arc::new(|| Timestamp::from_micros(0));
        let store = Sqlite::open(&data.path().join("squall.db"), long_ago).unwrap();
        let left = store.keys(KeyFilter::default(), Page::default()).await;
        let left: Vec<String> = left
            .unwrap()
            .items
            .into_iter()
            .map(|key| key.name)
            .collect();
        assert_eq!(left, ["lasting"]);
    }
}
