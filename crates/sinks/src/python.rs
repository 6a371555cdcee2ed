//! Values as Python writes them, which is what Robusta's messages show and what its limits count.

use squall_model::Json;

/// A value as `str` gives it.
pub(crate) fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => repr(other),
    }
}

fn repr(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => quoted(text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(repr).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{}: {}", quoted(name), repr(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut quoted = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            letter if letter == quote => quoted.extend(['\\', letter]),
            letter => quoted.push(letter),
        }
    }
    quoted.push(quote);
    quoted
}

/// A value as `json.dumps` writes it: only ASCII, blanks behind commas and colons. Members are sorted if `is_sorted`.
pub(crate) fn dumps(value: &Json, is_sorted: bool) -> String {
    match value {
        Json::String(text) => ascii(text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| dumps(item, is_sorted)).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            if is_sorted {
                members.sort_by(|one, other| one.0.cmp(other.0));
            }
            let member = |(name, value): (&String, &Json)| {
                format!("{}: {}", ascii(name), dumps(value, is_sorted))
            };
            let members: Vec<String> = members.into_iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        plain => plain.to_string(),
    }
}

fn ascii(text: &str) -> String {
    let mut written = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\u{8}' => written.push_str("\\b"),
            '\u{c}' => written.push_str("\\f"),
            ' '..='~' => written.push(letter),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    written.extend([format!("\\u{unit:04x}")]);
                }
            }
        }
    }
    written.push('"');
    written
}
