//! `squall finding`

mod render;

use clap::Subcommand;

use crate::console::Console;
use crate::failure::{Ending, Failure};

pub(crate) use render::NotRendered;

/// Look at what findings become
#[derive(Debug, Subcommand)]
pub(crate) enum Finding {
    Render(render::Render),
}

impl Finding {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::Render(render) => render.run(console),
        }
    }
}
