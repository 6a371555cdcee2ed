//! A page of the manual, taken apart.

use std::path::Path;

/// What a page has to say to who plays it.
#[derive(Debug)]
pub(super) struct Page {
    name: String,
    text: String,
    steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A file to write.
    File { path: String, text: String },
    /// A command to type.
    Command {
        line: String,
        shows: Vec<String>,
        fails: bool,
    },
}

impl Page {
    pub(super) fn read(file: &Path) -> Self {
        let text = fs_err::read_to_string(file).unwrap();
        Self {
            name: file.file_name().unwrap().to_string_lossy().into_owned(),
            steps: steps(&text),
            text,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(super) fn has_commands(&self) -> bool {
        let is_command = |step: &Step| matches!(step, Step::Command { .. });
        self.steps.iter().any(is_command)
    }

    /// Links to other files of the repository, without the place in them.
    pub(super) fn links(&self) -> impl Iterator<Item = &str> {
        let after = self.text.split("](").skip(1);
        after
            .filter_map(|rest| rest.split([')', '#']).next())
            .filter(|link| link.ends_with(".md") && !link.contains("://"))
    }
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut file = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(rest) = line.strip_prefix("<!-- file: ") {
            file = rest.strip_suffix(" -->").map(str::to_owned);
        } else if let Some(kind) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            match (file.take(), kind) {
                (Some(path), _) => steps.push(Step::File {
                    path,
                    text: block.join("\n") + "\n",
                }),
                (None, "console") => steps.extend(commands(&block, false)),
                (None, "console fails") => steps.extend(commands(&block, true)),
                (None, _) => {}
            }
        }
    }
    steps
}

fn commands(block: &[&str], fails: bool) -> Vec<Step> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in block {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(line), _) => commands.push((line.to_owned(), Vec::new())),
            (None, Some((_, shows))) => shows.push((*line).to_owned()),
            (None, None) => panic!("`{line}` stands before any command"),
        }
    }
    let step = |(line, shows)| Step::Command { line, shows, fails };
    commands.into_iter().map(step).collect()
}

#[test]
fn files_and_commands_are_found() {
    let text = "Text.\n\n<!-- file: a/b.yaml -->\n```yaml\nname: b\n```\n\n```console\n$ one\nshown\n$ two\n```\n\n```json\n{}\n```\n```console fails\n$ three\n```\n";
    let command = |line: &str, shows: &[&str], fails| Step::Command {
        line: line.to_owned(),
        shows: shows.iter().map(|&line| line.to_owned()).collect(),
        fails,
    };
    let expected = [
        Step::File {
            path: "a/b.yaml".to_owned(),
            text: "name: b\n".to_owned(),
        },
        command("one", &["shown"], false),
        command("two", &[], false),
        command("three", &[], true),
    ];
    assert_eq!(steps(text), expected);
}
