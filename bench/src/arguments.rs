//! What the command line asks for.

use std::path::PathBuf;
use std::time::Duration;

use crate::rows::{self, Row, Scale};
use crate::server::Program;

/// What is to be measured, and how.
pub(crate) struct Arguments {
    pub(crate) program: Program,
    pub(crate) task: Task,
    pub(crate) rows: Vec<&'static Row>,
    pub(crate) scale: Scale,
    /// Whether the figures mean enough to be held against the aims.
    pub(crate) judged: bool,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Measure rows.
    Rows,
    /// Hold the costs of an event against this file.
    Check(PathBuf),
    /// Write them to this file.
    Record(PathBuf),
}

impl Arguments {
    /// Reads the words after the program's name.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut words = words;
        let (mut squall, mut folder, mut runs) = (None, None, None);
        let (mut rows, mut smoke, mut minutes) = (Vec::new(), false, None);
        let mut task = Task::Rows;
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| format!("`{word}` needs a value"))
            };
            match word.as_str() {
                "--smoke" => smoke = true,
                "--row" => rows.push(row(&value()?)?),
                "--minutes" => minutes = Some(count(&value()?)?),
                "--check" => task = Task::Check(value()?.into()),
                "--record" => task = Task::Record(value()?.into()),
                "--runs" => runs = Some(count(&value()?)?),
                "--squall" => squall = Some(PathBuf::from(value()?)),
                "--folder" => folder = Some(PathBuf::from(value()?)),
                other => return Err(format!("`{other}` is not understood here")),
            }
        }
        let mut scale = if smoke { Scale::smoke() } else { Scale::full() };
        scale.runs = runs.unwrap_or(scale.runs);
        if let Some(minutes) = minutes.and_then(|minutes| u64::try_from(minutes).ok()) {
            scale.flat_for = Duration::from_secs(minutes * 60);
        }
        if rows.is_empty() {
            rows = rows::ALL.iter().collect();
        }
        let program = Program {
            squall: squall.ok_or("--squall names the program to measure")?,
            folder: folder.ok_or("--folder names the folder for its data")?,
        };
        Ok(Self {
            program,
            task,
            rows,
            scale,
            judged: !smoke,
        })
    }
}

/// What may be asked for.
pub(crate) fn help() -> String {
    let rows: Vec<String> = rows::ALL
        .iter()
        .map(|row| format!("  {:<14}{}", row.name, row.about))
        .collect();
    format!(
        "squall-bench --squall PROGRAM --folder DIR [--smoke] [--runs N] [--minutes N] [--row NAME]...\n\
         squall-bench --squall PROGRAM --folder DIR --check FILE | --record FILE\n\n{}",
        rows.join("\n")
    )
}

fn row(name: &str) -> Result<&'static Row, String> {
    let found = rows::ALL.iter().find(|row| row.name == name);
    found.ok_or_else(|| format!("there is no row `{name}`"))
}

fn count(text: &str) -> Result<usize, String> {
    let count = text
        .parse()
        .ok()
        .filter(|count| (1..=1_000).contains(count));
    count.ok_or_else(|| format!("`{text}` is not a number between 1 and 1000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Arguments, String> {
        let given = ["--squall", "squall", "--folder", "data"].iter();
        Arguments::read(given.chain(words).map(|word| (*word).to_owned()))
    }

    #[test]
    fn everything_is_measured_unless_rows_are_named() {
        assert_eq!(read(&[]).unwrap().rows.len(), rows::ALL.len());
        let named = read(&["--row", "noop", "--row", "start", "--smoke"]).unwrap();
        let names: Vec<&str> = named.rows.iter().map(|row| row.name).collect();
        assert_eq!(names, ["noop", "start"]);
        assert!(!named.judged);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for words in [
            ["--row", "fast"],
            ["--runs", "0"],
            ["--row", "--smoke"],
            ["--fast", "1"],
        ] {
            assert!(read(&words).is_err(), "{words:?}");
        }
        assert!(read(&["--row"]).is_err());
    }
}
