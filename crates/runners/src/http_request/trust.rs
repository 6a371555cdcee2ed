//! Whom HTTPS trusts: the machine's certificates, or those of the file that `REQUESTS_CA_BUNDLE` names; or anybody.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::sync::OnceCell;

use super::Error;

/// Configurations for TLS, made when first needed.
pub(crate) struct Trust {
    bundle: Option<PathBuf>,
    checked: OnceCell<Arc<ClientConfig>>,
    unchecked: OnceCell<Arc<ClientConfig>>,
}

impl Trust {
    pub(crate) fn new(environment: &[(OsString, OsString)]) -> Self {
        let variable = |wanted: &str| {
            let found = environment.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| PathBuf::from(value))
        };
        Self {
            bundle: variable("REQUESTS_CA_BUNDLE").or_else(|| variable("CURL_CA_BUNDLE")),
            checked: OnceCell::new(),
            unchecked: OnceCell::new(),
        }
    }

    /// What to connect with, and whether the server's certificate is checked.
    pub(crate) async fn config(&self, is_checked: bool) -> Result<Arc<ClientConfig>, Error> {
        if !is_checked {
            let make = || std::future::ready(unchecked());
            return self.unchecked.get_or_try_init(make).await.cloned();
        }
        let make = || async {
            let bundle = self.bundle.clone();
            let load = tokio::task::spawn_blocking(|| checked(bundle));
            load.await
                .unwrap_or_else(|error| Err(Error::Trust(io::Error::other(error))))
        };
        self.checked.get_or_try_init(make).await.cloned()
    }
}

fn checked(bundle: Option<PathBuf>) -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    match bundle {
        Some(file) => {
            let refused = |error| Error::Trust(io::Error::other(error));
            for certificate in CertificateDer::pem_file_iter(file).map_err(refused)? {
                roots.add_parsable_certificates([certificate.map_err(refused)?]);
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    if roots.is_empty() {
        let hint = "install the package ca-certificates, or name a file in REQUESTS_CA_BUNDLE";
        return Err(Error::Trust(io::Error::other(hint)));
    }
    let config = builder()?.with_root_certificates(roots);
    Ok(Arc::new(config.with_no_client_auth()))
}

fn unchecked() -> Result<Arc<ClientConfig>, Error> {
    let config = builder()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(ring::default_provider())));
    Ok(Arc::new(config.with_no_client_auth()))
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn builder() -> Result<Builder, Error> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Trust(io::Error::other(error)))
}

/// Takes any certificate, as `verify_ssl_cert: false` asks; its owner must still have the key to it.
#[derive(Debug)]
struct Anybody(CryptoProvider);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
