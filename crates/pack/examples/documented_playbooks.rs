//! Reads every example of playbooks in a folder of Robusta's documentation (`.rst`) and tells which of them would not load:
//! `cargo run -p squall-pack --example documented_playbooks -- FOLDER`.

#![expect(clippy::print_stdout, reason = "it is a report for whoever runs it")]

use std::path::{Path, PathBuf};

use squall_model::problem::Severity;
use squall_pack::read_playbook_text;

/// What tells an example of playbooks from others.
const KEYS: [&str; 4] = [
    "customPlaybooks",
    "namedCustomPlaybooks",
    "builtinPlaybooks",
    "active_playbooks",
];

/// A piece of YAML in a page.
struct Example {
    page: PathBuf,
    line: usize,
    text: String,
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| PathBuf::from("."));
    let (mut examples, mut refused) = (0, 0);
    for page in pages(&folder)? {
        let text = fs_err::read_to_string(&page)?;
        for example in found(&page, &text) {
            if !KEYS
                .iter()
                .any(|key| example.text.contains(&format!("{key}:")))
            {
                continue;
            }
            examples += 1;
            let name = example.page.display();
            let read = read_playbook_text(&example.text, &example.page, &|_| Some("x".to_owned()));
            let problems = read.problems.iter();
            let errors: Vec<_> = problems
                .filter(|problem| problem.severity == Severity::Error)
                .collect();
            if errors.is_empty() {
                continue;
            }
            refused += 1;
            println!("{name}, the example at line {}:", example.line);
            for error in errors {
                println!("    {error}");
            }
        }
    }
    println!("{examples} examples of playbooks, {refused} do not load");
    Ok(())
}

/// All pages below a folder.
fn pages(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs_err::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rst") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The blocks of YAML in a page, without their indentation.
fn found(page: &Path, text: &str) -> Vec<Example> {
    let lines: Vec<&str> = text.lines().collect();
    let mut examples = Vec::new();
    let indent = |line: &str| line.len() - line.trim_start().len();
    for (number, line) in lines.iter().enumerate() {
        let words = line.trim();
        if words != ".. code-block:: yaml" && words != ".. code-block:: yml" {
            continue;
        }
        let outer = indent(line);
        let body = lines.iter().skip(number + 1);
        let body = body.take_while(|line| line.trim().is_empty() || indent(line) > outer);
        // Options of the block stand before the first empty line.
        let body = body.skip_while(|line| line.trim().is_empty() || line.trim().starts_with(':'));
        let body: Vec<&str> = body.copied().collect();
        let first = body.iter().find(|line| !line.trim().is_empty());
        let inner = first.map_or(0, |line| indent(line));
        let text = body
            .iter()
            .map(|line| format!("{}\n", line.get(inner..).unwrap_or("")));
        examples.push(Example {
            page: page.to_owned(),
            line: number + 1,
            text: text.collect(),
        });
    }
    examples
}
