//! What a hostile sender can do: each attack with what the sender sees. After all of them the same server still takes a
//! webhook to a finished action, and it has not swollen.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::Request;
use crate::packs;
use crate::server::{Server, Settings};
use crate::wait;

const PACK: (&str, &str) = (
    "hostile/pack.yaml",
    "{name: hostile, description: Takes anything, version: 1.0.0, author: a, email: a@example.com}",
);

const SHOW: (&str, &str) = (
    "hostile/rules/show.yaml",
    r#"
name: show
pack: hostile
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: show}}
criteria: {trigger.body.text: {type: exists, pattern: ""}}
action: {ref: core.echo, parameters: {message: "{{ trigger.body.text }}"}}
"#,
);

/// Shows a text, and once more by way of another parameter.
const ACTION: (&str, &str) = (
    "hostile/actions/keep.yaml",
    r#"
name: keep
runner_type: local-shell-script
entry_point: keep.sh
enabled: true
parameters:
  message: {type: string, position: 0}
  again: {type: string, position: 1, default: "{{ message }}"}
"#,
);

const SCRIPT: (&str, &str) = ("hostile/actions/keep.sh", "printf '%s|%s' \"$1\" \"$2\"\n");

const KEEP: (&str, &str) = (
    "hostile/rules/keep.yaml",
    r#"
name: keep
pack: hostile
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: keep}}
action: {ref: hostile.keep, parameters: {message: "{{ trigger.body.text }}"}}
"#,
);

/// Criteria that a payload can make endless, if it can.
const SLOW: (&str, &str) = (
    "hostile/rules/slow.yaml",
    r#"
name: slow
pack: hostile
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: show}}
criteria: {trigger.body.slow: {type: regex, pattern: '^(a|a?)+(\1)b$'}}
action: {ref: core.noop}
"#,
);

const SETTINGS: &str = "[http]\nhead_within = \"1s\"\nbody_within = \"1s\"\n";

/// The most memory the server may ever have taken, in KiB. It starts with well below 100 MiB.
const MOST_KIB: u64 = 400 * 1024;

/// What is sent.
enum Attack {
    /// This request.
    Ask(Request),
    /// These bytes, and then nothing.
    Say(Vec<u8>),
    /// These bytes, and then those again and again, until nobody listens.
    Repeat(Vec<u8>, Vec<u8>),
}

/// A name, the attack, the status that the sender sees and what the answer says; 0 is an end without an answer.
type Row = (&'static str, Attack, u16, &'static str);

const HOOK: &str = "/api/v1/webhooks/show";

fn post(body: impl Into<Vec<u8>>) -> Attack {
    let request = Request::new("POST", HOOK).header("Content-Type", "application/json");
    Attack::Ask(request.body(body.into()))
}

/// A request to run `core.echo` with a message that is a template.
fn template(message: &str) -> Attack {
    let body = json!({"action": "core.echo", "parameters": {"message": message}});
    Attack::Ask(Request::post("/api/v1/executions", &body))
}

fn say(text: &str) -> Attack {
    Attack::Say(text.as_bytes().to_vec())
}

fn nested(deep: usize) -> String {
    format!("{}{}", "[".repeat(deep), "]".repeat(deep))
}

/// The head of a request whose body is up to the attack.
const HEAD: &str =
    "POST /api/v1/webhooks/show HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

fn with_head(more: &str) -> Attack {
    Attack::Say(format!("{HEAD}{more}").into_bytes())
}

/// Bodies that are longer, or other, than they say.
fn lengths() -> Vec<Row> {
    let huge = "Content-Length: 1073741824\r\n\r\n";
    let beyond = "Content-Length: 99999999999999999999999999\r\n\r\n";
    let two = "Content-Length: 1\r\nContent-Length: 2\r\n\r\n";
    let no_chunk = "Transfer-Encoding: chunked\r\n\r\nxyz\r\n";
    let stops = "Content-Length: 100\r\n\r\n{\"text\":";
    let chunk = [b"100000\r\n".as_slice(), &[b' '; 0x10_0000], b"\r\n"].concat();
    let endless = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    let endless = Attack::Repeat(endless, chunk);
    let negative = with_head("Content-Length: -1\r\n\r\n");
    vec![
        ("1 GB, announced", with_head(huge), 413, "larger than"),
        ("1 GB, not announced", endless, 413, "larger than"),
        ("a length beyond all numbers", with_head(beyond), 400, ""),
        ("a negative length", negative, 400, ""),
        ("two lengths", with_head(two), 400, ""),
        ("no chunk", with_head(no_chunk), 400, "broke off"),
        (
            "a body that stops coming",
            with_head(stops),
            408,
            "too long",
        ),
    ]
}

/// Heads that are no heads, and those of other sites.
fn heads() -> Vec<Row> {
    let begin = "GET / HTTP/1.1\r\nHost: localhost\r\n";
    let long = format!("{begin}X-Long: {}\r\n\r\n", "x".repeat(200_000));
    let many = format!("{begin}{}\r\n", "X-Y: z\r\n".repeat(5000));
    let out = "GET /api/v1/../../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let rules = Request::get("/api/v1/rules");
    let other_name = Attack::Ask(rules.clone().header("Host", "evil.example.com"));
    let other_page = Attack::Ask(rules.header("Origin", "null"));
    let unfinished = say("POST / HTTP/1.1\r\nHost: lo");
    let greeting = say("\u{16}\u{3}\u{1} hello\r\n\r\n");
    vec![
        ("a head that stops coming", unfinished, 0, ""),
        ("a head without an end", say(&long), 431, ""),
        ("5000 headers", say(&many), 431, ""),
        ("no HTTP at all", greeting, 400, ""),
        (
            "a NUL in the path",
            say("GET /\0 HTTP/1.1\r\n\r\n"),
            400,
            "",
        ),
        ("a path out of all folders", say(out), 404, ""),
        ("another site's name", other_name, 403, "names"),
        ("another site's page", other_page, 403, "other sites"),
    ]
}

/// JSON that is none, or too much of it.
fn json_texts() -> Vec<Row> {
    let many = format!("[{}0]", "0,".repeat(10_000_000));
    let keys: Vec<String> = (0..2_000_000).map(|key| format!("\"{key}\":0")).collect();
    let keys = format!("{{{}}}", keys.join(","));
    let latin = b"{\"text\": \"\xff\xfe\"}".to_vec();
    let no = "Failed to parse";
    let code = r#"{"__proto__": {"x": 1}, "constructor": 1}"#;
    vec![
        ("JSON 10,000 deep", post(nested(10_000)), 400, "recursion"),
        ("ten million values", post(many), 400, "values"),
        ("two million keys", post(keys), 400, "values"),
        ("JSON that ends early", post("{\"text\": "), 400, "EOF"),
        ("invalid UTF-8", post(latin), 400, no),
        (
            "half a surrogate pair",
            post(r#"{"text": "\ud800"}"#),
            400,
            no,
        ),
        (
            "beyond all numbers",
            post(r#"{"text": 1e400}"#),
            400,
            "range",
        ),
        ("no number", post(r#"{"text": NaN}"#), 400, no),
        ("infinity", post(r#"{"text": -Infinity}"#), 400, no),
        (
            "a key twice",
            post(r#"{"a": 1, "a": 2}"#),
            202,
            r#"{"a":2}"#,
        ),
        ("keys that are code elsewhere", post(code), 202, "__proto__"),
    ]
}

/// Documents that are right, and meant ill.
fn documents() -> Vec<Row> {
    let entities = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>";
    let entities = Request::new("POST", HOOK)
        .header("Content-Type", "application/xml")
        .body(entities.into());
    let long = json!({"text": "x".repeat(20_000_000)}).to_string();
    let escapes = json!({"text": "\u{1b}]0;owned\u{7}\u{1b}[2Jgone\r\nINFO a line"}).to_string();
    let slow = json!({"slow": "a".repeat(100_000)}).to_string();
    vec![
        ("XML entities", Attack::Ask(entities), 400, "Unsupported"),
        ("a long text", post(long), 202, "xxx"),
        ("escapes for terminals", post(escapes), 202, "owned"),
        ("a pattern that runs away", post(slow), 202, "aaa"),
    ]
}

/// What breaks templates.
fn templates() -> Vec<Row> {
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(10_000), ")".repeat(10_000));
    vec![
        (
            "a template without an end",
            template("{{ range(999999999) | list | length }}"),
            400,
            "",
        ),
        (
            "loops in loops",
            template(
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            ),
            400,
            "",
        ),
        (
            "a template that swells",
            template("{{ 'x' * 999999999 }}"),
            400,
            "",
        ),
        (
            "a number that swells",
            template("{{ 9 ** (9 ** (9 ** 9)) }}"),
            400,
            "",
        ),
        (
            "doubling, ten times ten",
            template(
                "{% set a = 'x' * 1000 %}{% for i in range(100) %}{% set a = a ~ a %}{{ a }}{{ a * 100000 }}{% endfor %}",
            ),
            400,
            "",
        ),
        ("a deep expression", template(&deep), 400, ""),
        (
            "the way out of a sandbox",
            template("{{ ''.__class__.__mro__[1].__subclasses__() }}"),
            400,
            "",
        ),
        (
            "another way out",
            template("{{ cycler.__init__.__globals__.os.popen('id').read() }}"),
            400,
            "",
        ),
        (
            "a regular expression that runs away",
            template(r"{{ ('a' * 5000) | regex_match('^(a|a?)+(\\1)b$') }}"),
            400,
            "",
        ),
    ]
}

#[test]
fn hostile_senders_are_told_and_the_server_goes_on() {
    let packs = packs::folder(&[PACK, SHOW, SLOW]);
    let squall = Settings::dev()
        .packs(packs.path())
        .config_file(SETTINGS)
        .start();
    let mut faults = Vec::new();
    for (name, attack, status, says) in [lengths(), heads(), json_texts(), documents(), templates()]
        .into_iter()
        .flatten()
    {
        let (seen, text) = attack.carried_out(&squall);
        let beginning: String = text.chars().take(300).collect();
        println!("{name}: {seen} {beginning}");
        if seen != status || !text.contains(says) {
            faults.push(format!(
                "{name}: {seen} instead of {status} ({says}): {beginning}"
            ));
        }
    }
    let faults = faults.join("\n");
    assert!(faults.is_empty(), "{faults}");

    squall.post(HOOK, &json!({"text": "still there"}), 202);
    let done = wait::until("the last of them", || finished(&squall, "still there"));
    assert_eq!(done["result"]["stdout"], "still there");
    let raw = fs_err::read(squall.folder().join("squall.log")).unwrap();
    assert!(!raw.contains(&0x1b), "the log steers terminals");
    let most = squall.most_memory();
    println!("at most {most} KiB");
    assert!(most < MOST_KIB, "{most} KiB");
}

/// Number 1 of the security tests: what comes from outside is data, on its first rendering and on every later one.
#[test]
fn text_of_events_is_never_evaluated() {
    let packs = packs::folder(&[PACK, ACTION, SCRIPT, KEEP]);
    let squall = Server::dev(packs.path());
    let key = json!({"name": "canary", "value": "c4n4ry", "scope": "system"});
    let put = Request::new("PUT", "/api/v1/keys/canary").json(&key);
    assert_eq!(squall.send(&put).status, 200);
    for text in [
        "{{ 7 * 7 }}",
        "{{ st2kv.system.canary }}",
        "{% set a = 7 %}{{ a * 7 }}",
        "{{ '{{ 7 * 7 }}' }}",
        "<% 7 * 7 %>",
        "${7*7} #{7*7} $(echo 49) `echo 49`",
        "{# gone #}",
        "{% raw %}{{ 7 * 7 }}{% endraw %}",
        "{{ trigger.body.text }}",
        "{{",
    ] {
        squall.post("/api/v1/webhooks/keep", &json!({"text": text}), 202);
        let done = wait::until(text, || finished(&squall, text));
        let shown = done["result"]["stdout"].as_str();
        assert_eq!(shown, Some(format!("{text}|{text}").as_str()), "{done}");
        // Nor when somebody looks at it.
        let id = done["id"].as_str().unwrap();
        let seen = squall.get(&format!("/api/v1/executions/{id}"));
        assert_eq!(seen["result"], done["result"]);
        assert_eq!(
            seen["parameters"],
            json!({"message": text, "again": text}),
            "{seen}"
        );
        assert!(!seen.to_string().contains("c4n4ry"), "{seen}");
    }
}

/// The finished execution that shows a text.
fn finished(squall: &Server, text: &str) -> Result<Value, String> {
    let executions = squall.get("/api/v1/executions?limit=5");
    let list = executions.as_array().unwrap();
    let found = list.iter().find(|execution| {
        execution["parameters"]["message"] == text && execution["status"] == "succeeded"
    });
    found.cloned().ok_or_else(|| {
        let statuses: Vec<_> = list.iter().map(|one| one["status"].to_string()).collect();
        statuses.join(" ")
    })
}

impl Attack {
    /// The status and the text that the sender sees.
    fn carried_out(self, squall: &Server) -> (u16, String) {
        let (begin, again) = match self {
            Self::Ask(request) => {
                let response = squall.send(&request);
                return (response.status, response.text());
            }
            Self::Say(bytes) => (bytes, None),
            Self::Repeat(begin, again) => (begin, Some(again)),
        };
        let mut stream = TcpStream::connect(squall.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
            .set_write_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        // Who does not listen to the end has said so already.
        let mut listens = stream.write_all(&begin).is_ok();
        if let Some(again) = again {
            for _ in 0..1024 {
                listens = listens && stream.write_all(&again).is_ok();
            }
        }
        answer(stream)
    }
}

/// Reads what there is; a connection that is torn down has an end, too.
fn answer(mut stream: TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut piece) {
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length
                .split_once("content-length: ")
                .and_then(|(_, rest)| rest.lines().next()?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break;
            }
        }
    }
    drop(stream.shutdown(Shutdown::Both));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (status.unwrap_or(0), text)
}
