//! Patterns in the syntax of our engines.
//!
//! Two spellings: the linear one for `regex-automata`, which is right as long as the text does not end in a line end (if
//! `$` is used) and is ASCII (if `\b` is used); and the exact one for `fancy-regex`, which is right always.

use std::fmt::Write as _;

use super::syntax::{Category, Class, ClassItem, Look, Node, Place, Repeat, RepeatKind};

/// Which engine reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    Linear,
    Exact,
}

/// The pattern in a spelling.
pub(super) fn emit(node: &Node, spelling: Spelling) -> String {
    let mut out = String::new();
    put(&mut out, node, spelling);
    out
}

fn put(out: &mut String, node: &Node, spelling: Spelling) {
    let start = out.len();
    match node {
        Node::Literal(character, ignore_case) => {
            let mut literal = String::new();
            put_character(&mut literal, *character);
            put_cased(out, &literal, *ignore_case && has_case(*character));
        }
        Node::Any(true) => out.push_str("(?s:.)"),
        Node::Any(false) => out.push_str(r"[^\n]"),
        Node::Class(class) => put_cased(out, &class_text(class), class.ignore_case),
        Node::Place(place) => put_place(out, *place, spelling),
        Node::Concat(parts) => parts.iter().for_each(|part| put_group(out, part, spelling)),
        Node::Alternate(parts) => {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                put(out, part, spelling);
            }
        }
        Node::Capture(_, inner) => put_within(out, "(", inner, spelling),
        Node::Atomic(inner) => put_within(out, "(?>", inner, spelling),
        Node::Look(look, inner) => put_within(out, opening(*look), inner, spelling),
        Node::Reference(group, ignore_case) => {
            put_cased(out, &format!("(?:\\{group})"), *ignore_case);
        }
        Node::Conditional(group, branches) => {
            write!(out, "(?({group})").expect("writing to a String cannot fail");
            put_within(out, "(?:", &branches.0, spelling);
            out.push('|');
            put_within(out, "(?:", &branches.1, spelling);
            out.push(')');
        }
        Node::Repeat(repeat, inner) if is_look(inner) => {
            // The engine repeats no look-around, and once is enough.
            put_within(out, "(?:", inner, spelling);
            if repeat.least == 0 {
                out.insert_str(start, "(?:");
                out.push_str("|)");
            }
        }
        Node::Repeat(repeat, inner) => put_repeat(out, *repeat, inner, spelling),
    }
}

fn is_look(node: &Node) -> bool {
    match node {
        Node::Look(..) => true,
        Node::Concat(parts) => matches!(parts.as_slice(), [only] if is_look(only)),
        _ => false,
    }
}

fn put_within(out: &mut String, open: &str, inner: &Node, spelling: Spelling) {
    out.push_str(open);
    put(out, inner, spelling);
    out.push(')');
}

/// A part of a concatenation: alternatives need a group of their own.
fn put_group(out: &mut String, node: &Node, spelling: Spelling) {
    match node {
        Node::Alternate(_) => put_within(out, "(?:", node, spelling),
        _ => put(out, node, spelling),
    }
}

fn put_repeat(out: &mut String, repeat: Repeat, inner: &Node, spelling: Spelling) {
    let possessive = repeat.kind == RepeatKind::Possessive;
    if possessive {
        out.push_str("(?>");
    }
    put_within(out, "(?:", inner, spelling);
    let written = match (repeat.least, repeat.most) {
        (0, None) => write!(out, "*"),
        (1, None) => write!(out, "+"),
        (0, Some(1)) => write!(out, "?"),
        (least, None) => write!(out, "{{{least},}}"),
        (least, Some(most)) => write!(out, "{{{least},{most}}}"),
    };
    written.expect("writing to a String cannot fail");
    match repeat.kind {
        RepeatKind::Greedy => {}
        RepeatKind::Lazy => out.push('?'),
        RepeatKind::Possessive => out.push(')'),
    }
}

const fn opening(look: Look) -> &'static str {
    match (look.behind, look.negated) {
        (false, false) => "(?=",
        (false, true) => "(?!",
        (true, false) => "(?<=",
        (true, true) => "(?<!",
    }
}

fn put_cased(out: &mut String, text: &str, ignore_case: bool) {
    if ignore_case {
        out.push_str("(?i:");
        out.push_str(text);
        out.push(')');
    } else {
        out.push_str(text);
    }
}

fn has_case(character: char) -> bool {
    character.is_alphabetic()
}

fn put_character(out: &mut String, character: char) {
    if character.is_ascii_alphanumeric() {
        out.push(character);
    } else {
        write!(out, "\\x{{{:X}}}", u32::from(character)).expect("writing to a String cannot fail");
    }
}

fn put_place(out: &mut String, place: Place, spelling: Spelling) {
    match (place, spelling) {
        (Place::TextStart, _) => out.push_str(r"\A"),
        (Place::LineStart, _) => out.push_str("(?m:^)"),
        (Place::TextEnd, _) | (Place::NearTextEnd, Spelling::Linear) => out.push_str(r"\z"),
        (Place::NearTextEnd, Spelling::Exact) => out.push_str(r"(?=\n?\z)"),
        (Place::LineEnd, _) => out.push_str("(?m:$)"),
        (Place::Boundary { negated: false, .. }, Spelling::Linear) => out.push_str(r"\b"),
        (Place::Boundary { negated: true, .. }, Spelling::Linear) => out.push_str(r"\B"),
        (Place::Boundary { negated, ascii }, Spelling::Exact) => {
            let word = category_text(Category::Word, ascii);
            let (same, other) = if negated { ("=", "!") } else { ("!", "=") };
            // Python's `\B` does not match in an empty text.
            let nonempty = if negated { r"(?!\A\z)" } else { "" };
            write!(
                out,
                "(?:{nonempty}(?:(?<=[{word}])(?{same}[{word}])|(?<![{word}])(?{other}[{word}])))"
            )
            .expect("writing to a String cannot fail");
        }
    }
}

fn class_text(class: &Class) -> String {
    let mut text = String::from(if class.negated { "[^" } else { "[" });
    for item in &class.items {
        match item {
            ClassItem::Range(low, high) => {
                put_character(&mut text, *low);
                if low != high {
                    text.push('-');
                    put_character(&mut text, *high);
                }
            }
            ClassItem::Category {
                kind,
                negated,
                ascii,
            } => {
                text.push_str(if *negated { "[^" } else { "[" });
                text.push_str(category_text(*kind, *ascii));
                text.push(']');
            }
        }
    }
    text.push(']');
    text
}

/// The inside of a class; in Python `\w` is what `str.isalnum` accepts, and `\s` has the four separators, too.
const fn category_text(kind: Category, ascii: bool) -> &'static str {
    match (kind, ascii) {
        (Category::Digit, false) => r"\p{Nd}",
        (Category::Digit, true) => "0-9",
        (Category::Space, false) => r"\s\x{1c}-\x{1f}",
        (Category::Space, true) => r"\x{20}\t\n\r\x{b}\x{c}",
        (Category::Word, false) => r"\p{L}\p{N}_",
        (Category::Word, true) => "a-zA-Z0-9_",
    }
}
