//! What files are called, how they begin, how long they are and what never stands in them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{assert_none, files, text};

/// Lines a file may have without its tests.
const LONGEST: usize = 600;

/// Files that may be longer, each with its reason. Aim: none.
const LONGER: &[(&str, &str)] = &[];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &[
    "base", "common", "core", "data", "helper", "helpers", "imp", "info", "manager", "misc", "mod",
    "types", "util", "utils",
];

#[test]
fn every_rust_file_says_what_it_is_for() {
    let faults: Vec<String> = rust_files()
        .into_iter()
        .filter(|file| !text(file).unwrap().starts_with("//! "))
        .map(|file| file.display().to_string())
        .collect();
    assert_none(&faults, "a file begins with `//!` and what it is for");
}

#[test]
fn names_say_something() {
    let is_empty_name = |part: &OsStr| {
        let stem = Path::new(part).file_stem().unwrap_or(part);
        EMPTY_NAMES.iter().any(|name| stem == *name)
    };
    let faults: Vec<String> = rust_files()
        .into_iter()
        .filter(|file| file.iter().any(is_empty_name))
        .map(|file| file.display().to_string())
        .collect();
    assert_none(&faults, "these names could stand over anything");
}

#[test]
fn files_can_be_read_in_one_sitting() {
    let mut faults = Vec::new();
    for file in rust_files().into_iter().filter(|file| !is_test(file)) {
        let lines = text(&file).unwrap();
        let lines = lines
            .lines()
            .take_while(|line| *line != "#[cfg(test)]")
            .count();
        let excused = LONGER.iter().any(|(name, _)| file == Path::new(name));
        match (lines > LONGEST, excused) {
            (true, false) => faults.push(format!("{}: {lines} lines", file.display())),
            (false, true) => faults.push(format!("{}: needs no excuse any more", file.display())),
            _ => {}
        }
    }
    assert_none(
        &faults,
        &format!("files stay below {LONGEST} lines without their tests"),
    );
}

#[test]
fn nothing_is_left_for_later_in_the_text() {
    // Put together here, so that this file does not find itself.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("X", "XX"),
    ];
    let faults = find(|line| marks.iter().any(|mark| has_word(line, mark)));
    assert_none(&faults, "what is left to do belongs into an issue");
}

#[test]
fn no_file_knows_one_developers_machine() {
    let places = [
        concat!("/wo", "rk/"),
        concat!("/tm", "p/wt"),
        concat!("/tm", "p/target"),
        concat!("/ro", "ot/"),
    ];
    let faults = find(|line| places.iter().any(|place| line.contains(place)));
    assert_none(&faults, "these paths exist on one machine only");
}

#[test]
fn the_changelog_has_room_for_what_comes_next() {
    let changelog = text(Path::new("CHANGELOG.md")).unwrap();
    assert!(changelog.contains("\n## [Unreleased]\n"));
}

#[test]
fn the_readme_names_the_front_door() {
    let readme = text(Path::new("README.md")).unwrap();
    for command in ["cargo xtask demo", "cargo xtask test"] {
        assert!(readme.contains(command), "{command}");
    }
    assert!(
        text(Path::new(".ci/run"))
            .unwrap()
            .contains("cargo xtask test")
    );
}

fn rust_files() -> Vec<PathBuf> {
    let mut found = files();
    found.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    assert!(
        found.len() > 20,
        "the search for files is broken: {found:?}"
    );
    found
}

fn is_test(file: &Path) -> bool {
    file.iter()
        .any(|part| part == "tests" || part == "tests.rs")
}

/// Lines of our own text files that are at fault. Recorded data is not our text.
fn find(at_fault: impl Fn(&str) -> bool) -> Vec<String> {
    let ours = files()
        .into_iter()
        .filter(|file| !file.starts_with("conformance/recorded"));
    let mut found = Vec::new();
    for file in ours {
        for (number, line) in text(&file).unwrap_or_default().lines().enumerate() {
            if at_fault(line) {
                found.push(format!(
                    "{}:{}: {}",
                    file.display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    found
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part)
    })
}
