//! `squall serve`

use clap::Args;
use tracing::warn;

use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::serving::{self, Error, plan};
use crate::settings::flags::Flags;
use crate::settings::{self, Chosen};

/// Start a server for good: with sign-in, and TLS
///
/// People sign in with the names and passwords of an htpasswd file (bcrypt), programs with tokens and API keys. The
/// certificate is read again whenever its files change. `squall settings` tells of all settings, of which these flags
/// are a few.
///
/// When everything accepts, it prints one line: `ready https://ADDRESS`. It stops in order on SIGTERM and SIGINT, and
/// at once on the second of them.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: Flags<false>,
}

impl Serve {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let chosen = settings::choose(&self.flags, console)?;
        let log = serving::start_logging(&chosen, console)?;
        refuse_strangers(&chosen)?;
        serving::serve(
            plan::of(chosen, false, &console.environment)?,
            &log,
            console,
        )
    }
}

fn refuse_strangers(chosen: &Chosen) -> Result<(), Error> {
    let address = chosen.listen;
    if address.ip().is_loopback() {
        return Ok(());
    }
    if chosen.open && !chosen.insecure {
        return Err(Error::NobodyAsked { address });
    }
    if chosen.certificate.is_none() {
        warn!(%address, "no TLS: passwords and tokens cross the network in clear");
    }
    Ok(())
}
