//! The binary `squall`: what is asked on the command line is done, and the exit code says how it went.
//!
//! Reading order: [`arguments`] and [`commands`] are what can be asked; [`failure`] is how it can end.

mod arguments;
mod batch;
mod built_in;
mod client;
mod commands;
mod console;
mod decide;
mod environment;
mod failure;
mod follow;
mod input;
mod logs;
mod parameters;
mod remote;
mod serving;
mod settings;
mod show;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::Arguments;
use console::Console;
use environment::Environment;

fn main() -> ExitCode {
    // 1. What the surroundings say.
    let environment = Environment::read();
    // 2. What is asked. A command line that is not right, and `--help`, end here.
    let arguments = Arguments::parse();
    // 3. Where the answer goes.
    let mut console = Console::of_process(environment);
    // 4. It is done.
    let ended = arguments.command.run(&mut console);
    // 5. How it went.
    failure::tell(ended, &mut console)
}
