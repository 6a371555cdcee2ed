//! The same rules behind a webhook: what many rules add to the whole way of an event.

use std::path::{Path, PathBuf};

use fs_err as fs;

use super::finished::{self, Hook};
use super::{Bench, Row};
use crate::failure::Result;
use crate::figure::{Figure, median};
use crate::packs;
use crate::spread::percentile_millis;

pub(super) const ROW: Row = Row {
    name: "rules",
    about: "webhook to finished `noop` with many rules of one trigger, p50 idle",
    measure,
};

const HOOK: Hook = Hook {
    url: "bench-many",
    action: "core.noop",
};

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let counts = bench.scale.rules.into_iter();
    counts.map(|count| figure(bench, count)).collect()
}

fn figure(bench: &Bench, count: usize) -> Result<Figure> {
    let folder = bench.program.folder()?;
    let pack = pack(folder.path(), count)?;
    let server = bench.program.start(folder.path(), &[pack])?;
    let runs = bench
        .runtime
        .block_on(finished::runs(bench, &server, HOOK))?;
    let recorded = runs
        .iter()
        .filter_map(|run| percentile_millis(&run.recorded, 50));
    let name = format!("webhook to finished `noop` with {count} rules of its trigger, p50 idle");
    let beside = format!(
        "{} MB; ready after {} s",
        median([server.resident()?]),
        median([server.ready_after.as_secs_f64()])
    );
    Ok(Figure::of(name, "ms", recorded.collect())?.beside(beside))
}

/// A pack whose rules listen to one webhook, of which the first wants the alert that is sent.
fn pack(folder: &Path, count: usize) -> Result<PathBuf> {
    let pack = packs::create(folder, "many")?;
    let rules = pack.join("rules");
    fs::create_dir_all(&rules)?;
    for number in 0..count {
        let wanted = match number {
            0 => "PodMemoryHigh".to_owned(),
            _ => format!("PodMemory{number:05}High"),
        };
        let (operator, wanted) = match number % 2 {
            0 => ("eq", wanted),
            _ => ("startswith", wanted.trim_end_matches("High").to_owned()),
        };
        let rule = format!(
            "---\nname: rule_{number}\npack: many\ndescription: One of many.\nenabled: true\n\
             trigger:\n  type: core.st2.webhook\n  parameters:\n    url: {}\n\
             criteria:\n  trigger.body.alerts[0].labels.alertname:\n    type: {operator}\n    pattern: {wanted}\n\
             action:\n  ref: core.noop\n",
            HOOK.url
        );
        fs::write(rules.join(format!("rule_{number}.yaml")), rule)?;
    }
    Ok(pack)
}
