//! What the machine offers to stories that need more than Squall, and how a story says that it had to be skipped.

use std::fs::File;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// A program on the search path.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// The stock client: where `cargo xtask test` says it is, or has put it before.
pub(crate) fn stock_client() -> Option<PathBuf> {
    let told = std::env::var_os("SQUALL_ST2").map(PathBuf::from);
    let usual = || {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        scratch.parent().unwrap().join("stories/venv/bin/st2")
    };
    Some(told.unwrap_or_else(usual)).filter(|program| program.is_file())
}

/// The ports of an installation: Squall's own, and those of StackStorm's auth, API and stream services.
const USUAL_PORTS: [u16; 4] = [8700, 9100, 9101, 9102];

/// Holds the usual ports for one story, while others that need them wait. `Err` says which is taken by a stranger.
pub(crate) fn usual_ports() -> Result<File, String> {
    let lock = Path::new(env!("CARGO_TARGET_TMPDIR")).join("usual-ports.lock");
    let lock = File::from(fs_err::File::create(lock).unwrap());
    lock.lock().unwrap();
    let is_taken = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_err();
    match USUAL_PORTS.into_iter().find(is_taken) {
        None => Ok(lock),
        Some(port) => Err(format!("another program listens on port {port}")),
    }
}

/// How many processes have this text in their arguments.
pub(crate) fn processes(marker: &str) -> usize {
    fs_err::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs_err::read(entry.ok()?.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(marker))
        .count()
}

/// Says that a story was not played. `cargo xtask test` lists it at its end; nobody takes it for a success.
pub(crate) fn skipped(story: &str, why: &str) {
    println!("skipped: {story}: {why}");
    let Some(list) = std::env::var_os("SQUALL_SKIPPED") else {
        return;
    };
    let mut list = fs_err::File::options()
        .append(true)
        .create(true)
        .open(PathBuf::from(list))
        .unwrap();
    list.write_all(format!("{story}: {why}\n").as_bytes())
        .unwrap();
}
