//! The rules of the house that no compiler keeps.

mod files;
mod imports;
mod licences;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// The repository's root.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap()
}

/// Every file that is or would be committed, relative to the root.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .args(["--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success(), "{listed:?}");
    String::from_utf8(listed.stdout)
        .unwrap()
        .split_terminator('\0')
        .map(PathBuf::from)
        .filter(|file| root().join(file).is_file())
        .collect()
}

/// The text of a file in the repository; nothing if it is not text.
fn text(file: &Path) -> Option<String> {
    let bytes = fs_err::read(root().join(file)).unwrap();
    String::from_utf8(bytes).ok()
}

/// What `cargo metadata` says about our packages and everything below them on this platform.
fn metadata() -> &'static Value {
    static METADATA: OnceLock<Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let ask = |more: &[&str]| {
            Command::new(env!("CARGO"))
                .args(["metadata", "--format-version", "1", "--locked"])
                .args(["--filter-platform", env!("SQUALL_TESTS_PLATFORM")])
                .args(more)
                .current_dir(root())
                .output()
                .unwrap()
        };
        let mut told = ask(&["--offline"]);
        if !told.status.success() {
            // Only where not all of the workspace has been built before.
            told = ask(&[]);
        }
        let complaint = String::from_utf8_lossy(&told.stderr);
        assert!(told.status.success(), "{complaint}");
        serde_json::from_slice(&told.stdout).unwrap()
    })
}

/// Fails with every fault at once.
fn assert_none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn string<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}
