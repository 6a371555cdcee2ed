//! What playbooks import although their repository does not say so: Robusta's image has it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::super::repository::{Located, Repository};
use super::{LONGEST, name_of};

/// How many modules of a repository are looked at, and how deep.
const MOST_MODULES: usize = 2_000;
const DEEPEST_PACKAGE: usize = 16;

/// Modules by the name they are imported by, with the line for pip that brings them, in the versions of Robusta's image.
const IN_THE_IMAGE: &[(&str, &str)] = &[
    ("attr", "attrs>=23.1,<24"),
    ("bitmath", "bitmath>=1.3.3"),
    ("boto3", "boto3>=1.42.19,<2"),
    ("botocore", "botocore>=1.42.19,<2"),
    ("cachetools", "cachetools"),
    ("croniter", "croniter>=1.3.15,<2"),
    ("cryptography", "cryptography"),
    ("dpath", "dpath>=2.0.5,<3"),
    ("flask", "flask>=3.1.3,<4"),
    ("grafana_api", "grafana-api>=1.0.3,<2"),
    ("httpx", "httpx==0.27.2"),
    ("humanize", "humanize>=3.13.1,<4"),
    ("jinja2", "jinja2>=3.1.5"),
    ("markdown2", "markdown2==2.4.13"),
    ("numpy", "numpy"),
    ("opsgenie_sdk", "opsgenie-sdk>=2.1.5,<3"),
    ("pandas", "pandas"),
    ("prometheus_api_client", "prometheus-api-client>=0.5.4,<0.6"),
    ("prometheus_client", "prometheus-client>=0.12,<0.13"),
    ("prometrix", "prometrix>=0.2.11,<0.3"),
    ("pydash", "pydash==8.0.0"),
    ("pymsteams", "pymsteams>=0.1.16,<0.2"),
    ("pytz", "pytz>=2021.3"),
    ("regex", "regex"),
    ("slack_sdk", "slack-sdk>=3.23,<4"),
    ("toml", "toml>=0.10.2,<0.11"),
];

/// What these repositories import of it without asking for it (`asked`), as names of modules and lines for pip.
pub(in super::super) fn beside(
    repositories: &[Repository],
    asked: &[String],
) -> Vec<(&'static str, &'static str)> {
    let mut imported = BTreeSet::new();
    for repository in repositories.iter().filter(|one| one.install) {
        let located = Located::of(repository);
        for module in modules(&located) {
            imported.extend(imports(&module).filter(|name| !is_own(&located, name)));
        }
    }
    let is_asked = |line: &str| asked.iter().any(|one| name_of(one) == name_of(line));
    let wanted = IN_THE_IMAGE.iter().copied();
    wanted
        .filter(|(module, line)| imported.contains(*module) && !is_asked(line))
        .collect()
}

/// The files that are imported of a repository: its package, or else its loose modules.
fn modules(located: &Located) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let inner = located.folder.join(&located.name);
    let folder = if is_package(&inner) {
        inner
    } else {
        located.folder.clone()
    };
    add_modules(&folder, DEEPEST_PACKAGE, &mut found);
    found
}

fn add_modules(folder: &Path, deeper: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if found.len() >= MOST_MODULES {
            return;
        }
        if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        } else if deeper > 0 && is_package(&path) && is_package(folder) {
            add_modules(&path, deeper.saturating_sub(1), found);
        }
    }
}

fn is_package(folder: &Path) -> bool {
    folder.join("__init__.py").is_file()
}

/// Whether a repository has a module of that name itself.
fn is_own(located: &Located, name: &str) -> bool {
    let at = located.folder.join(name);
    at.is_dir() || at.with_extension("py").is_file()
}

/// The first parts of the names that a file imports. What cannot be read imports nothing: importing it will tell.
fn imports(file: &Path) -> impl Iterator<Item = String> {
    let is_short = fs::metadata(file).is_ok_and(|found| found.len() <= LONGEST);
    let text = is_short.then(|| fs::read_to_string(file).ok()).flatten();
    let text = text.unwrap_or_default();
    let names: Vec<String> = text.lines().flat_map(imported_by).collect();
    names.into_iter()
}

fn imported_by(line: &str) -> Vec<String> {
    let line = line.trim_start();
    let first_part = |name: &str| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let name = name.trim_start();
        let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
        name.split_at(end).0.to_owned()
    };
    if let Some(names) = line.strip_prefix("import ") {
        return names.split(',').map(first_part).collect();
    }
    line.strip_prefix("from ")
        .map(first_part)
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_imported_and_not_asked_for_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("team/__init__.py", "");
        write("team/a.py", "import os, bitmath as b\nimport pytz\n");
        write("team/inner/__init__.py", "");
        write(
            "team/inner/b.py",
            "if True:\n    from humanize.time import x\nfrom .numpy import y\n",
        );
        write("team/data/c.py", "import regex\n");
        write("tests/test_a.py", "import pandas\n");
        write("toml.py", "");
        write("team/d.py", "import toml\n# import dpath\n");
        let team = |install| Repository {
            name: "team".to_owned(),
            folder: folder.path().to_owned(),
            install,
        };
        let asked = ["humanize>=4".to_owned()];
        let wanted: Vec<_> = beside(&[team(true)], &asked)
            .into_iter()
            .map(|(module, _)| module)
            .collect();
        assert_eq!(wanted, ["bitmath", "pytz"]);
        assert_eq!(beside(&[team(false)], &[]), []);
    }

    #[test]
    fn loose_modules_are_looked_at_and_folders_beside_them_are_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.py"), "from croniter import croniter").unwrap();
        fs::create_dir(folder.path().join("tests")).unwrap();
        fs::write(folder.path().join("tests/__init__.py"), "import numpy").unwrap();
        let team = Repository {
            name: "team".to_owned(),
            folder: folder.path().to_owned(),
            install: true,
        };
        assert_eq!(beside(&[team], &[]), [("croniter", "croniter>=1.3.15,<2")]);
    }
}
