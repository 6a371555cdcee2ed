//! Listening: plain or TLS, with limits that hold before anything is read.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tracing::{debug, warn};

use crate::route::Routes;
use crate::tls::Certificate;
use crate::wire::Wire;
use crate::{openapi, probes, robusta, squall, stackstorm};

/// The largest head of a request, in bytes.
const HEAD_BYTES: usize = 64 * 1024;

/// How many connections one listener holds at a time.
const CONNECTIONS: usize = 4096;

/// What is mounted on a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// Everything, each service under its own path.
    Everything,
    /// StackStorm's API service at `/` and `/v1`.
    Api,
    /// StackStorm's auth service at `/` and `/v1`.
    Auth,
    /// StackStorm's stream service at `/` and `/v1`.
    Stream,
}

impl Mount {
    /// The routes on such a port.
    pub fn routes(self, base_path: &str) -> Routes {
        match self {
            Self::Everything => openapi::described(
                Routes::default()
                    .merge(probes::routes())
                    .merge(robusta::routes())
                    .merge(stackstorm::api().nest("/api/v1"))
                    .merge(stackstorm::auth().nest("/auth/v1"))
                    .merge(stackstorm::stream().nest("/stream/v1"))
                    .merge(squall::routes().nest("/squall/v1")),
            )
            .merge(under_base(base_path)),
            Self::Api => stackstorm::api().merge(stackstorm::api().nest("/v1")),
            Self::Auth => stackstorm::auth().merge(stackstorm::auth().nest("/v1")),
            Self::Stream => stackstorm::stream().merge(stackstorm::stream().nest("/v1")),
        }
    }
}

/// The same services behind a path, as an outer server may have them: `https://host/st2api/v1/webhooks/pprof`.
///
/// A base path stands for the API itself, so `/st2api` gives `/st2api/v1/...`; auth and stream stand below it.
fn under_base(base_path: &str) -> Routes {
    let base_path = base_path.trim_end_matches('/');
    if base_path.is_empty() {
        return Routes::default();
    }
    stackstorm::api()
        .nest(&format!("{base_path}/v1"))
        .merge(stackstorm::api().nest(&format!("{base_path}/api/v1")))
        .merge(stackstorm::auth().nest(&format!("{base_path}/auth/v1")))
        .merge(stackstorm::stream().nest(&format!("{base_path}/stream/v1")))
        .merge(squall::routes().nest(&format!("{base_path}/squall/v1")))
}

/// A port that is open but not served yet.
pub struct Port {
    listener: TcpListener,
    mount: Mount,
    certificate: Option<Arc<Certificate>>,
}

impl Port {
    /// Opens a port.
    pub async fn open(
        address: SocketAddr,
        mount: Mount,
        certificate: Option<Arc<Certificate>>,
    ) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind(address).await?,
            mount,
            certificate,
        })
    }

    /// Where it is: the real port if 0 was asked for.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the server stops.
    pub async fn serve(self, wire: Wire) {
        let router = self
            .mount
            .routes(&wire.settings().base_path)
            .into_router(wire.clone());
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let closing = wire.handle().closing().clone();
        loop {
            // Room first: what cannot be served waits in the kernel's queue, not in our memory.
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            let accepted = tokio::select! {
                () = closing.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let (router, certificate, connection_wire) =
                (router.clone(), self.certificate.clone(), wire.clone());
            wire.handle().serve("connection", async move {
                if let Err(error) = connection(stream, certificate, router, &connection_wire).await
                {
                    debug!(%error, "a connection broke off");
                }
                drop(permit);
            });
        }
    }
}

type Broken = Box<dyn std::error::Error + Send + Sync>;

async fn connection(
    stream: TcpStream,
    certificate: Option<Arc<Certificate>>,
    router: Router,
    wire: &Wire,
) -> Result<(), Broken> {
    stream.set_nodelay(true)?;
    match certificate {
        None => talk(stream, router, wire).await,
        Some(certificate) => {
            let handshake = certificate.accept(stream);
            let secured = tokio::time::timeout(wire.settings().head_within, handshake).await??;
            talk(secured, router, wire).await
        }
    }
}

async fn talk<S>(stream: S, router: Router, wire: &Wire) -> Result<(), Broken>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(wire.settings().head_within)
        .max_buf_size(HEAD_BYTES);
    let serving = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        ended = &mut serving => return Ok(ended?),
        () = wire.handle().closing().cancelled() => serving.as_mut().graceful_shutdown(),
    }
    Ok(serving.await?)
}
