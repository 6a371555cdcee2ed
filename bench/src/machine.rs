//! What the figures were measured on, and what else it was doing.

use std::path::Path;

use fs_err as fs;

/// Processor, cores, kernel, and the file system that the records are written to.
pub(crate) fn line(folder: &Path) -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unnamed processor", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = rustix::system::uname();
    format!(
        "{cores} cores of {processor}; Linux {}; records on {}; {}",
        kernel.release().to_string_lossy(),
        file_system(folder),
        load()
    )
}

/// How many processes wanted to run in the last minute: far above what the figures themselves need, they tell little.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    format!("load {load}")
}

/// The kind of file system that a folder is on: the mount with the longest path that holds it.
fn file_system(folder: &Path) -> String {
    drop(fs::create_dir_all(folder));
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            let place = fields.next()?;
            let kind = fields.next()?;
            folder.starts_with(place).then_some((place.len(), kind))
        })
        .max_by_key(|(length, _)| *length)
        .map_or_else(
            || "an unknown file system".to_owned(),
            |(_, kind)| kind.to_owned(),
        )
}
