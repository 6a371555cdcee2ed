//! Comparisons of one place in an object: `spec.containers[0].name=web, status.phase!=Pending`.

use squall_model::Json;

/// Comparisons that must all hold.
#[derive(Debug)]
pub(super) struct Comparisons(Vec<Comparison>);

/// One comparison; letters are compared without case.
#[derive(Debug)]
struct Comparison {
    path: Vec<Step>,
    value: String,
    is_equal: bool,
}

/// A step into an object: a key (or a place in a list, where it is a number), or a place in a list only.
#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    Place(i64),
}

impl Comparisons {
    /// Reads comparisons with commas between them; `None` where one has no `=`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let comparisons = text.split(',').map(Comparison::parse);
        comparisons.collect::<Option<_>>().map(Self)
    }

    /// Whether an object is as they say. A path that leads nowhere never is; a path to more than one value is unequal.
    pub(super) fn hold(&self, object: &Json) -> bool {
        self.0.iter().all(|comparison| comparison.holds(object))
    }
}

impl Comparison {
    fn parse(text: &str) -> Option<Self> {
        let (path, value) = text.rsplit_once('=')?;
        let path = path.trim();
        let unequal = path.strip_suffix('!');
        Some(Self {
            path: steps(unequal.unwrap_or(path).trim()),
            value: value.trim().to_lowercase(),
            is_equal: unequal.is_none(),
        })
    }

    fn holds(&self, object: &Json) -> bool {
        let mut here = object;
        for (number, step) in self.path.iter().enumerate() {
            if let (Json::String(text), true) = (here, number + 1 == self.path.len()) {
                return step
                    .letter(text)
                    .is_some_and(|letter| (letter.to_lowercase() == self.value) == self.is_equal);
            }
            let Some(next) = step.of(here) else {
                return false;
            };
            here = next;
        }
        leaf(here).map_or(!self.is_equal, |found| {
            (found == self.value) == self.is_equal
        })
    }
}

impl Step {
    fn of<'a>(&self, here: &'a Json) -> Option<&'a Json> {
        match (self, here) {
            (Self::Key(key), Json::Object(members)) => members.get(key),
            (_, Json::Array(items)) => items.get(self.place(items.len())?),
            _ => None,
        }
    }

    /// One letter of a text, as Python takes it.
    fn letter(&self, text: &str) -> Option<String> {
        let place = self.place(text.chars().count())?;
        text.chars().nth(place).map(String::from)
    }

    fn place(&self, length: usize) -> Option<usize> {
        let place = match self {
            Self::Key(key) => key.parse().ok()?,
            Self::Place(place) => *place,
        };
        let length = i64::try_from(length).ok()?;
        usize::try_from(if place < 0 { place + length } else { place }).ok()
    }
}

/// A single value as Python writes it, in small letters; `None` for what is no text, whole number, flag or null.
fn leaf(value: &Json) -> Option<String> {
    match value {
        Json::Null => Some("none".to_owned()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Number(number) if !number.is_f64() => Some(number.to_string()),
        Json::String(text) => Some(text.to_lowercase()),
        Json::Number(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The steps of `a.b[0].c`; `\.` is a dot in a key. What has neither dot nor bracket is one key as it stands.
fn steps(path: &str) -> Vec<Step> {
    if !path.contains(['.', '[']) {
        return vec![Step::Key(path.to_owned())];
    }
    let mut steps = Vec::new();
    let mut key = String::new();
    let mut rest = path;
    while let Some(letter) = rest.chars().next() {
        let after = rest.get(letter.len_utf8()..).unwrap_or_default();
        rest = after;
        match letter {
            '\\' if after.starts_with(['.', '\\']) => {
                key.extend(after.chars().next());
                rest = after.get(1..).unwrap_or_default();
            }
            '.' => end_key(&mut key, &mut steps),
            '[' => match place(after) {
                Some((place, behind)) => {
                    end_key(&mut key, &mut steps);
                    steps.push(Step::Place(place));
                    rest = behind;
                }
                None => key.push(letter),
            },
            other => key.push(other),
        }
    }
    end_key(&mut key, &mut steps);
    steps
}

fn end_key(key: &mut String, steps: &mut Vec<Step>) {
    if !key.is_empty() {
        steps.push(Step::Key(std::mem::take(key)));
    }
}

/// `0]...` as 0 and what is behind the bracket.
fn place(text: &str) -> Option<(i64, &str)> {
    let (number, behind) = text.split_once(']')?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        .then(|| number.parse().ok())?
        .map(|place| (place, behind))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_and_values() {
        let pod = json!({
            "metadata": {"name": "Web-1", "labels": {"a.b/c": "X"}},
            "spec": {"containers": [{"name": "web", "ports": [{"containerPort": 80}]}], "hostNetwork": true},
            "status": {"phase": null, "load": 0.5},
        });
        for (text, expected) in [
            ("metadata.name=web-1", true),
            ("metadata.name!=web-1", false),
            ("metadata.name[0]=w", true),
            ("metadata.labels.a\\.b/c=x", true),
            ("spec.containers[0].name = WEB", true),
            ("spec.containers[-1].name=web", true),
            ("spec.containers.0.ports.0.containerPort=80", true),
            ("spec.containers[1].name=web", false),
            ("spec.containers[1].name!=web", false),
            ("spec.hostNetwork=True, metadata.name=web-1", true),
            ("spec.hostNetwork=True,metadata.name=web-2", false),
            ("status.phase=None", true),
            ("status.load=0.5", false),
            ("status.load!=0.5", true),
            ("spec.containers!=x", true),
            ("spec=x", false),
            ("nothing.here!=x", false),
        ] {
            let comparisons = Comparisons::parse(text).unwrap();
            assert_eq!(comparisons.hold(&pod), expected, "{text}");
        }
        assert!(Comparisons::parse("status.phase").is_none());
    }
}
