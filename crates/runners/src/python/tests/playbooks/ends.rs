//! Deaths, timeouts, greed, and code that changes.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::*;
use crate::testing::{plays_a_part, this_program_as};

/// Two actions: the first tells, the second does this.
fn tells_then(stage: &Stage, body: &str) -> Vec<Share> {
    let body: String = body
        .trim()
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    let source = format!(
        "@action\ndef tells(event: PodEvent):\n    event.add_enrichment([MarkdownBlock('told before')])\n\n\
         @action\ndef second(event: PodEvent):\n{body}"
    );
    stage.module("actions.py", &source);
    vec![playbook(&[("tells", json!({})), ("second", json!({}))])]
}

fn second() -> During {
    During {
        playbook: 0,
        name: "second".to_owned(),
    }
}

#[tokio::test]
async fn a_death_keeps_what_was_found_before() {
    let Some(stage) = Stage::new() else { return };
    let playbooks = tells_then(
        &stage,
        "print('last words', file=__import__('sys').stderr, flush=True); os._exit(7)",
    );
    let performed = stage.perform(pod_update(), playbooks).await;
    assert_eq!(
        performed.end,
        End::Died("exit code 7; its last words: last words".to_owned())
    );
    assert_eq!(performed.during, Some(second()));
    assert_eq!(texts(&performed), ["told before"]);
    let ran = performed.results.unwrap().actions;
    assert_eq!(ran.len(), 1);
    assert_eq!(ran[0].name, "tells");
}

#[tokio::test]
async fn a_signal_is_told() {
    let Some(stage) = Stage::new() else { return };
    let playbooks = tells_then(&stage, "os.kill(os.getpid(), 9)");
    let performed = stage.perform(pod_update(), playbooks).await;
    let expected = "killed by a SIGKILL that Squall did not send: out of memory?";
    assert_eq!(performed.end, End::Died(expected.to_owned()));
    assert_eq!(performed.during, Some(second()));
}

#[tokio::test]
async fn leaving_is_a_failure_of_the_action_alone() {
    let Some(stage) = Stage::new() else { return };
    let mut playbooks = tells_then(&stage, "raise SystemExit('enough')");
    playbooks.push(playbook(&[("tells", json!({}))]));
    let performed = stage.perform(pod_update(), playbooks).await;
    assert_eq!(performed.end, End::Done);
    let ran = performed.results.unwrap().actions;
    let went: Vec<bool> = ran.iter().map(|ran| ran.success).collect();
    assert_eq!(went, [true, false, true]);
    let message = ran[1].message.as_deref().unwrap();
    assert_eq!(message, "ACTION_UNEXPECTED_ERROR: SystemExit: enough");
}

#[tokio::test]
async fn a_timeout_ends_everything() {
    let Some(stage) = Stage::new() else { return };
    let body = "import subprocess\nprint(subprocess.Popen(['sleep', '1000'], start_new_session=True).pid, flush=True)\ntime.sleep(1000)";
    let request = stage.request(pod_update(), tells_then(&stage, body));
    let mut surroundings = stage.surroundings();
    surroundings.timeout = Duration::from_secs(5);
    let performed = stage.host.perform_playbooks(&request, &surroundings).await;
    assert_eq!(performed.end, End::TimedOut);
    assert_eq!(performed.during, Some(second()));
    assert_eq!(texts(&performed), ["told before"]);
    assert!(!is_running(performed.stdout.trim()), "{}", performed.stdout);
}

#[tokio::test]
async fn a_cancel_ends_everything() {
    let Some(stage) = Stage::new() else { return };
    let request = stage.request(
        pod_update(),
        tells_then(&stage, "print('ready', flush=True)\ntime.sleep(1000)"),
    );
    let heard = Arc::new(Heard::default());
    let mut surroundings = stage.surroundings();
    surroundings.output = Arc::clone(&heard) as Arc<dyn crate::Output>;
    let cancel = surroundings.cancel.clone();
    let cancelling = async {
        heard.lines(1).await;
        cancel.cancel();
        Instant::now()
    };
    let performing = stage.host.perform_playbooks(&request, &surroundings);
    let (performed, asked_at) = tokio::join!(performing, cancelling);
    assert!(asked_at.elapsed() < Duration::from_secs(1));
    assert_eq!(
        (performed.end, performed.during),
        (End::Cancelled, Some(second()))
    );
}

#[tokio::test]
async fn greed_is_limited() {
    let limits = crate::Limits {
        memory: Some(300_000_000),
        processor_seconds: Some(2),
        ..crate::Limits::default()
    };
    let Some(stage) = Stage::with(|settings| settings.limits = limits) else {
        return;
    };
    let performed = stage
        .perform(pod_update(), tells_then(&stage, "bytearray(1_000_000_000)"))
        .await;
    let ran = performed.results.unwrap().actions;
    assert_eq!(
        ran[1].message.as_deref(),
        Some("ACTION_UNEXPECTED_ERROR: MemoryError: ")
    );
    stage.host.python.reload_playbooks();
    let performed = stage
        .perform(pod_update(), tells_then(&stage, "while True: pass"))
        .await;
    assert_eq!(
        performed.end,
        End::Died("used more processor time than actions may".to_owned())
    );
    assert_eq!(performed.during, Some(second()));
}

#[tokio::test]
async fn output_is_cut() {
    let Some(stage) = Stage::with(|settings| settings.output_limit = 1000) else {
        return;
    };
    let performed = stage
        .perform(pod_update(), tells_then(&stage, "print('x' * 5000)"))
        .await;
    assert!(
        performed.stdout.ends_with("[cut here: 4001 more bytes]\n"),
        "{}",
        performed.stdout
    );
}

#[tokio::test]
async fn findings_that_are_too_large_are_left_out_and_say_so() {
    let Some(stage) = Stage::new() else { return };
    let body = "event.add_enrichment([FileBlock('core.dump', b'x' * 100_000_000), MarkdownBlock('small')])";
    let performed = stage.perform(pod_update(), tells_then(&stage, body)).await;
    assert_eq!(performed.end, End::Done);
    let told = texts(&performed);
    let left_out = "The FileBlock `core.dump` of 133333431 bytes is left out: all findings of an event may have 33554432 bytes.";
    assert_eq!(told, ["told before", left_out, "small"]);
    assert!(
        performed.stderr.contains("the findings are too large"),
        "{}",
        performed.stderr
    );
}

#[tokio::test]
async fn questions_that_cannot_be_answered_are_refused() {
    let Some(stage) = Stage::new() else { return };
    let body = "
from squall_worker import calls
def asks(question, **arguments):
    try:
        return calls.call(question, arguments)
    except calls.Refused as refusal:
        return str(refusal)
told = [asks('persistent_get', name='too much'), asks('persistent_get', name=''), asks('anything'), asks('emit_event', name='a', arguments={})]
event.add_enrichment([MarkdownBlock(one) for one in told])
";
    let performed = stage.perform(pod_update(), tells_then(&stage, body)).await;
    let expected = [
        "told before",
        "the answer cannot be had: a message of 134217741 bytes is too long: at most 134217728 are possible",
        "the name of persistent data is empty",
        "this cannot be asked of Squall: unknown variant `anything`, expected one of `get_key`, `set_key`, `delete_key`, `list_keys`, `user_info`",
        "not here",
    ];
    assert_eq!(texts(&performed), expected, "{}", performed.stderr);
}

#[tokio::test]
async fn more_playbooks_run_in_the_same_process() {
    let Some(stage) = Stage::new() else { return };
    let source = "
seen = []
@action
def counts(event: PodEvent):
    seen.append(1)
    event.add_enrichment([MarkdownBlock(str(len(seen)))])
";
    stage.module("actions.py", source);
    let counts = || playbook(&[("counts", json!({}))]);
    let given = json!({"out": [{
        "id": "6d3c1f5e-0d52-4b4c-9a59-6f5f6f1d3b6f", "title": "native", "description": null, "severity": "INFO",
        "source": "kubernetes_api_server", "type": "issue", "failure": true, "aggregation_key": "k", "fingerprint": "f",
        "subject": {"name": null, "kind": "pod", "namespace": null, "node": null, "container": null, "labels": {}, "annotations": {}},
        "links": [], "enrichments": [{"blocks": [{"block": "MarkdownBlock", "text": "native"}], "annotations": {}, "type": null, "title": null}],
        "starts_at": "2024-01-01T00:00:00+00:00", "ends_at": null, "add_silence_url": false, "silence_labels": {},
    }]});
    let answers = [
        json!({"playbooks": [counts()], "findings": given}),
        json!({"playbooks": [counts()]}),
    ];
    stage.answers.next.lock().unwrap().extend(answers);
    let mut request = stage.request(pod_update(), vec![counts()]);
    request.more = true;
    let performed = stage
        .host
        .perform_playbooks(&request, &stage.surroundings())
        .await;
    assert_eq!(performed.end, End::Done, "{performed:?}");
    assert_eq!(texts(&performed), ["native", "2", "3"]);
    let playbooks: Vec<usize> = performed
        .results
        .unwrap()
        .actions
        .iter()
        .map(|ran| ran.playbook)
        .collect();
    assert_eq!(playbooks, [0, 1, 2]);
    let asked = stage.answers.asked();
    let PlaybookCall::NextPlaybooks(so_far) = &asked[0] else {
        panic!("{asked:?}");
    };
    assert_eq!(
        so_far["findings"]["out"][0]["enrichments"][0]["blocks"][0]["text"],
        "1"
    );
}

#[tokio::test]
async fn nothing_of_one_event_reaches_the_next() {
    let Some(stage) = Stage::new() else { return };
    let source = "
seen = []
@action
def counts(event: PodEvent):
    seen.append(1)
    event.add_enrichment([MarkdownBlock('%d %d' % (len(seen), os.getppid()))])
";
    stage.module("actions.py", source);
    let counts = || vec![playbook(&[("counts", json!({}))])];
    let first = texts(&stage.perform(pod_update(), counts()).await);
    assert!(first[0].starts_with("1 "), "{first:?}");
    assert_eq!(texts(&stage.perform(pod_update(), counts()).await), first);
    // Each reading of the code has a server of its own.
    stage.host.python.reload_playbooks();
    assert_ne!(texts(&stage.perform(pod_update(), counts()).await), first);
}

#[tokio::test]
async fn changed_code_is_noticed() {
    let Some(stage) = Stage::new() else { return };
    let tells = |text: &str| {
        let source = format!(
            "@action\ndef tells(event: PodEvent):\n    event.add_enrichment([MarkdownBlock('{text}')])\n"
        );
        stage.module("actions.py", &source);
    };
    let told = async || {
        let playbooks = vec![playbook(&[("tells", json!({}))])];
        texts(&stage.perform(pod_update(), playbooks).await)
    };
    tells("before");
    assert_eq!(told().await, ["before"]);
    tells("afterwards");
    while told().await != ["afterwards"] {}
}

#[tokio::test]
async fn broken_modules_hide_no_others() {
    let Some(stage) = Stage::new() else { return };
    tells_then(&stage, "pass");
    stage.module("broken.py", "def oops(:\n");
    stage.module("missing.py", "import nowhere_to_be_found\n");
    let found = stage
        .host
        .inspect_playbooks(&stage.repositories())
        .await
        .unwrap();
    let names: Vec<&str> = found
        .actions
        .iter()
        .map(|action| action.name.as_str())
        .collect();
    assert_eq!(names, ["second", "tells"]);
    let told: Vec<_> = found
        .problems
        .iter()
        .map(|one| (one.module.as_str(), one.line, one.message.as_str()))
        .collect();
    let expected = [
        ("broken", Some(3), "not Python: invalid syntax"),
        (
            "missing",
            Some(3),
            "ModuleNotFoundError: No module named 'nowhere_to_be_found'",
        ),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_repository_that_ends_its_server_is_told_and_not_tried_all_the_time() {
    let Some(stage) = Stage::new() else { return };
    let starts = stage.folder.path().join("starts");
    let ends = format!(
        "open({:?}, 'a').write('x')\nprint('that was it', file=__import__('sys').stderr, flush=True)\nos._exit(3)\n",
        starts.display()
    );
    stage.module("ends.py", &ends);
    let told = async || {
        let inspected = stage.host.inspect_playbooks(&stage.repositories()).await;
        inspected.map_err(|error| crate::process::explain(&error))
    };
    let expected =
        "cannot look at the playbook repositories: the Python fork server has ended: that was it";
    for _ in 0..3 {
        assert_eq!(told().await.unwrap_err(), expected);
    }
    assert_eq!(fs::read_to_string(&starts).unwrap(), "xx");
    stage.module("ends.py", "@action\ndef better(event: PodEvent): pass\n");
    assert_eq!(told().await.unwrap().actions[0].name, "better");
}

/// Not a test: this program as a server that waits to be killed, and says what its action says.
#[tokio::test]
async fn be_a_server() {
    if !plays_a_part() {
        return;
    }
    let Some(stage) = Stage::new() else { return };
    let body = "
import subprocess
print(os.getpid(), flush=True)
print(subprocess.Popen(['sleep', '1000'], start_new_session=True).pid, flush=True)
time.sleep(1000)
";
    let request = stage.request(pod_update(), tells_then(&stage, body));
    let mut surroundings = stage.surroundings();
    surroundings.output = Arc::new(Said);
    stage.host.perform_playbooks(&request, &surroundings).await;
}

struct Said;

impl crate::Output for Said {
    fn write(&self, kind: OutputKind, data: String) -> Later<'_, ()> {
        if kind == OutputKind::Stdout {
            std::io::stderr().write_all(data.as_bytes()).unwrap();
        }
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn nothing_outlives_a_killed_server() {
    if python().is_none() {
        return;
    }
    let line = this_program_as("python::tests::playbooks::ends::be_a_server");
    let mut server = std::process::Command::new(&line[0])
        .args(&line[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(server.stderr.take().unwrap()).lines();
    let pids: Vec<String> = said.map(|line| line.unwrap()).take(2).collect();
    assert!(pids.iter().all(|pid| is_running(pid)), "{pids:?}");
    server.kill().unwrap();
    server.wait().unwrap();
    while pids.iter().any(|pid| is_running(pid)) {
        std::thread::yield_now();
    }
}
