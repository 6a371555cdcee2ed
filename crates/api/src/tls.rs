//! TLS with certificates that may change while the server runs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use fs_err as fs;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::{error, info};

/// A certificate with its key, read again whenever one of the files has changed.
pub struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
    current: Mutex<Current>,
}

struct Current {
    acceptor: TlsAcceptor,
    changed_at: Option<(SystemTime, SystemTime)>,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read a TLS file")]
    Read(#[from] io::Error),
    /// A file does not hold what it should.
    #[error("cannot find a certificate or a key in `{}`", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// Certificate and key do not belong together, or cannot be used.
    #[error("cannot use the certificate `{}`", path.display())]
    Use {
        /// The certificate's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

impl Certificate {
    /// Reads a PEM chain and its PEM key.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, Error> {
        let changed_at = changed_at(certificate, key);
        let current = Mutex::new(Current {
            acceptor: acceptor(certificate, key)?,
            changed_at,
        });
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            current,
        })
    }

    /// Greets a client with the certificate as it is now.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor().accept(stream).await
    }

    /// A certificate that cannot be read any more leaves the last good one in use, and says so.
    fn acceptor(&self) -> TlsAcceptor {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let changed_at = changed_at(&self.certificate, &self.key);
        if changed_at != current.changed_at {
            current.changed_at = changed_at;
            match acceptor(&self.certificate, &self.key) {
                Ok(acceptor) => {
                    info!(file = %self.certificate.display(), "the certificate has changed");
                    current.acceptor = acceptor;
                }
                Err(error) => error!(
                    error = &error as &dyn std::error::Error,
                    "the changed certificate cannot be used"
                ),
            }
        }
        current.acceptor.clone()
    }
}

fn changed_at(certificate: &Path, key: &Path) -> Option<(SystemTime, SystemTime)> {
    let of = |path: &Path| fs::metadata(path).and_then(|known| known.modified()).ok();
    Some((of(certificate)?, of(key)?))
}

fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, Error> {
    let chain = fs::read(certificate)?;
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&chain).collect();
    let chain = chain.map_err(|source| Error::Pem {
        path: certificate.to_owned(),
        source,
    })?;
    let secret = PrivateKeyDer::from_pem_slice(&fs::read(key)?).map_err(|source| Error::Pem {
        path: key.to_owned(),
        source,
    })?;
    let unusable = |source| Error::Use {
        path: certificate.to_owned(),
        source,
    };
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(unusable)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
