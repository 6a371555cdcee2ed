//! What playbooks import without saying so, because Robusta brings it along.

use super::dependencies::name_of;

/// What they import, in versions that Robusta asks for.
const PACKAGES: &[&str] = &[
    "pydantic==1.10.27",
    "kubernetes==26.1.0",
    "pyyaml>=6,<7",
    "requests>=2.31,<3",
    "tabulate>=0.8.10,<0.10",
    "pygal>=3,<4",
];

/// A program that succeeds where all of them are there, in versions that do. Version 2 of pydantic brings version 1 along.
pub(super) const ARE_THERE: &str = "
import importlib.util, re, sys
from importlib.metadata import version
def is_there(name, *least):
    return [int(number) for number in re.findall('[0-9]+', version(name))] >= list(least)
first = is_there('pydantic', 1, 10) and not is_there('pydantic', 2)
first = first or importlib.util.find_spec('pydantic.v1') is not None
others = (('kubernetes', 26), ('pyyaml', 5), ('requests', 2, 20), ('tabulate', 0, 8, 10), ('pygal', 2, 4))
sys.exit(not (first and all(is_there(*one) for one in others)))
";

/// A program that succeeds where these modules are there.
pub(super) fn have(modules: &[&str]) -> String {
    format!(
        "import importlib.util, sys\nsys.exit(not all(map(importlib.util.find_spec, {modules:?})))"
    )
}

/// Squall's own, in the place of which nothing may come, and pydantic, of which playbooks need this version.
const OURS: &[&str] = &[
    "robusta",
    "robusta-api",
    "robusta-cli",
    "robusta-runner",
    "hikaru",
    "hikaru-core",
    "hikaru-codegen",
    "pydantic",
    "pydantic-core",
];

/// The lines for a virtualenv of playbooks that ask for more: their versions come in place of the usual ones.
pub(super) fn with(asked: &[String]) -> Vec<String> {
    let is_asked = |package: &str| asked.iter().any(|line| name_of(line) == name_of(package));
    let usual = PACKAGES.iter().filter(|package| !is_asked(package));
    let mut lines: Vec<String> = usual.map(|package| (*package).to_owned()).collect();
    lines.extend_from_slice(asked);
    lines
}

/// Whether a package, by its normal name, comes from Squall whatever a repository asks for.
pub(super) fn is_ours(name: &str) -> bool {
    OURS.contains(&name) || name.starts_with("hikaru-model")
}
