//! What playbook repositories depend on, as their authors wrote it: `pyproject.toml`, of the standard kind or Poetry's, and
//! `requirements.txt`. The outcome are lines for pip.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::Deserialize;
use toml::{Table, Value};

use super::playbook_packages::is_ours;
use super::repository::Repository;

pub(super) mod imported;
mod poetry;

const PROJECT: &str = "pyproject.toml";
const REQUIREMENTS: &str = "requirements.txt";

/// No such file is longer than this, in bytes.
const LONGEST: u64 = 1024 * 1024;
/// How far requirements may refer to further files.
const DEEPEST: usize = 5;

/// What repositories depend on cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read the file")]
    File(#[from] io::Error),
    /// A file is no text of a usual length.
    #[error("`{0}` is longer than {LONGEST} bytes")]
    TooLong(PathBuf),
    /// `pyproject.toml` is not one.
    #[error("cannot make sense of `{file}`")]
    Project {
        /// The file.
        file: PathBuf,
        /// Why.
        source: toml::de::Error,
    },
    /// A dependency of Poetry's kind that has no equal.
    #[error("`{file}`: the dependency `{name}`: {reason}")]
    Dependency {
        /// The file.
        file: PathBuf,
        /// Its name.
        name: String,
        /// What is the matter.
        reason: String,
    },
}

/// What a repository says of its package.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Package {
    /// Its name, as it is imported.
    pub name: Option<String>,
    /// The folder it is in, from that of the repository.
    pub folder: Option<PathBuf>,
}

/// The files that say what these repositories depend on, be they there or not.
pub(super) fn files(repositories: &[Repository]) -> impl Iterator<Item = PathBuf> {
    let asking = repositories.iter().filter(|one| one.install);
    asking.flat_map(|one| [PROJECT, REQUIREMENTS].map(|name| one.folder.join(name)))
}

/// The lines for pip that these repositories ask for, without what Squall brings along.
pub(super) fn of(repositories: &[Repository]) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    for repository in repositories.iter().filter(|one| one.install) {
        let folder = std::path::absolute(&repository.folder)?;
        let file = folder.join(PROJECT);
        if let Some(text) = text(&file)? {
            lines.extend(project_lines(&file, &text)?);
        }
        add_requirements(&folder.join(REQUIREMENTS), DEEPEST, &mut lines)?;
    }
    lines.retain(|line| !is_ours(&name_of(line)));
    let mut seen = std::collections::HashSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    Ok(lines)
}

/// What a repository's `pyproject.toml` says of its package; nothing if there is none that can be read.
pub(super) fn package(folder: &Path) -> Package {
    let text = text(&folder.join(PROJECT)).ok().flatten();
    let project: Option<Project> = text.and_then(|text| toml::from_str(&text).ok());
    let Project { project, tool } = project.unwrap_or_default();
    let poetry = tool.poetry;
    let included = poetry.packages.into_iter().next().unwrap_or_default();
    let name = included.include.or(poetry.name).or(project.name);
    Package {
        // A package of the name `seed-playbooks` is imported as `seed_playbooks`.
        name: name.map(|name| name.replace('-', "_")),
        folder: included.from,
    }
}

/// The normal name of the package that a line for pip is about; empty if it is about none.
pub(super) fn name_of(line: &str) -> String {
    let line = line.split_once("#egg=").map_or(line, |(_, name)| name);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = line.find(|c| !is_part(c)).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if name.starts_with(['-', '.']) || rest.starts_with([':', '/', '+']) {
        return String::new();
    }
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Project {
    project: Standard,
    tool: Tool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Standard {
    name: Option<String>,
    dependencies: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tool {
    poetry: Poetry,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Poetry {
    name: Option<String>,
    packages: Vec<Included>,
    dependencies: Table,
}

#[derive(Debug, Default, Deserialize)]
struct Included {
    include: Option<String>,
    from: Option<PathBuf>,
}

fn project_lines(file: &Path, text: &str) -> Result<Vec<String>, Error> {
    let project: Project = toml::from_str(text).map_err(|source| Error::Project {
        file: file.to_owned(),
        source,
    })?;
    let mut lines = project.project.dependencies;
    let folder = file.parent().unwrap_or(file);
    for (name, told) in &project.tool.poetry.dependencies {
        let alternatives: &[Value] = match told {
            Value::Array(alternatives) => alternatives,
            one => std::slice::from_ref(one),
        };
        // Not a package, but for which Python all of this is.
        for told in alternatives.iter().filter(|_| name != "python") {
            let line = poetry::line(folder, name, told).map_err(|reason| Error::Dependency {
                file: file.to_owned(),
                name: name.clone(),
                reason,
            })?;
            lines.extend(line);
        }
    }
    Ok(lines)
}

/// Adds what a requirements file says, and the files that it refers to. Paths in it are from its folder.
fn add_requirements(file: &Path, deeper: usize, lines: &mut Vec<String>) -> Result<(), Error> {
    let Some(text) = text(file)? else {
        return Ok(());
    };
    let folder = file.parent().unwrap_or(file);
    for line in text.replace("\\\n", " ").lines() {
        let line = line.split_once(" #").map_or(line, |(line, _)| line).trim();
        // What is fixed by its hash is fixed by its version too; with one hash pip would want them for all lines.
        let line = line
            .split_once("--hash")
            .map_or(line, |(line, _)| line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (option, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
        let path = folder.join(rest.trim());
        match option {
            "-r" | "--requirement" if deeper > 0 => {
                add_requirements(&path, deeper.saturating_sub(1), lines)?;
            }
            "-c" | "--constraint" => lines.push(format!("-c {}", path.display())),
            // The repository itself is imported from where it is.
            "-e" | "--editable" if rest.trim() == "." => {}
            "-e" | "--editable" if path.exists() => lines.push(format!("-e {}", path.display())),
            "." => {}
            option if option.starts_with("./") || option.starts_with("../") => {
                lines.push(folder.join(line).display().to_string());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    Ok(())
}

/// A file's text; none if there is no such file.
fn text(file: &Path) -> Result<Option<String>, Error> {
    match fs::metadata(file) {
        Ok(found) if found.len() > LONGEST => Err(Error::TooLong(file.to_owned())),
        Ok(_) => Ok(Some(fs::read_to_string(file)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(files: &[(&str, &str)]) -> Result<Vec<String>, Error> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let repository = |install| Repository {
            name: "team".to_owned(),
            folder: folder.path().to_owned(),
            install,
        };
        assert_eq!(of(&[repository(false)]).unwrap(), Vec::<String>::new());
        let here = folder.path().display().to_string();
        let lines = of(&[repository(true)])?;
        Ok(lines
            .iter()
            .map(|line| line.replace(&here, "HERE"))
            .collect())
    }

    #[test]
    fn both_kinds_of_projects_are_read() {
        let poetry = "
[tool.poetry]
name = 'team-playbooks'
[tool.poetry.dependencies]
python = '^3.9'
robusta-cli = '^0.10'
pydantic = '^2.0'
humanize = '^4.2'
tools = [{version = '1.0', markers = 'a'}, {version = '2.0', markers = 'b'}]
docs = {version = '1', optional = true}
";
        let asked_by_poetry = asked(&[("pyproject.toml", poetry)]).unwrap();
        let expected = ["humanize>=4.2,<5.0.0", "tools==1.0 ; a", "tools==2.0 ; b"];
        assert_eq!(asked_by_poetry, expected);
        let standard = "
[project]
name = 'team'
dependencies = ['humanize>=4', 'hikaru_model-26', 'Robusta', 'kubernetes<27']
";
        let asked_by_standard = asked(&[("pyproject.toml", standard)]).unwrap();
        assert_eq!(asked_by_standard, ["humanize>=4", "kubernetes<27"]);
    }

    #[test]
    fn requirements_keep_their_options() {
        let requirements = "
# what we use
--index-url https://packages.example/simple
humanize==4.2 \\
    --hash=sha256:00
-r more.txt
-e .
./wheels/own.whl
git+https://git.example/team.git#egg=robusta-cli
pydantic>=2  # the newest
";
        let files = [
            ("requirements.txt", requirements),
            ("more.txt", "humanize==4.2\nsix\n-r more.txt"),
        ];
        let expected = [
            "--index-url https://packages.example/simple",
            "humanize==4.2",
            "six",
            "HERE/./wheels/own.whl",
        ];
        assert_eq!(asked(&files).unwrap()[..3], expected[..3]);
        assert_eq!(asked(&files).unwrap().last().unwrap(), expected[3]);
    }

    #[test]
    fn the_package_is_where_the_project_says() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(package(folder.path()), Package::default());
        let told =
            "[tool.poetry]\nname = 'a'\npackages = [{include = 'team-playbooks', from = 'src'}]";
        fs::write(folder.path().join(PROJECT), told).unwrap();
        let expected = Package {
            name: Some("team_playbooks".to_owned()),
            folder: Some("src".into()),
        };
        assert_eq!(package(folder.path()), expected);
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let text = |files: &[_]| {
            let error = asked(files).unwrap_err();
            let source = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", source.unwrap_or_default())
        };
        let broken = text(&[("pyproject.toml", "[project]\ndependencies = 5")]);
        assert!(broken.contains("invalid type: integer `5`"), "{broken}");
        let either = "[tool.poetry.dependencies]\nsix = '1 || 2'";
        let either = text(&[("pyproject.toml", either)]);
        assert!(either.contains("the dependency `six`: "), "{either}");
    }

    #[test]
    fn names_are_found_in_lines() {
        for (line, name) in [
            ("Robusta_CLI[all]>=1", "robusta-cli"),
            ("a @ https://x.example/y.whl", "a"),
            ("git+https://x.example/y.git#egg=Some.Thing", "some-thing"),
            ("git+https://x.example/y.git", ""),
            ("--no-index", ""),
            ("./here", ""),
            ("/there/x.whl", ""),
            ("a", "a"),
        ] {
            assert_eq!(name_of(line), name, "{line}");
        }
    }
}
