//! What a process and everything it has started cost, as the kernel counts it.

use std::time::Duration;

use fs_err as fs;

use crate::failure::{Failure, Result};

/// One line of `/proc/<pid>/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: u32,
    /// Processor time in ticks: its own, and that of children which have ended.
    ticks: u64,
}

/// Processor time of a process, of all it has started, and of those among them that have ended.
pub(crate) fn cpu_of_tree(root: u32) -> Result<Duration> {
    let all = stats()?;
    let ticks: u64 = tree(root, &all).iter().map(|(_, stat)| stat.ticks).sum();
    Ok(Duration::from_millis(
        ticks.saturating_mul(1_000) / rustix::param::clock_ticks_per_second(),
    ))
}

/// Resident memory of one process, in megabytes.
pub(crate) fn resident(pid: u32) -> Result<f64> {
    kilobytes(
        &fs::read_to_string(format!("/proc/{pid}/status"))?,
        "VmRSS:",
    )
}

/// Bytes that a process has written so far: to files, and next to nothing besides if it talks little.
pub(crate) fn written(pid: u32) -> Result<u64> {
    let counts = fs::read_to_string(format!("/proc/{pid}/io"))?;
    let written = counts.lines().find_map(|line| line.strip_prefix("wchar: "));
    let written = written.and_then(|bytes| bytes.trim().parse().ok());
    written.ok_or(Failure::Unreadable("what a process has written"))
}

/// Memory of a process and of all it has started, in megabytes; pages that several share are counted once.
pub(crate) fn proportional_of_tree(root: u32) -> Result<f64> {
    let all = stats()?;
    tree(root, &all)
        .iter()
        .map(|(pid, _)| {
            let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
            kilobytes(&rollup, "Pss:")
        })
        .sum()
}

fn kilobytes(text: &str, name: &str) -> Result<f64> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.split_whitespace().next())
        .and_then(|number| number.parse::<f64>().ok())
        .map(|kilobytes| kilobytes / 1_000.0 * 1.024)
        .ok_or(Failure::Unreadable("a process's memory"))
}

/// A process with all that stand below it.
fn tree(root: u32, all: &[(u32, Stat)]) -> Vec<(u32, Stat)> {
    let mut found: Vec<(u32, Stat)> = all
        .iter()
        .filter(|(pid, _)| *pid == root)
        .copied()
        .collect();
    let mut next = 0;
    while let Some((parent, _)) = found.get(next).copied() {
        found.extend(all.iter().filter(|(_, stat)| stat.parent == parent));
        next += 1;
    }
    found
}

fn stats() -> Result<Vec<(u32, Stat)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process that ended meanwhile has no line any more.
        let line = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        found.extend(Stat::read(&line).map(|stat| (pid, stat)));
    }
    Ok(found)
}

impl Stat {
    /// The name in parentheses may hold anything, so fields are counted from the last parenthesis.
    fn read(line: &str) -> Option<Self> {
        let (_, fields) = line.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
        Some(Self {
            parent: u32::try_from(number(1)?).ok()?,
            ticks: number(11)? + number(12)? + number(13)? + number(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernel() {
        let line = "42 (a) b) S 7 42 42 0 -1 4194560 100 200 0 0 1 2 30 40 20 0 1 0 100 1000";
        let stat = Stat {
            parent: 7,
            ticks: 73,
        };
        assert_eq!(Stat::read(line), Some(stat));
        assert_eq!(Stat::read("nothing"), None);
    }

    #[test]
    fn a_tree_holds_what_stands_below_and_nothing_else() {
        let stat = |parent| Stat { parent, ticks: 1 };
        let all = [
            (1, stat(0)),
            (2, stat(1)),
            (3, stat(2)),
            (4, stat(2)),
            (5, stat(1)),
        ];
        let found: Vec<u32> = tree(2, &all).iter().map(|(pid, _)| *pid).collect();
        assert_eq!(found, [2, 3, 4]);
    }

    #[test]
    fn this_process_has_written() {
        let before = written(std::process::id()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), vec![0; 100_000]).unwrap();
        let after = written(std::process::id()).unwrap();
        assert!(after >= before + 100_000, "{before} {after}");
    }

    #[test]
    fn this_process_has_memory() {
        assert!(resident(std::process::id()).unwrap() > 0.1);
        assert!(proportional_of_tree(std::process::id()).unwrap() > 0.1);
    }
}
