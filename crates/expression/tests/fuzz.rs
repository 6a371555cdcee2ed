//! Whatever is put together at random ends soon, with a value or an error: no panic, no hang, no swelling. What the
//! recordings of the originals hold is cut up and put together anew, so that most of it gets past the parsers.
//!
//! The generator is seeded; a failure names its case, which the next run meets again.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy knows functions marked as tests, not their helpers"
)]

use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use serde_json::Value as Json;
use squall_expression::jinja::{Expression, Scope, Template};
use squall_expression::jsonpath;
use squall_expression::regex::{Flags, Pattern};
use squall_expression::value::literal::literal_eval;
use squall_expression::value::{Dict, Value, json::from_json, text};
use squall_expression::yaml;

/// How many cases each kind has.
const CASES: u64 = 2000;

/// No case takes longer, not even unoptimised on a busy machine; one that does not end takes for ever.
const LONGEST: Duration = Duration::from_secs(10);

/// Steps of one rendering: few, so that loops come to their end.
const STEPS: u64 = 20_000;

/// The longest text that so many steps may make.
const LARGEST: usize = 64 * 1024 * 1024;

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A text made of a few pieces of others, with some of its characters changed.
fn text_of(random: &mut Random, pieces: &[String]) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(6) {
        text.push_str(random.one::<String>(pieces));
        if random.below(3) == 0 {
            text.push_str(random.one::<&str>(&[
                " ",
                "\n",
                "(",
                ")",
                "[",
                "]",
                "{",
                "}",
                "'",
                "\"",
                "|",
                ",",
                ":",
                "-",
                "*",
                "\u{0}",
                "é",
                "\u{1F600}",
                "\\",
            ]));
        }
    }
    for _ in 0..random.below(3) {
        let mut characters: Vec<char> = text.chars().collect();
        let at = random.below(characters.len());
        match random.below(3) {
            0 if !characters.is_empty() => drop(characters.remove(at)),
            1 => characters.insert(
                at,
                *random.one(&[
                    '{', '}', '%', '(', '[', '\'', '0', '9', '\u{7f}', '*', '&', '!',
                ]),
            ),
            _ => characters.truncate(at + 1),
        }
        text = characters.into_iter().collect();
    }
    text
}

/// The members `key` of a recording, whole and in words.
fn pieces(file: &str, key: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/recorded");
    let recorded = fs_err::read_to_string(folder.join(file)).unwrap();
    let mut pieces = Vec::new();
    for line in recorded.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let Some(text) = case[key].as_str() else {
            continue;
        };
        pieces.push(text.to_owned());
        let words = text.split_inclusive([' ', '|', '(', '\n', '.']);
        pieces.extend(words.map(str::to_owned));
    }
    assert!(pieces.len() > 100, "{file} has no `{key}`");
    pieces
}

/// Carries out every case, each in its time.
fn play<T: Debug>(name: &str, seed: u64, make: impl Fn(&mut Random) -> T, carry_out: impl Fn(&T)) {
    for number in 0..CASES {
        let mut random = Random(seed.wrapping_mul(CASES).wrapping_add(number));
        let case = make(&mut random);
        #[expect(clippy::disallowed_methods, reason = "real time is what is tested")]
        let begun = std::time::Instant::now();
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| carry_out(&case)));
        assert!(done.is_ok(), "{name} {seed}/{number} panics: {case:?}");
        let took = begun.elapsed();
        assert!(
            took < LONGEST,
            "{name} {seed}/{number} takes {took:?}: {case:?}"
        );
    }
}

/// What templates find: a bit of everything.
fn scope() -> Scope {
    let context = serde_json::json!({
        "s": "text", "i": 5, "f": 1.5, "t": true, "n": null, "l": [1, "a", null, [2]], "d": {"a": 1, "b c": ["x"]},
        "u": "größe 😀", "trigger": {"body": {"items": [{"a": 1}, {"a": 2}], "name": "Ann"}}
    });
    let mut variables = Dict::new();
    for (name, value) in context.as_object().unwrap() {
        variables.set_text(name.as_str(), from_json(value));
    }
    let mut scope = Scope::new(variables);
    scope.steps = STEPS;
    scope
}

fn check_size(value: &Value) {
    if let Ok(text) = text::str(value) {
        assert!(text.len() <= LARGEST, "{} bytes", text.len());
    }
}

#[test]
fn random_templates_end() {
    let pieces = pieces("jinja.jsonl", "template");
    let make = |random: &mut Random| text_of(random, &pieces);
    play("template", 1, make, |source| {
        if let Ok(template) = Template::parse(source) {
            let rendered = template.render(&scope()).unwrap_or_default();
            assert!(rendered.len() <= LARGEST, "{} bytes", rendered.len());
        }
    });
}

#[test]
fn random_expressions_end() {
    let pieces = pieces("python_expressions.jsonl", "expression");
    let make = |random: &mut Random| text_of(random, &pieces);
    play("expression", 2, make, |source| {
        if let Ok(expression) = Expression::parse(source)
            && let Ok(value) = expression.evaluate(&scope())
        {
            check_size(&value);
        }
        if let Ok(value) = literal_eval(source) {
            check_size(&value);
        }
    });
}

#[test]
fn random_yaml_ends() {
    let pieces = pieces("yaml.jsonl", "text");
    let make = |random: &mut Random| text_of(random, &pieces);
    play("yaml", 3, make, |source| {
        if let Ok(value) = yaml::load(source) {
            check_size(&value);
        }
    });
}

#[test]
fn random_patterns_end() {
    let pieces = pieces("python_patterns.jsonl", "pattern");
    let make = |random: &mut Random| {
        let pattern = text_of(random, &pieces);
        let unit = random.one(&["a", "ab", "é", "\n", " ", "aA0"]);
        (pattern, unit.repeat(random.below(150)))
    };
    play("pattern", 4, make, |(pattern, text)| {
        if let Ok(pattern) = Pattern::new(pattern, Flags::default()) {
            drop(pattern.search(text));
            drop(pattern.is_full_match(text));
            drop(
                pattern
                    .sub("<\\g<0>>", text, 100)
                    .map(|text| assert!(text.len() <= LARGEST)),
            );
        }
    });
}

#[test]
fn random_paths_end() {
    let pieces = pieces("jsonpath.jsonl", "path");
    let make = |random: &mut Random| text_of(random, &pieces);
    let document = serde_json::json!({"trigger": {"a": [1, {"b": [2, 3]}], "c d": {"e": null}}});
    let document = from_json(&document);
    play("path", 5, make, |source| {
        if let Ok(path) = jsonpath::Path::parse(source) {
            drop(jsonpath::find(&path, &document));
        }
    });
}

/// Names that lead out of a sandbox in Python, and words that would show a clock or the machine.
const WAYS_OUT: &[&str] = &[
    "__class__",
    "__mro__",
    "__subclasses__",
    "__globals__",
    "__builtins__",
    "__init__",
    "__dict__",
    "__import__",
    "__getattribute__",
    "__code__",
    "__self__",
    "__base__",
    "__loader__",
    "func_globals",
    "gi_frame",
    "f_back",
    "format",
    "format_map",
    "mro",
    "os",
    "sys",
    "environ",
    "getenv",
    "popen",
    "open",
    "read",
    "eval",
    "exec",
    "time",
    "now",
    "today",
    "utcnow",
    "load_file",
    "from_string",
    "environment",
    "context",
    "config",
    "self",
    "loop",
    "caller",
    "_",
    "joiner",
    "cycler",
    "namespace",
    "lipsum",
    "range",
    "dict",
    "st2kv",
    "user",
    "system",
    "include",
    "import",
];

/// Number 3 of the security tests: no expression reads the environment, a file or a clock.
#[test]
fn no_expression_reads_the_machine() {
    let secrets: Vec<String> = std::env::vars_os()
        .filter_map(|(_, value)| value.into_string().ok())
        .filter(|value| value.len() > 12)
        .chain(["root:x:0".to_owned()])
        .collect();
    assert!(
        secrets.len() > 1,
        "the environment holds nothing to be found"
    );
    let receivers = [
        "s",
        "l",
        "d",
        "trigger",
        "(1)",
        "''",
        "lipsum",
        "cycler('a')",
        "range",
        "namespace()",
        "self",
        "joiner()",
        "dict",
    ];
    let arguments = [
        "()",
        "('/etc/passwd')",
        "('PATH')",
        "('%s')",
        "[0]",
        "['PATH']",
        "(s)",
        "",
        "",
    ];
    let make = |random: &mut Random| {
        let mut source = (*random.one(&receivers)).to_owned();
        for _ in 0..=random.below(5) {
            let name = *random.one(WAYS_OUT);
            match random.below(4) {
                0 => source = format!("{source}['{name}']"),
                1 => source = format!("({source} | attr('{name}'))"),
                2 => source = format!("({source} | map(attribute='{name}') | list)"),
                _ => source = format!("{source}.{name}"),
            }
            source.push_str(random.one::<&str>(&arguments));
        }
        match random.below(4) {
            0 => format!("{{% set x = {source} %}}{{{{ x }}}}"),
            1 => format!(
                "{{{{ '{{0.{}}}'.format({source}) }}}}",
                random.one(WAYS_OUT)
            ),
            2 => format!("{{% include '/etc/passwd' %}}{{{{ {source} }}}}"),
            _ => format!("{{{{ {source} }}}}"),
        }
    };
    play("way out", 6, make, |source| {
        let Ok(template) = Template::parse(source) else {
            return;
        };
        let once = template.render(&scope()).ok();
        // What depends on nothing but its input is the same at any time.
        assert_eq!(once, template.render(&scope()).ok(), "{source}");
        let shown = once.unwrap_or_default();
        let found = secrets
            .iter()
            .find(|secret| shown.contains(secret.as_str()));
        assert_eq!(found, None, "{source}: {shown}");
    });
}
