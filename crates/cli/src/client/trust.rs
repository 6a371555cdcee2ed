//! Whom a client trusts: the certificates of this machine, and those of a file.

use std::path::Path;
use std::sync::Arc;

use fs_err as fs;
use rustls::crypto::ring;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use super::Error;

/// TLS that trusts what this machine trusts, and the certificates in `file`.
pub(super) fn tls(file: Option<&Path>) -> Result<TlsConfig, Error> {
    // What of the machine's certificates cannot be read is not trusted; that shows when it is needed.
    let of_machine = rustls_native_certs::load_native_certs().certs;
    let mut trusted: Vec<Certificate<'static>> = of_machine
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    if let Some(file) = file {
        trusted.extend(read(file)?);
    }
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .root_certs(RootCerts::from(trusted))
        .build())
}

fn read(file: &Path) -> Result<Vec<Certificate<'static>>, Error> {
    let wrong = |source| Error::Certificates {
        path: file.to_owned(),
        source,
    };
    let pem = fs::read(file).map_err(|error| wrong(error.into()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| wrong(error.into()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(wrong("there is no certificate in it".into()));
    }
    Ok(certificates)
}
