//! `squall dev`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::logs::LogFormat;
use crate::serving::{self, Error, Plan, StackstormPorts, crypto_key, folders};

/// Start a server on this machine, to try things out
///
/// It keeps everything below one folder and listens on the loopback address only, so it asks nobody who they are. It
/// also opens the ports where StackStorm's own client looks: 9100 (auth), 9101 (api) and 9102 (stream).
///
/// When everything accepts, it prints one line: `ready http://ADDRESS`. It stops in order when it is interrupted, and
/// at once when it is interrupted again.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Where everything is kept; made if it is not there
    #[arg(long, value_name = "DIR", default_value = "./.squall")]
    data: PathBuf,
    /// Where to listen; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8700")]
    listen: SocketAddr,
    /// A pack, or a folder of packs; may be given more than once, and the first of two packs of one name counts
    #[arg(long, value_name = "DIR")]
    packs: Vec<PathBuf>,
    /// The folder with PACK.yaml for the configuration of each pack [default: configs in the data folder]
    #[arg(long, value_name = "DIR")]
    configs: Option<PathBuf>,
    /// Where StackStorm's own services listen [default: default, or off with port 0]
    #[arg(long, value_name = "WHERE")]
    stackstorm_ports: Option<StackstormPorts>,
    /// How to write the log, which goes to standard error
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log: LogFormat,
}

impl Dev {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        serving::start_logging(self.log, console)?;
        if !self.listen.ip().is_loopback() {
            return Err(Error::NotThisMachine {
                address: self.listen,
            }
            .into());
        }
        serving::serve(self.plan(console)?, console)
    }

    fn plan(self, console: &Console) -> Result<Plan, Error> {
        let data = folders::data(&self.data)?;
        let mut server = squall_server::Settings::for_development(data.clone());
        server.packs = folders::packs(&data, &self.packs)?;
        server.configs = self.configs.or(server.configs);
        server.crypto_key = Some(crypto_key::of_data(&data)?);
        server.guard = serving::guard();
        let usual = if self.listen.port() == 0 {
            StackstormPorts::Off
        } else {
            StackstormPorts::Default
        };
        Ok(Plan {
            wire: squall_api::Settings::for_development(&server.system_user),
            server,
            listen: self.listen,
            stackstorm_ports: self.stackstorm_ports.unwrap_or(usual),
            certificate: None,
            public_url: None,
            environment: console.environment.for_actions(),
        })
    }
}
