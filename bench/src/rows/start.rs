//! From starting the process to the line that says it is ready, with 100 actions to read.

use super::{Bench, Row};
use crate::failure::Result;
use crate::figure::{Aim, Figure};
use crate::packs;

pub(super) const ROW: Row = Row {
    name: "start",
    about: "start to ready with 100 actions",
    measure,
};

/// How many actions the pack has.
const ACTIONS: usize = 100;

/// Starts are short, so more of them are measured than of other rows.
const STARTS: usize = 2;

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for _ in 0..bench.scale.runs * STARTS {
        let folder = bench.program.folder()?;
        let pack = [packs::with_actions(
            folder.path(),
            "many",
            "python-script",
            ACTIONS,
        )?];
        for starts in [&mut first, &mut again] {
            let server = bench.program.start(folder.path(), &pack)?;
            starts.push(server.ready_after.as_secs_f64());
        }
    }
    Ok(vec![
        Figure::of(ROW.about, "s", again)?
            .aiming(Aim::AtMost(0.3))
            .beside("data folder of an earlier run"),
        Figure::of("the same, the very first start", "s", first)?
            .aiming(Aim::AtMost(0.3))
            .beside("empty data folder"),
    ])
}
