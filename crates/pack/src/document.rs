//! One YAML file of a pack: read within bounds, parsed, and searched for what is wrong in any file.

use std::io::Read as _;
use std::path::Path;
use std::rc::Rc;

use fs_err::File;
use squall_expression::yaml::{self, Document, Kind, Node};

use crate::report::{Fault, Report};

/// Larger files are refused: metadata is written by people.
const MAX_BYTES: u64 = 5 * 1024 * 1024;

/// Larger mappings are refused: some checks look at every pair of entries.
const MAX_ENTRIES: usize = 10_000;

/// The document in `file`, which must not lead out of `root`; what is wrong goes to the report.
///
/// `root` is canonical.
pub(crate) fn read(root: &Path, file: &Path, report: &mut Report) -> Option<Rc<Node>> {
    let text = match text(root, file) {
        Ok(text) => text,
        Err(fault) => {
            report.error(None, "", fault);
            return None;
        }
    };
    parse(&text, report)
}

/// The document in `file`, wherever links lead: a user named it.
pub(crate) fn read_named(file: &Path, report: &mut Report) -> Option<Rc<Node>> {
    let real = match fs_err::canonicalize(file) {
        Ok(real) => real,
        Err(error) => {
            report.error(None, "", unreadable(error));
            return None;
        }
    };
    read(&real, &real, report)
}

/// The document in a text.
pub(crate) fn parse(text: &str, report: &mut Report) -> Option<Rc<Node>> {
    match yaml::parse(text) {
        Ok(document) => {
            warn_of_traps(&document, report);
            Some(document.root).filter(|_| !report.has_errors())
        }
        Err(error) => {
            let place = Node {
                line: error.line,
                column: error.column,
                kind: Kind::List(Vec::new()),
            };
            report.error(Some(&place), "", error.message);
            None
        }
    }
}

fn text(root: &Path, file: &Path) -> Result<String, Fault> {
    let real = fs_err::canonicalize(file).map_err(unreadable)?;
    if !real.starts_with(root) {
        return Err("the link leads out of the pack".into());
    }
    let about = fs_err::metadata(&real).map_err(unreadable)?;
    if about.is_dir() {
        return Err("is a folder, but must be a file".into());
    }
    if !about.is_file() {
        return Err("is not a regular file".into());
    }
    let mut bytes = Vec::new();
    File::open(&real)
        .map_err(unreadable)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("is larger than {} MiB", MAX_BYTES / 1024 / 1024).into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error
            .as_bytes()
            .iter()
            .take(error.utf8_error().valid_up_to());
        let line = good.filter(|byte| **byte == b'\n').count() + 1;
        Fault::with_hint(
            format!("line {line} is not UTF-8 text"),
            "save it as UTF-8".to_owned(),
        )
    })
}

/// The kind of the error is enough: its text would name the file again.
#[expect(clippy::needless_pass_by_value, reason = "fits `map_err`")]
pub(crate) fn unreadable(error: std::io::Error) -> Fault {
    match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".into(),
        kind => format!("cannot be read: {kind}").into(),
    }
}

fn warn_of_traps(document: &Document, report: &mut Report) {
    for key in &document.repeated {
        let name = key.as_text().unwrap_or_default();
        report.warning(Some(key), name, "is given again: only the last one counts");
    }
    let mut open = vec![Rc::clone(&document.root)];
    let mut seen = std::collections::HashSet::new();
    while let Some(node) = open.pop() {
        if !seen.insert(Rc::as_ptr(&node)) {
            continue;
        }
        if node.pairs().len() > MAX_ENTRIES {
            let why = format!("has more than {MAX_ENTRIES} entries in one mapping");
            report.error(Some(&node), "", why);
            return;
        }
        for pair in node.pairs() {
            if pair.key.as_text().is_none() {
                let fault = Fault::with_hint(
                    format!("is a key, but YAML reads it as {}", pair.key.about()),
                    "quote it to have the text".to_owned(),
                );
                report.warning(Some(&pair.key), &pair.name(), fault);
            }
            open.push(Rc::clone(&pair.value));
        }
        open.extend(node.items().iter().cloned());
    }
}
