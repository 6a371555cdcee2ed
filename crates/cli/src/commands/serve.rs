//! `squall serve`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use squall_api::SignIn;
use tracing::warn;

use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::logs::LogFormat;
use crate::serving::{self, Error, Plan, StackstormPorts, crypto_key, folders};

/// Start a server for good: with sign-in, and TLS
///
/// People sign in with the names and passwords of an htpasswd file (bcrypt), programs with tokens and API keys. The
/// certificate is read again whenever its files change.
///
/// When everything accepts, it prints one line: `ready https://ADDRESS`. It stops in order on SIGTERM and SIGINT, and
/// at once on the second of them.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where everything is kept
    #[arg(long, value_name = "DIR", default_value = "/var/lib/squall")]
    data: PathBuf,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8700")]
    listen: SocketAddr,
    /// A pack, or a folder of packs; may be given more than once, and the first of two packs of one name counts
    #[arg(long, value_name = "DIR")]
    packs: Vec<PathBuf>,
    /// The folder with PACK.yaml for the configuration of each pack [default: configs in the data folder]
    #[arg(long, value_name = "DIR")]
    configs: Option<PathBuf>,
    /// The file of names and passwords; needed unless --no-auth is given
    #[arg(long, value_name = "FILE", required_unless_present = "no_auth")]
    htpasswd: Option<PathBuf>,
    /// Ask nobody who they are; refused where others could connect
    #[arg(long, conflicts_with = "htpasswd")]
    no_auth: bool,
    /// Allow --no-auth wherever it listens: whoever can connect can run commands on this machine
    #[arg(long, requires = "no_auth")]
    insecure: bool,
    /// The certificate and those above it (PEM); with --tls-key the server talks TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Serve below this path, too, such as /st2api for https://HOST/st2api/v1/webhooks/...
    #[arg(long, value_name = "PATH", default_value = "")]
    base_path: String,
    /// The address by which others, and actions, reach this server [default: the one it listens at]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// The key file of the datastore's secrets [default: SQUALL_CRYPTO_KEY, or crypto.json in the data folder]
    #[arg(long, value_name = "FILE")]
    crypto_key: Option<PathBuf>,
    /// The user that rules run actions as
    #[arg(long, value_name = "USER", default_value = "stanley")]
    system_user: String,
    /// How many actions run at a time
    #[arg(long, value_name = "NUMBER", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..))]
    concurrent_actions: u16,
    /// Where StackStorm's own services listen
    #[arg(long, value_name = "WHERE", default_value = "off")]
    stackstorm_ports: StackstormPorts,
    /// How to write the log, which goes to standard error
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log: LogFormat,
}

impl Serve {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        serving::start_logging(self.log, console)?;
        let others_can_connect = !self.listen.ip().is_loopback();
        if self.no_auth && others_can_connect && !self.insecure {
            return Err(Error::NobodyAsked {
                address: self.listen,
            }
            .into());
        }
        if self.tls_cert.is_none() && others_can_connect {
            warn!(address = %self.listen, "no TLS: passwords and tokens cross the network in clear");
        }
        serving::serve(self.plan(console)?, console)
    }

    fn plan(self, console: &Console) -> Result<Plan, Error> {
        let data = folders::data(&self.data)?;
        let given = self.crypto_key.or_else(|| {
            console
                .environment
                .text("SQUALL_CRYPTO_KEY")
                .map(PathBuf::from)
        });
        let kept = Some(data.join(crypto_key::NAME)).filter(|file| file.exists());
        let mut server = squall_server::Settings::for_development(data.clone());
        server.packs = folders::packs(&data, &self.packs)?;
        server.configs = self.configs.or(server.configs);
        server.crypto_key = given.or(kept);
        server.guard = serving::guard();
        server.node = serving::node();
        server.system_user = self.system_user;
        server.concurrent_actions = usize::from(self.concurrent_actions);
        let sign_in = match self.htpasswd {
            Some(file) => SignIn::Passwords { file },
            None => SignIn::Open {
                user: server.system_user.clone(),
            },
        };
        let development = squall_api::Settings::for_development(&server.system_user);
        let wire = squall_api::Settings {
            sign_in,
            base_path: self.base_path,
            hosts: Vec::new(),
            ..development
        };
        Ok(Plan {
            server,
            wire,
            listen: self.listen,
            stackstorm_ports: self.stackstorm_ports,
            certificate: self.tls_cert.zip(self.tls_key),
            public_url: self.public_url,
            environment: console.environment.for_actions(),
        })
    }
}
