//! `squall guard`: not for people. A server starts it, and it ends what the server had started if the server dies.

use std::process::ExitCode;

use crate::failure::Ending;

pub(super) fn run() -> Ending {
    if squall_runners::guard::main() == ExitCode::SUCCESS {
        Ending::Well
    } else {
        Ending::Badly
    }
}
