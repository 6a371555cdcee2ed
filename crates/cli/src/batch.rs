//! Files with one JSON object a line: each is answered with one line.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use fs_err as fs;
use squall_model::{Json, Object};

use crate::console::Console;
use crate::failure::{Ending, Failure};

/// Why a batch is not answered as it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file cannot be read.
    #[error("cannot read the batch `{}`", file.display())]
    Read {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Some lines are no JSON objects with an `id`.
    #[error("{count} lines of `{}` are no JSON objects with an `id`; the first is line {first}", file.display())]
    Lines {
        file: PathBuf,
        count: usize,
        first: usize,
    },
}

/// Answers every line of a file (`-` is standard input) with what `answer` makes of it, after its `id`.
pub(crate) fn answer(
    file: &Path,
    console: &mut Console,
    answer: impl Fn(&Object) -> Object,
) -> Result<Ending, Failure> {
    let wrong = |source| Error::Read {
        file: file.to_owned(),
        source,
    };
    let input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(fs::File::open(file).map_err(wrong)?))
    };
    let mut bad = Vec::new();
    for (position, line) in input.lines().enumerate() {
        let line = line.map_err(wrong)?;
        if line.trim().is_empty() {
            continue;
        }
        let read: Option<Object> = serde_json::from_str(&line).ok();
        let Some((id, read)) = read.and_then(|read| Some((read.get("id")?.clone(), read))) else {
            bad.push(position.saturating_add(1));
            continue;
        };
        let mut answered = Object::from_iter([("id".to_owned(), id)]);
        answered.extend(answer(&read));
        console.line(Json::Object(answered))?;
    }
    match bad.first() {
        None => Ok(Ending::Well),
        Some(first) => Err(Error::Lines {
            file: file.to_owned(),
            count: bad.len(),
            first: *first,
        }
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::console::paper::written;

    #[test]
    fn every_line_is_answered_and_bad_lines_are_told_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("batch.jsonl");
        fs::write(
            &file,
            "{\"id\": \"a\", \"n\": 1}\n\nnonsense\n{\"n\": 2}\n{\"id\": 2, \"n\": 3}\n",
        )
        .unwrap();
        let echo = |line: &Object| Object::from_iter([("n".to_owned(), line["n"].clone())]);
        let mut ended = None;
        let said = written(|console| {
            ended = Some(answer(&file, console, echo));
            Ok::<_, ()>(())
        });
        let lines: Vec<Json> = said
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(
            lines,
            [json!({"id": "a", "n": 1}), json!({"id": 2, "n": 3})]
        );
        let Some(Err(Failure::Batch(Error::Lines { count, first, .. }))) = ended else {
            panic!("{ended:?}")
        };
        assert_eq!((count, first), (2, 3));
    }
}
