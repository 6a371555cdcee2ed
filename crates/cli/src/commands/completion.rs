//! `squall completion SHELL`

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::console::Console;
use crate::failure::{Ending, Failure};

/// Print what a shell needs to complete Squall's commands
///
/// For bash: `source <(squall completion bash)`, best in ~/.bashrc.
#[derive(Debug, Args)]
pub(crate) struct Completion {
    /// The shell
    shell: Shell,
}

impl Completion {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "squall", &mut script);
        console.write(&String::from_utf8_lossy(&script))?;
        Ok(Ending::Well)
    }
}
