//! What this process uses of the machine, under the names that every program gives it.

use std::path::Path;

use fs_err as fs;
use squall_model::Timestamp;

use super::text::Text;

/// Linux counts the processor time it shows in hundredths of a second, whatever it counts inside.
const TICKS_PER_SECOND: f64 = 100.0;

/// The files of the store.
const STORE_FILES: [&str; 3] = ["squall.db", "squall.db-wal", "squall.db-shm"];

/// How much the store takes on disk, in bytes.
pub(super) fn size_of(data: &Path) -> u64 {
    let size = |name| fs::metadata(data.join(name)).map_or(0, |file| file.len());
    STORE_FILES.into_iter().map(size).sum()
}

/// Writes what the kernel tells; what it does not tell is left out.
pub(super) fn write(started_at: Timestamp, text: &mut Text) {
    let seconds = started_at.seconds_since(Timestamp::from_micros(0));
    let name = "process_start_time_seconds";
    text.gauge(
        name,
        "When the server started, in seconds since 1970.",
        seconds,
    );
    if let Some(bytes) = resident_bytes() {
        let name = "process_resident_memory_bytes";
        text.gauge(name, "Memory in use.", bytes);
    }
    if let Some(seconds) = processor_seconds() {
        let name = "process_cpu_seconds_total";
        text.counter(name, "Processor time used.", seconds);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        text.gauge(
            "process_open_fds",
            "Open files and connections.",
            open.count(),
        );
    }
    if let Some(most) = most_open_files() {
        text.gauge("process_max_fds", "How many may be open.", most);
    }
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

fn processor_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in brackets and may hold anything; the times are the 12th and 13th after it.
    let (_, after) = stat.rsplit_once(") ")?;
    let mut fields = after.split(' ').skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

fn most_open_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
