//! Whatever stands in a filter, a sort, a search or a path is data to the store, never a part of its language.

use crate::http::Request;
use crate::random::Random;
use crate::server::{Server, Settings};

use serde_json::json;

/// Lists, each with the parameters that choose by text: nothing that is recorded has any of the texts below.
const LISTS: [(&str, &[&str]); 10] = [
    ("executions", &["action", "runner", "user", "rule"]),
    ("ruleenforcements", &["rule_ref"]),
    ("ruleenforcements/views", &["rule_ref"]),
    ("triggerinstances", &["trigger", "trigger_type"]),
    ("keys", &["prefix"]),
    ("traces", &["trace_tag"]),
    ("rules", &["pack", "name", "action"]),
    ("actions", &["pack", "name"]),
    ("apikeys", &["user"]),
    ("executions/views/filters", &[]),
];

/// Parameters of any list; some lists know them, others do not.
const ANYWHERE: [&str; 28] = [
    "id",
    "status",
    "parent",
    "trigger_instance",
    "liveaction",
    "timestamp",
    "timestamp_gt",
    "timestamp_lt",
    "rule_id",
    "execution",
    "enforced_at_gt",
    "enforced_at_lt",
    "scope",
    "user",
    "name",
    "limit",
    "offset",
    "sort",
    "sort_asc",
    "sort_desc",
    "include_attributes",
    "exclude_attributes",
    "types",
    "tags",
    "trace_tag",
    "query",
    "max_result_size",
    "no such parameter",
];

const HOSTILE: [&str; 22] = [
    "'",
    "\"",
    "' OR '1'='1",
    "\" OR \"1\"=\"1",
    "' OR 1=1 --",
    "x'; DROP TABLE execution; --",
    "x\"; DELETE FROM event; --",
    "') UNION SELECT value FROM key --",
    "1) OR (1=1",
    "%",
    "_",
    "\\",
    "?1",
    ":name",
    "@x",
    "\0",
    "\u{feff}\u{202e}",
    "NULL",
    "-1",
    "99999999999999999999",
    "requested_at DESC; PRAGMA writable_schema=1",
    "core.local' AND (SELECT count(*) FROM token) > 0 AND 'a'='a",
];

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Texts of pieces that mean something to SQL.
fn random(random: &mut Random) -> String {
    const PIECES: [&str; 16] = [
        "'",
        "\"",
        ";",
        "--",
        "/*",
        "*/",
        " OR ",
        " AND ",
        "(",
        ")",
        "=",
        "1",
        "\0",
        "SELECT",
        "execution",
        "\u{1F980}",
    ];
    let length = 1 + random.below(12);
    let piece = |_| PIECES[usize::try_from(random.below(16)).unwrap()];
    (0..length).map(piece).collect()
}

/// The items of a list, or nothing if the question is refused; a failure of the server is a failure of the story.
fn ask(squall: &Server, list: &str, parameter: &str, value: &str) -> Option<usize> {
    let path = format!("/api/v1/{list}?{}={}", escaped(parameter), escaped(value));
    let answer = squall.send(&Request::get(&path));
    let asked = format!("{list}?{parameter}={value:?}: {}", answer.text());
    assert!(
        [200, 400, 403, 404].contains(&answer.status),
        "{} {asked}",
        answer.status
    );
    let items = (answer.status == 200).then(|| answer.json());
    items.and_then(|items| items.as_array().map(Vec::len))
}

fn totals(squall: &Server) -> Vec<Option<String>> {
    let total = |(list, _): &(&str, &[&str])| {
        let answer = squall.send(&Request::get(&format!("/api/v1/{list}?limit=1")));
        answer.header("X-Total-Count").map(str::to_owned)
    };
    LISTS.iter().map(total).collect()
}

#[test]
fn sql_in_filters_sorts_and_searches_is_only_text() {
    let squall = Settings::dev().start();
    for _ in 0..3 {
        squall.post("/api/v1/executions", &json!({"action": "core.noop"}), 201);
    }
    let key = json!({"name": "k", "value": "v"});
    squall.send(&Request::new("PUT", "/api/v1/keys/k").json(&key));
    squall.post("/api/v1/apikeys", &json!({"user": "ann"}), 201);
    let before = totals(&squall);
    assert!(before.contains(&Some("3".to_owned())), "{before:?}");
    let mut numbers = Random::any();
    let seed = numbers.0;
    let hostile = HOSTILE.iter().map(|&text| text.to_owned());
    let hostile: Vec<String> = hostile
        .chain((0..12).map(|_| random(&mut numbers)))
        .collect();
    for (list, texts) in LISTS {
        for value in &hostile {
            for parameter in texts {
                let found = ask(&squall, list, parameter, value).unwrap_or(0);
                assert_eq!(found, 0, "{list}?{parameter}={value:?}, seed {seed}");
            }
            // Each meets each in one run or another.
            for _ in 0..8 {
                let parameter = usize::try_from(numbers.below(28)).unwrap();
                ask(&squall, list, ANYWHERE[parameter], value);
            }
            let path = format!("/api/v1/{list}/{}", escaped(value));
            let answer = squall.send(&Request::get(&path));
            assert!(
                [400, 404].contains(&answer.status),
                "{list}/{value:?}: {} {}, seed {seed}",
                answer.status,
                answer.text()
            );
        }
    }
    assert_eq!(totals(&squall), before);
}
