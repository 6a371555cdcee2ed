//! Ctrl-C: whatever the demo is doing then, it takes away what it has made.

use std::io;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Fires when the process is asked to stop, or its terminal is closed.
#[derive(Debug, Clone)]
pub(super) struct Interruption(CancellationToken);

impl Interruption {
    /// Listens from now on; the signals do nothing else any more.
    pub(super) fn on(runtime: &Runtime) -> io::Result<Self> {
        let token = CancellationToken::new();
        let _inside = runtime.enter();
        for kind in [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ] {
            let mut signal = signal(kind)?;
            let token = token.clone();
            runtime.spawn(async move {
                signal.recv().await;
                token.cancel();
            });
        }
        Ok(Self(token))
    }

    /// Whether it has fired.
    pub(super) fn is_there(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Ends when it fires.
    pub(super) fn fired(&self) -> impl Future<Output = ()> + Send + 'static {
        self.0.clone().cancelled_owned()
    }

    /// What comes of this work; none if it fired before.
    pub(super) async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.0.run_until_cancelled(work).await
    }
}
