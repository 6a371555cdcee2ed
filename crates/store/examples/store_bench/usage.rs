//! What the process uses, by Linux' own account.

/// CPU seconds so far: of the whole process, and of the writer's thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) process: f64,
    pub(crate) writer: f64,
}

/// The use so far.
pub(crate) fn usage() -> Usage {
    let tasks = fs_err::read_dir("/proc/self/task").unwrap();
    let writer = tasks
        .filter_map(|task| fs_err::read_to_string(task.ok()?.path().join("stat")).ok())
        .find(|stat| stat.contains("(store-write)"));
    Usage {
        process: seconds(&fs_err::read_to_string("/proc/self/stat").unwrap()),
        writer: writer.as_deref().map_or(0.0, seconds),
    }
}

/// Memory in use, in MB.
pub(crate) fn resident_mb() -> f64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<f64>().ok())
        .unwrap_or_default()
        / 1024.0
}

/// User and system time in a `stat` line; the kernel counts in hundredths.
fn seconds(stat: &str) -> f64 {
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields = after_name.split_whitespace().skip(11).take(2);
    fields
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}
