//! What may stand on the command line.

use clap::Parser;

use crate::commands::Command;

/// Squall turns events into recorded, safe actions
///
/// Something happens; a rule decides; an action runs; history remembers. `squall dev` starts a server on this machine;
/// most other commands ask a running server, which they find at --url, SQUALL_URL or http://127.0.0.1:8700.
#[derive(Debug, Parser)]
#[command(
    name = "squall",
    version,
    propagate_version = false,
    max_term_width = 100,
    disable_help_subcommand = true
)]
#[command(after_long_help = AFTERWORD, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTERWORD: &str = "\
Environment:
  SQUALL_URL                      The server to ask
  SQUALL_TOKEN, SQUALL_API_KEY    Who asks (ST2_AUTH_TOKEN and ST2_API_KEY are understood, too)
  SQUALL_CACERT                   Certificates to trust besides those of this machine
  SQUALL_CONFIG                   The settings file, for `serve` and `dev`
  SQUALL_SERVER_LISTEN, ...       Settings of a server: `squall settings` tells of them all
  NO_COLOR                        No colours, even on a terminal

Exit codes:
  0   It is done; the rule matches; the action succeeded
  1   It is not: the action failed, the rule does not match, there is no such thing
  2   The command line, or a file it names, is not right
  3   The server cannot be reached, or has no room
  4   The server refuses: it does not know who asks, or they may not
  70  A fault of Squall";

#[cfg(test)]
mod tests;
