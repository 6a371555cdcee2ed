//! `pack.yaml`: what a pack says of itself.

use std::path::Path;
use std::rc::Rc;

use squall_model::Id;
use squall_model::pack::Pack;

use crate::document;
use crate::fields::{Fields, expected};
use crate::folder;
use crate::report::{Fault, Report};

/// The file's name.
pub(crate) const FILE: &str = "pack.yaml";

const KEYS: &[&str] = &[
    "name",
    "ref",
    "description",
    "keywords",
    "version",
    "stackstorm_version",
    "python_versions",
    "author",
    "email",
    "contributors",
    "files",
    "path",
    "dependencies",
    "system",
    "id",
    "uid",
];

/// The name under which overrides of all packs are kept.
const RESERVED: &str = "_global";

/// The pack in `root`, if it can be told what it is called: faults in other fields leave those fields out.
pub(crate) fn read(root: &Path, report: &mut Report) -> Option<Pack> {
    let document = document::read(root, &root.join(FILE), report);
    let fields = document
        .as_deref()
        .and_then(|node| Fields::of(node, "", report));
    let folder = root
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let reference = reference(fields.as_ref(), folder, report)?;
    let mut pack = Pack {
        id: Id::of(&format!("pack:{reference}")),
        name: reference.clone(),
        reference,
        description: String::new(),
        keywords: Vec::new(),
        version: "0.0.0".to_owned(),
        stackstorm_version: None,
        python_versions: Vec::new(),
        author: String::new(),
        email: None,
        contributors: Vec::new(),
        dependencies: Vec::new(),
        system: squall_model::Object::new(),
        files: folder::all_files(root),
        path: root.to_owned(),
    };
    if let Some(fields) = &fields {
        fill(&mut pack, fields, report);
    }
    Some(pack)
}

fn fill(pack: &mut Pack, fields: &Fields<'_>, report: &mut Report) {
    fields.warn_unknown(KEYS, report);
    if let Some(name) = fields.needed_text("name", report) {
        pack.name = name;
    }
    pack.description = needed_or_empty("description", fields, report);
    pack.author = needed_or_empty("author", fields, report);
    if let Some(version) = version(fields, report) {
        pack.version = version;
    }
    pack.keywords = fields.texts("keywords", report);
    pack.stackstorm_version = stackstorm_version(fields, report);
    pack.python_versions = python_versions(fields, report);
    pack.email = fields.text("email", report);
    pack.contributors = fields.texts("contributors", report);
    pack.dependencies = fields.texts("dependencies", report);
    pack.system = fields.object("system", report);
}

/// These must be there, but may say nothing.
fn needed_or_empty(name: &str, fields: &Fields<'_>, report: &mut Report) -> String {
    fields.needed(name, report);
    fields.text(name, report).unwrap_or_default()
}

/// The pack's short name: what `ref` says, else the folder's name, else `name`.
fn reference(fields: Option<&Fields<'_>>, folder: &str, report: &mut Report) -> Option<String> {
    let stated = fields.and_then(|fields| fields.get("ref"));
    let named = fields.and_then(|fields| fields.get("name"));
    let found = match (stated, named) {
        (Some(node), _) => node.as_text().map(ToOwned::to_owned),
        (None, _) if is_reference(folder) => Some(folder.to_owned()),
        (None, Some(node)) => node.as_text().map(ToOwned::to_owned),
        (None, None) => None,
    };
    let at = stated.or(named).map(Rc::as_ref);
    let key = if stated.is_some() { "ref" } else { "name" };
    match found {
        Some(found) if found == RESERVED => {
            report.error(at, key, format!("`{RESERVED}` is reserved"));
            None
        }
        Some(found) if is_reference(&found) => Some(found),
        Some(found) => {
            let hint = "only a-z, 0-9 and _ may stand in it; `ref` gives a short name".to_owned();
            let fault = Fault::with_hint(format!("`{found}` is not a pack's name"), hint);
            report.error(at, key, fault);
            Some(folder.to_owned()).filter(|folder| is_reference(folder))
        }
        None => {
            let hint = "write `ref: <name>` in pack.yaml".to_owned();
            report.error(at, "ref", Fault::with_hint("the pack has no name", hint));
            None
        }
    }
}

fn is_reference(text: &str) -> bool {
    let is_allowed = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '_');
    !text.is_empty() && text.chars().all(is_allowed)
}

/// A version as text; `0.2` becomes `0.2.0`.
fn version(fields: &Fields<'_>, report: &mut Report) -> Option<String> {
    let node = fields.needed("version", report)?;
    let json = node.to_json();
    let stated = match node.as_text() {
        Some(text) => text.to_owned(),
        None if json.is_number() => {
            let fault = Fault::with_hint(
                format!("is read as the number {json}"),
                "quote versions".to_owned(),
            );
            report.warning(Some(node), "version", fault);
            json.to_string()
        }
        None => {
            report.error(Some(node), "version", expected("text", node));
            return None;
        }
    };
    let version = normalised(&stated);
    if !is_version(&version) {
        let hint = "write major.minor.patch, such as 1.0.0".to_owned();
        report.error(
            Some(node),
            "version",
            Fault::with_hint(format!("`{stated}` is not a version"), hint),
        );
        return None;
    }
    if version != stated && json.is_string() {
        report.warning(
            Some(node),
            "version",
            format!("`{stated}` is taken for `{version}`"),
        );
    }
    Some(version)
}

fn normalised(version: &str) -> String {
    if version.matches('.').count() == 1 {
        format!("{version}.0")
    } else {
        version.to_owned()
    }
}

/// Semantic versions, whose labels StackStorm wants in small letters.
fn is_version(text: &str) -> bool {
    let (text, build) = text
        .split_once('+')
        .map_or((text, None), |(text, build)| (text, Some(build)));
    let (numbers, label) = text
        .split_once('-')
        .map_or((text, None), |(text, label)| (text, Some(label)));
    let is_number = |part: &str| is_digits(part) && (part == "0" || !part.starts_with('0'));
    let are_words = |label: &str| {
        let is_allowed = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
        label
            .split('.')
            .all(|word| !word.is_empty() && word.chars().all(is_allowed))
    };
    numbers.split('.').count() == 3
        && numbers.split('.').all(is_number)
        && label.is_none_or(are_words)
        && build.is_none_or(are_words)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn stackstorm_version(fields: &Fields<'_>, report: &mut Report) -> Option<String> {
    let stated = fields.text("stackstorm_version", report)?;
    if are_bounds(&stated) {
        return Some(stated);
    }
    let at = fields.get("stackstorm_version").map(Rc::as_ref);
    let fault = Fault::with_hint(
        format!("`{stated}` is not a range of versions"),
        "write it like \">=3.0.0, <4.0.0\"".to_owned(),
    );
    report.error(at, "stackstorm_version", fault);
    None
}

/// One or more versions, each after a comparison, with or without commas between.
fn are_bounds(text: &str) -> bool {
    let mut rest = text.trim_end();
    while !rest.is_empty() {
        let Some(bound) = [">>", ">=", ">", "=", "<=", "<<", "<"]
            .iter()
            .find_map(|sign| rest.strip_prefix(sign))
        else {
            return false;
        };
        let bound = bound.trim_start();
        let end = bound
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(bound.len());
        let (version, after) = bound.split_at_checked(end).unwrap_or_default();
        if version.split('.').count() != 3 || !version.split('.').all(is_digits) {
            return false;
        }
        let after = after.trim_start();
        rest = after.strip_prefix(',').unwrap_or(after).trim_start();
    }
    !text.trim().is_empty()
}

fn python_versions(fields: &Fields<'_>, report: &mut Report) -> Vec<String> {
    let stated = fields.texts("python_versions", report);
    let at = fields.get("python_versions").map(Rc::as_ref);
    if stated
        .iter()
        .any(|version| version != "2" && version != "3")
    {
        report.error(at, "python_versions", "only \"2\" and \"3\" are known");
    }
    if !stated.is_empty() && stated.iter().all(|version| version == "2") {
        report.warning(
            at,
            "python_versions",
            "Python 2 is not supported: actions run with Python 3",
        );
    }
    stated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_ranges() {
        for good in ["1.0.0", "0.10.3", "1.0.0-alpha.1", "1.0.0+build-5"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["1.0", "01.0.0", "1.0.0-Beta", "1.0.0-", "v1.0.0", ""] {
            assert!(!is_version(bad), "{bad}");
        }
        for good in [">=3.0.0", ">=1.8.0, <2.2.0", "> 3.0.0 <4.0.0", "=3.8.1,"] {
            assert!(are_bounds(good), "{good}");
        }
        for bad in ["3.0.0", ">=3.0", "~3.0.0", "", ">=3.0.0 x"] {
            assert!(!are_bounds(bad), "{bad}");
        }
    }
}
