//! Channels that follow from a finding's cluster, labels and annotations: `$labels.team`, `${annotations.a/b}-alerts`.

use squall_model::{Json, Object};

use crate::Fault;
use crate::parameters::Parameters;
use crate::python;

/// So many names are filled in: what is filled in may hold names, too.
const MOST_NAMES: usize = 100;

/// A channel or an address that becomes longer than this is none; nor is a label that is longer filled in.
const LONGEST: usize = 8_192;

/// Stands for a label that is not there.
const MISSING: &str = "<missing>";

/// Reads `channel_override`: a bare `labels.x` is one, too.
///
/// # Errors
/// The text names nothing that could be filled in.
pub(crate) fn read(given: Parameters<'_>, key: &str) -> Result<Option<String>, Fault> {
    let Some(text) = given.text(key)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let names_only = ["labels.", "annotations."].iter().any(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && !rest.contains('$'))
    });
    if names_only || text == "cluster_name" {
        return Ok(Some(format!("${text}")));
    }
    let is_template = text.match_indices('$').any(|(place, _)| {
        let rest = text.get(place + 1..).unwrap_or_default();
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let named = |prefix: &str| {
            rest.strip_prefix(prefix)
                .is_some_and(|rest| rest.chars().next().is_some_and(|next| next != '$'))
        };
        named("labels.") || named("annotations.") || rest.starts_with("cluster_name")
    });
    if is_template && !text.contains('\n') {
        return Ok(Some(text));
    }
    let hint = "cluster_name, labels.foo or annotations.foo, or with a `$` before it in a text";
    Err(Fault::new(
        key,
        format!("`{text}` names nothing of a finding"),
        hint,
    ))
}

/// What is filled in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub(crate) cluster_name: &'a str,
    pub(crate) labels: &'a Object,
    pub(crate) annotations: &'a Object,
}

/// The channel; `otherwise` where something that is named is not there.
pub(crate) fn fill(template: Option<&str>, otherwise: &str, with: Filling<'_>) -> String {
    let Some(template) = template else {
        return otherwise.to_owned();
    };
    let filled = cluster_filled(template, with.cluster_name);
    let filled = members_filled(&filled, "labels.", with.labels);
    let filled = members_filled(&filled, "annotations.", with.annotations);
    if filled.contains(MISSING) {
        otherwise.to_owned()
    } else {
        filled
    }
}

/// The text with annotations filled in; nothing where one of them is not there.
pub(crate) fn fill_annotations(template: &str, annotations: &Object) -> Option<String> {
    let filled = members_filled(template, "annotations.", annotations);
    (!filled.contains(MISSING)).then_some(filled)
}

fn cluster_filled(template: &str, cluster_name: &str) -> String {
    const NAME: &str = "cluster_name";
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once(NAME) {
        let before = before.strip_suffix('{').unwrap_or(before);
        filled.push_str(before.strip_suffix('$').unwrap_or(before));
        filled.push_str(cluster_name);
        rest = after.strip_prefix('}').unwrap_or(after);
    }
    filled.push_str(rest);
    filled
}

fn members_filled(template: &str, prefix: &str, members: &Object) -> String {
    if !template.contains(prefix) {
        return template.to_owned();
    }
    let mut filled = template.to_owned();
    let written = braced(&filled).into_iter().chain(plain(&filled, prefix));
    for token in written.collect::<Vec<_>>() {
        put_in(&mut filled, &token, prefix, members);
    }
    // What was filled in may stand where a plain name is now.
    for token in plain(&filled, prefix) {
        put_in(&mut filled, &token, prefix, members);
    }
    filled
}

/// Puts a value in the place of a token. What grows too long names nothing.
fn put_in(filled: &mut String, token: &str, prefix: &str, members: &Object) {
    let name = token.replace(['{', '}'], "");
    if !name.contains(prefix) {
        return;
    }
    let value = value_of(&name.replace(prefix, ""), members);
    let grown = filled.len() + filled.matches(token).count() * value.len();
    if grown > LONGEST {
        MISSING.clone_into(filled);
    } else if !value.is_empty() {
        *filled = filled.replace(token, &value);
    }
}

/// The value of `$name`, or of `name` itself.
fn value_of(name: &str, members: &Object) -> String {
    let name = normalized(name);
    let Some(place) = name.find('$') else {
        return member(&name, members).unwrap_or_else(|| MISSING.to_owned());
    };
    let before = name.get(..place).unwrap_or_default();
    let rest = name.get(place + 1..).unwrap_or_default();
    let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let (identifier, after) = rest.split_at(end.unwrap_or(rest.len()));
    if identifier.is_empty() || identifier.starts_with(|letter: char| letter.is_ascii_digit()) {
        return name;
    }
    let value = member(identifier, members).unwrap_or_else(|| MISSING.to_owned());
    format!("{before}{value}{after}")
}

fn member(name: &str, members: &Object) -> Option<String> {
    let mut same = members
        .iter()
        .filter(|(known, _)| normalized(known) == name);
    same.next_back()
        .map(|(_, value): (_, &Json)| python::text(value))
        .filter(|value| !value.is_empty())
}

fn normalized(name: &str) -> String {
    name.replace(['/', '.', '-'], "_")
}

/// All `${...}`.
fn braced(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.find("${").filter(|_| found.len() < MOST_NAMES) {
        let from = rest.get(place..).unwrap_or_default();
        match from.find('}') {
            Some(end) if end > 2 => {
                found.push(from.get(..=end).unwrap_or_default().to_owned());
                rest = from.get(end + 1..).unwrap_or_default();
            }
            Some(_) => rest = from.get(2..).unwrap_or_default(),
            None => break,
        }
    }
    found
}

/// All `$labels.name` and `labels.name`.
fn plain(text: &str, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(place) = text
        .get(from..)
        .and_then(|rest| rest.find(prefix))
        .filter(|_| found.len() < MOST_NAMES)
    {
        let start = from + place;
        let name_at = start + prefix.len();
        let name = text.get(name_at..).unwrap_or_default();
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
        let length = name.find(|letter| !is_part(letter)).unwrap_or(name.len());
        if length > 0 {
            let dollar = text
                .get(..start)
                .is_some_and(|before| before.ends_with('$'));
            let start = if dollar { start - 1 } else { start };
            found.extend(text.get(start..name_at + length).map(str::to_owned));
        }
        from = name_at + length;
    }
    found
}
