//! Poetry's way to write a dependency, and what pip calls the same.

use std::path::Path;

use toml::{Table, Value};

/// The line for pip; none for what is only wanted with an extra. The error says what has no equal.
pub(super) fn line(folder: &Path, name: &str, told: &Value) -> Result<Option<String>, String> {
    let table = match told {
        Value::String(version) => return Ok(Some(format!("{name}{}", versions(version)?))),
        Value::Table(table) => table,
        _ => return Err("it is neither a version nor a table".to_owned()),
    };
    if table.get("optional").and_then(Value::as_bool) == Some(true) {
        return Ok(None);
    }
    let text = |key: &str| table.get(key).and_then(Value::as_str);
    let extras = table.get("extras").and_then(Value::as_array);
    let extras: Vec<&str> = extras
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut line = name.to_owned();
    if !extras.is_empty() {
        line = format!("{line}[{}]", extras.join(","));
    }
    if let Some(version) = text("version") {
        line.push_str(&versions(version)?);
    }
    if let Some(place) = place(folder, table) {
        line.push_str(" @ ");
        line.push_str(&place);
    }
    let mut markers: Vec<String> = text("markers").map(str::to_owned).into_iter().collect();
    markers.extend(text("platform").map(|platform| format!("sys_platform == \"{platform}\"")));
    if let Some(python) = text("python") {
        markers.extend(
            bounds(python)?
                .iter()
                .map(|(operator, version)| format!("python_version {operator} \"{version}\"")),
        );
    }
    if !markers.is_empty() {
        line.push_str(" ; ");
        line.push_str(&markers.join(" and "));
    }
    Ok(Some(line))
}

/// Where it comes from, if not from an index.
fn place(folder: &Path, table: &Table) -> Option<String> {
    let text = |key: &str| table.get(key).and_then(Value::as_str);
    if let Some(path) = text("path") {
        return Some(format!("file://{}", folder.join(path).display()));
    }
    if let Some(url) = text("url") {
        return Some(url.to_owned());
    }
    let mut place = format!("git+{}", text("git")?);
    if let Some(revision) = text("rev").or(text("tag")).or(text("branch")) {
        place = format!("{place}@{revision}");
    }
    if let Some(folder) = text("subdirectory") {
        place = format!("{place}#subdirectory={folder}");
    }
    Some(place)
}

fn versions(told: &str) -> Result<String, String> {
    let bounds = bounds(told)?.into_iter();
    let bounds = bounds.map(|(operator, version)| format!("{operator}{version}"));
    Ok(bounds.collect::<Vec<_>>().join(","))
}

/// Operators of pip's, the longer ones first.
const OPERATORS: &[&str] = &["===", "==", ">=", "<=", "!=", "~=", ">", "<", "^", "~", "="];

/// A constraint as operators and versions that must all hold.
fn bounds(told: &str) -> Result<Vec<(&'static str, String)>, String> {
    if told.contains('|') {
        return Err(format!("pip knows no `||` as in `{told}`"));
    }
    let mut bounds = Vec::new();
    let mut operator = None;
    for word in told.split([',', ' ']).filter(|word| !word.is_empty()) {
        let found = OPERATORS
            .iter()
            .find(|operator| word.starts_with(**operator));
        let version = found.map_or(word, |operator| word.strip_prefix(operator).unwrap_or(word));
        operator = found.copied().or(operator);
        if version.is_empty() {
            continue;
        }
        match operator.take() {
            None if version == "*" => {}
            None | Some("=") => bounds.push(("==", version.to_owned())),
            Some("^") => bounds.extend(between(version, caret(&numbers(version)?))),
            Some("~") => bounds.extend(between(version, tilde(&numbers(version)?))),
            Some(operator) => bounds.push((operator, version.to_owned())),
        }
    }
    Ok(bounds)
}

fn between(version: &str, below: String) -> [(&'static str, String); 2] {
    [(">=", version.to_owned()), ("<", below)]
}

fn numbers(version: &str) -> Result<Vec<u64>, String> {
    let leading = |part: &str| {
        let digits = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        part.get(..digits).and_then(|digits| digits.parse().ok())
    };
    let numbers: Option<Vec<u64>> = version.split('.').take(3).map(leading).collect();
    numbers.ok_or_else(|| format!("`{version}` is no version"))
}

/// The next version that may break: the first number that is not zero goes up.
fn caret(numbers: &[u64]) -> String {
    let first = numbers.iter().position(|number| *number > 0);
    raised(numbers, first.unwrap_or(numbers.len().saturating_sub(1)))
}

/// The next version of which more than the last number differs.
fn tilde(numbers: &[u64]) -> String {
    raised(numbers, usize::from(numbers.len() > 1))
}

fn raised(numbers: &[u64], place: usize) -> String {
    let raised = (0..3).map(|at| match (numbers.get(at), at.cmp(&place)) {
        (Some(number), std::cmp::Ordering::Less) => number.to_string(),
        (Some(number), std::cmp::Ordering::Equal) => number.saturating_add(1).to_string(),
        _ => "0".to_owned(),
    });
    raised.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_mean_the_same_to_pip() {
        for (poetry, pip) in [
            ("*", ""),
            ("1.2.3", "==1.2.3"),
            ("1.2.*", "==1.2.*"),
            ("= 1.2", "==1.2"),
            ("^1.2.3", ">=1.2.3,<2.0.0"),
            ("^0.2.3", ">=0.2.3,<0.3.0"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^0.0", ">=0.0,<0.1.0"),
            ("^0", ">=0,<1.0.0"),
            ("^2.0b1", ">=2.0b1,<3.0.0"),
            ("~1.2.3", ">=1.2.3,<1.3.0"),
            ("~1.2", ">=1.2,<1.3.0"),
            ("~1", ">=1,<2.0.0"),
            ("~=1.4.2", "~=1.4.2"),
            (">= 1.2, <2", ">=1.2,<2"),
            (">=1.2 <2,!=1.5", ">=1.2,<2,!=1.5"),
        ] {
            assert_eq!(versions(poetry).unwrap(), pip, "{poetry}");
        }
        assert!(versions("^x").is_err());
    }

    #[test]
    fn tables_mean_the_same_to_pip() {
        for (poetry, pip) in [
            (
                "{version = '^1.0', extras = ['a', 'b']}",
                Some("it[a,b]>=1.0,<2.0.0"),
            ),
            (
                "{git = 'https://g.example/x.git', tag = 'v1'}",
                Some("it @ git+https://g.example/x.git@v1"),
            ),
            ("{path = '../x'}", Some("it @ file:///repo/../x")),
            (
                "{url = 'https://g.example/x.whl'}",
                Some("it @ https://g.example/x.whl"),
            ),
            (
                "{version = '1', python = '~3.9'}",
                Some("it==1 ; python_version >= \"3.9\" and python_version < \"3.10.0\""),
            ),
            (
                "{version = '1', platform = 'linux'}",
                Some("it==1 ; sys_platform == \"linux\""),
            ),
            ("{version = '1', optional = true}", None),
        ] {
            let table: Table = toml::from_str(&format!("it = {poetry}")).unwrap();
            let line = line(Path::new("/repo"), "it", &table["it"]).unwrap();
            assert_eq!(line.as_deref(), pip, "{poetry}");
        }
        assert!(line(Path::new("/"), "it", &Value::Integer(1)).is_err());
    }
}
