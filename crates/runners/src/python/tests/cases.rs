//! What actions do, and what comes of it.

use super::*;

use Verdict::{Failed, Succeeded};

#[tokio::test]
async fn bodies_of_run() {
    let desk = Desk::new();
    let mut faults = Vec::new();
    for (body, expected) in bodies() {
        let outcome = desk.run(&action(&body)).await;
        let mut seen = outcome.result.clone();
        seen["verdict"] = json!(outcome.verdict);
        let part = expected["stderr"].as_str().unwrap();
        if text(&outcome, "stderr").contains(part) && !(part.is_empty() && seen["stderr"] != "") {
            seen["stderr"] = expected["stderr"].clone();
        }
        if seen != expected {
            faults.push(format!(
                "{body}\n    is       {seen}\n    expected {expected}"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The cases of `bodies.txt`.
fn bodies() -> Vec<(String, Value)> {
    let lines = include_str!("bodies.txt").lines();
    let mut cases = Vec::new();
    let mut body = String::new();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let Some(more) = line.strip_prefix("=> ") else {
            body = format!("{body}{line}\n");
            continue;
        };
        let mut expected = json!({"verdict": "succeeded", "exit_code": 0, "result": "None", "stdout": "", "stderr": ""});
        let more: Value = serde_json::from_str(more).unwrap();
        for (key, value) in more.as_object().unwrap() {
            expected[key] = value.clone();
        }
        cases.push((std::mem::take(&mut body), expected));
    }
    assert!(cases.len() > 40 && body.is_empty());
    cases
}

#[tokio::test]
async fn a_status_that_is_no_truth_value() {
    let desk = Desk::new();
    let outcome = desk.run(&action("return 1e22, 1")).await;
    assert_eq!(outcome.verdict, Failed);
    assert!(text(&outcome, "error").contains("must either be True or False, got: 1e+22"));
}

#[tokio::test]
async fn a_result_that_is_too_deep_is_text() {
    let desk = Desk::new();
    let found = desk
        .give("x = []\nfor _ in range(200): x = [x]\nreturn True, x")
        .await;
    assert_eq!(found, format!("{}{}", "[".repeat(201), "]".repeat(201)));
}

#[tokio::test]
async fn whole_files() {
    let desk = Desk::new();
    for (source, part) in [
        (
            "class It(Action): pass",
            "defines no class with a run method",
        ),
        ("", "defines no class with a run method"),
        ("def f(:", "SyntaxError"),
        (
            "import not_there_at_all",
            "No module named 'not_there_at_all'",
        ),
        ("raise SystemExit(1)", ""),
        (
            "class It(Action):\n    def run(self, missing): pass",
            "Traceback (most recent call last):\n",
        ),
        (
            "class It(Action):\n    def run(self, missing): pass",
            "missing 1 required positional argument: 'missing'",
        ),
        (
            "class It(Action):\n    def __init__(self, config): raise ValueError('mine')\n    def run(self): pass",
            "mine",
        ),
    ] {
        let outcome = desk.run(source).await;
        assert_eq!(outcome.verdict, Failed, "{source}");
        assert_eq!(outcome.result["exit_code"], 1, "{source}");
        assert_eq!(outcome.result["result"], "None", "{source}");
        assert!(
            text(&outcome, "stderr").contains(part),
            "{source}: {outcome:?}"
        );
    }
    let first = "class Zebra(Action):\n    def run(self): return 'z'\nclass Ant(Action):\n    def run(self): return 'a'";
    assert_eq!(desk.run(first).await.result["result"], "a");
}

#[tokio::test]
async fn what_cannot_even_start() {
    let desk = Desk::new();
    let refused = |name: &str, entry_point: &str| {
        let action = json!({"runner_type": "python-script", "entry_point": entry_point});
        let parameters = if name == "version" {
            json!({"content_version": "v1"})
        } else {
            json!({})
        };
        Attempt::on(Arc::clone(&desk.host), "python-script", parameters).in_pack(
            desk.pack(),
            action,
            json!({}),
        )
    };
    let outcome = refused("none", "").outcome().await;
    assert_eq!(
        text(&outcome, "error"),
        "Action \"it\" is missing entry_point attribute"
    );
    let outcome = refused("gone", "gone.py").outcome().await;
    assert!(
        text(&outcome, "stderr").contains("No such file or directory"),
        "{outcome:?}"
    );
    let outcome = refused("version", "it.py").outcome().await;
    assert!(
        text(&outcome, "error").contains("content_version"),
        "{outcome:?}"
    );

    let desk =
        Desk::with(|settings| settings.python.interpreter = PathBuf::from("/no/such/python"));
    let outcome = desk.run(&action("pass")).await;
    let error = text(&outcome, "error");
    assert!(
        error.starts_with("cannot start the Python interpreter `/no/such/python`: "),
        "{error}"
    );

    let desk = Desk::with(|settings| settings.python.interpreter = PathBuf::from("/bin/false"));
    let outcome = desk.run(&action("pass")).await;
    assert_eq!(text(&outcome, "error"), "the Python fork server has ended");
}

#[tokio::test]
async fn parameters_and_config_arrive() {
    let desk = Desk::new();
    let body = "
names = ['WHO', 'N', 'NO', 'ST2_AUTH_TOKEN', 'ST2_API_URL', 'ST2_ACTION_DEBUG']
return True, [given, self.config, [os.environ.get(name) for name in names]]";
    let parameters = json!({"text": "ü\u{1f600}", "deep": {"list": [1, null, true, 1.5]}, "big": "x".repeat(3_000_000)});
    let mut attempt = desk.attempt(&action(body), parameters.clone());
    attempt.run.config = object(json!({"secret": "s3"}));
    attempt.run.environment = vec![
        ("ST2_ACTION_AUTH_TOKEN".to_owned(), "t0".to_owned()),
        ("ST2_ACTION_API_URL".to_owned(), "http://here/v1".to_owned()),
    ];
    let env =
        json!({"WHO": "pat", "N": 5, "NO": null, "PYTHONPATH": "/x", "ST2_AUTH_TOKEN": "mine"});
    attempt.parameters = object(json!({"env": env, "debug": true}));
    let outcome = attempt.outcome().await;
    let variables = ["pat", "5", "", "t0", "http://here/v1", "True"].map(|text| {
        if text.is_empty() {
            Value::Null
        } else {
            text.into()
        }
    });
    assert_eq!(
        outcome.result["result"],
        json!([parameters, {"secret": "s3"}, variables])
    );
}

#[tokio::test]
async fn log_levels_hide_lines() {
    let desk = Desk::new();
    let mut attempt = desk.attempt(
        &action("self.logger.info('quiet'); self.logger.error('loud')"),
        json!({}),
    );
    attempt
        .parameters
        .insert("log_level".to_owned(), json!("ERROR"));
    let outcome = attempt.outcome().await;
    assert_eq!(
        text(&outcome, "stderr"),
        "st2.actions.python.It: ERROR    loud\n"
    );
}

#[tokio::test]
async fn imports_find_what_a_pack_brings() {
    let desk = Desk::new();
    desk.write("actions/libs/__init__.py", "");
    desk.write("actions/libs/k8s.py", "def name(): return 'beside'");
    desk.write("actions/lib/helper.py", "name = 'actions/lib'");
    desk.write("lib/shared.py", "name = 'lib'");
    desk.write("lib/helper.py", "name = 'hidden'");
    desk.write("actions/lib/yaml.py", "name = 'a yaml of its own'");
    let body = "
from libs.k8s import name
import helper, shared, yaml
child = subprocess.run([sys.executable, '-c', 'import shared, st2common; print(shared.name)'], capture_output=True, text=True)
return name(), helper.name, shared.name, yaml.name, child.stdout";
    let found = desk.give(body).await;
    assert_eq!(
        found,
        json!(["beside", "actions/lib", "lib", "a yaml of its own", "lib\n"])
    );
}

#[tokio::test]
async fn much_output_and_a_large_result() {
    let desk = Desk::with(|settings| settings.output_limit = 1_000_000);
    let body = "
line = 'x' * 999 + '\\n'
for _ in range(50_000): sys.stdout.write(line)
return 'r' * 20_000_000";
    let attempt = desk.attempt(&action(body), json!({}));
    let heard = Arc::clone(&attempt.heard);
    let outcome = attempt.outcome().await;
    assert_eq!(outcome.verdict, Succeeded);
    assert_eq!(text(&outcome, "result").len(), 20_000_000);
    assert_eq!(heard.text(OutputKind::Stdout).len(), 50_000_000);
    assert!(
        heard
            .pieces()
            .iter()
            .all(|(_, piece)| piece.len() <= 64 * 1024)
    );
    let stdout = text(&outcome, "stdout");
    assert!(stdout.len() < 1_000_100, "{}", stdout.len());
    assert!(stdout.ends_with("[cut here: 49000000 more bytes]\n"));
}

#[tokio::test]
async fn a_result_beyond_all_bounds_is_refused() {
    let desk = Desk::new();
    let outcome = desk.run(&action("return 'r' * 140_000_000")).await;
    assert_eq!(outcome.verdict, Failed);
    assert!(
        text(&outcome, "stderr").contains("FrameTooLong"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn nonsense_on_the_line_is_told() {
    let desk = Desk::new();
    for (nonsense, part) in [
        (r"b'\xff\xff\xff\xff'", "is too long"),
        (r"b'\0\0\0\1{'", "cannot read what the Python process says"),
        (
            r#"b'\0\0\0\x0d{"done": "so"}'"#,
            "cannot read what the Python process says",
        ),
        (
            r#"b'\0\0\0\x18{"call": {"give_all": 1}}'"#,
            "cannot read what the Python process says",
        ),
    ] {
        let body = format!(
            "from squall_worker import channel\nchannel._current._sock.send({nonsense})\ntime.sleep(1000)"
        );
        let outcome = desk.run(&action(&body)).await;
        assert_eq!(outcome.verdict, Failed);
        assert!(text(&outcome, "error").contains(part), "{outcome:?}");
    }
}

#[tokio::test]
async fn the_datastore_answers() {
    let desk = Desk::new();
    let body = "
service = self.action_service
return [
    service.get_value('price'), service.get_value('none', local=False),
    service.set_value('price', 5, ttl=9, encrypt=True), service.delete_value('price'),
    [(key.name, key.value) for key in service.list_values(prefix='p', limit=3, offset=1)],
    service.get_user_info()['username'], service.get_value('refused'),
]";
    let mut attempt = desk.attempt(&action(body), json!({}));
    let asked = Arc::new(Datastore::default());
    attempt.run.calls = Arc::clone(&asked) as Arc<dyn Calls>;
    attempt
        .parameters
        .insert("log_level".to_owned(), json!("INFO"));
    let outcome = attempt.outcome().await;
    assert_eq!(
        outcome.result["result"],
        json!(["12", null, true, true, [["tests.It:p", "1"]], "pat", null])
    );
    assert!(
        text(&outcome, "stderr").contains("not for you"),
        "{outcome:?}"
    );
    let scope = squall_model::key::Scope::System;
    let name = || "tests.It:price".to_owned();
    let expected = [
        Call::GetKey {
            scope,
            name: name(),
            decrypt: false,
        },
        Call::GetKey {
            scope,
            name: "none".to_owned(),
            decrypt: false,
        },
        Call::SetKey {
            scope,
            name: name(),
            value: "5".to_owned(),
            ttl: Some(9),
            encrypt: true,
        },
        Call::DeleteKey {
            scope,
            name: name(),
        },
        Call::ListKeys {
            prefix: "tests.It:p".to_owned(),
            limit: Some(3),
            offset: 1,
        },
        Call::UserInfo,
        Call::GetKey {
            scope,
            name: "tests.It:refused".to_owned(),
            decrypt: false,
        },
    ];
    assert_eq!(*asked.0.lock().unwrap(), expected);
}

#[derive(Default)]
struct Datastore(std::sync::Mutex<Vec<Call>>);

impl Calls for Datastore {
    fn call(&self, call: Call) -> Later<'_, Result<Json, String>> {
        let answer = match &call {
            Call::GetKey { name, .. } if name.ends_with("refused") => Err("not for you".to_owned()),
            Call::GetKey { name, .. } if name.ends_with("price") => Ok(json!("12")),
            Call::GetKey { .. } => Ok(json!(null)),
            Call::SetKey { .. } | Call::DeleteKey { .. } => Ok(json!(true)),
            Call::ListKeys { .. } => Ok(json!([{"name": "tests.It:p", "value": "1"}])),
            Call::Playbook(_) => Err("no playbook".to_owned()),
            Call::UserInfo => Ok(json!({"username": "pat"})),
            Call::Announce { .. } => Ok(json!(null)),
        };
        self.0.lock().unwrap().push(call);
        Box::pin(std::future::ready(answer))
    }
}
