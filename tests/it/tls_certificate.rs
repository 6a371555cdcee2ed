//! A certificate is replaced while the server runs: new connections are shown the new one, those that are open go on, and
//! a half-replaced pair changes nothing.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::server::Settings;
use crate::wait;

type Made = CertifiedKey<KeyPair>;

/// An open connection.
struct Connection(BufReader<StreamOwned<ClientConnection, TcpStream>>);

impl Connection {
    /// Connects as somebody who trusts this certificate and no other.
    fn new(address: SocketAddr, trusted: &Made) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let session = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut connection = Self(BufReader::new(StreamOwned::new(session, stream)));
        connection.ask()?;
        Ok(connection)
    }

    /// Asks whether the server is ready; the connection stays open.
    fn ask(&mut self) -> Result<(), String> {
        let ask = "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let told = |error: std::io::Error| error.to_string();
        self.0.get_mut().write_all(ask.as_bytes()).map_err(told)?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = self.0.read_line(&mut head).map_err(told)?;
            assert!(read > 0, "the server hung up after: {head}");
        }
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse().unwrap())
        });
        let mut body = vec![0; length.unwrap()];
        self.0.read_exact(&mut body).map_err(told)
    }
}

/// A file is written beside the one it replaces and moved there, as everybody does.
fn replace(file: &Path, text: &str) {
    let new = file.with_extension("new");
    fs_err::write(&new, text).unwrap();
    fs_err::rename(new, file).unwrap();
}

fn made() -> Made {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

#[test]
fn a_new_certificate_needs_no_restart() {
    let (first, second) = (made(), made());
    let settings = Settings::dev();
    let certificate = settings.folder().join("tls.crt");
    let key = settings.folder().join("tls.key");
    replace(&certificate, &first.cert.pem());
    replace(&key, &first.signing_key.serialize_pem());
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let squall = settings
        .variable("SQUALL_TLS_CERTIFICATE_FILE", &text(&certificate))
        .variable("SQUALL_TLS_KEY_FILE", &text(&key))
        .start();
    let address = squall.address();
    let mut open = Connection::new(address, &first).unwrap();
    let refused = |trusted: &Made| Connection::new(address, trusted).err().unwrap();
    assert!(
        refused(&second).contains("certificate"),
        "{}",
        refused(&second)
    );

    // The key has yet to come.
    replace(&certificate, &second.cert.pem());
    Connection::new(address, &first).unwrap();
    wait::until("the log to tell of it", || {
        let log = squall.log();
        let is_told = log.contains("the changed certificate cannot be used");
        is_told.then_some(()).ok_or(log)
    });

    replace(&key, &second.signing_key.serialize_pem());
    Connection::new(address, &second).unwrap();
    assert!(
        refused(&first).contains("certificate"),
        "{}",
        refused(&first)
    );
    open.ask().unwrap();

    // Nonsense changes nothing either.
    replace(&certificate, "no certificate\n");
    Connection::new(address, &second).unwrap();
    fs_err::remove_file(&key).unwrap();
    Connection::new(address, &second).unwrap();
    open.ask().unwrap();
}
