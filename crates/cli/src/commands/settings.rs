//! `squall settings`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::settings::{self, print};
use crate::show;

/// Print a settings file for a server, with every setting and its default
///
/// `squall serve` reads /etc/squall/squall.toml if it is there, or the file that --config or SQUALL_CONFIG names. Every
/// setting is also a variable: `server.listen` is SQUALL_SERVER_LISTEN. A flag wins over a variable, that over the file,
/// and the file over the default.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a settings file, without a server: every problem is told, with its line and a hint
    ///
    /// Ends with 1 if there is any.
    Check {
        /// The file
        file: PathBuf,
    },
}

impl Settings {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self.command {
            None => {
                console.write(&print::file())?;
                Ok(Ending::Well)
            }
            Some(Command::Check { file }) => {
                let problems = settings::check(&file)?;
                for problem in &problems {
                    show::problem(console, problem)?;
                }
                Ok(if problems.is_empty() {
                    console.note("no problems");
                    Ending::Well
                } else {
                    Ending::Badly
                })
            }
        }
    }
}
