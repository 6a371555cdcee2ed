//! `squall dev`

use clap::Args;

use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::serving::{self, Error, StackstormPorts, plan};
use crate::settings;
use crate::settings::flags::Flags;

/// Start a server on this machine, to try things out
///
/// It keeps everything below one folder and listens on the loopback address only, so it asks nobody who they are. It
/// also opens the ports where StackStorm's own client looks: 9100 (auth), 9101 (api) and 9102 (stream).
///
/// When everything accepts, it prints one line: `ready http://ADDRESS`. It stops in order when it is interrupted, and
/// at once when it is interrupted again.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    #[command(flatten)]
    flags: Flags<true>,
}

impl Dev {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let mut chosen = settings::choose(&self.flags, console)?;
        let log = serving::start_logging(&chosen, console)?;
        let address = chosen.listen;
        if !address.ip().is_loopback() {
            return Err(Error::NotThisMachine { address }.into());
        }
        // Whoever takes any port runs several of these, and only one could have the usual ports.
        if address.port() == 0 && !chosen.is_said("stackstorm.ports") {
            chosen.stackstorm_ports = StackstormPorts::Off;
        }
        serving::serve(plan::of(chosen, true, &console.environment)?, &log, console)
    }
}
