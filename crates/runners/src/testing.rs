//! What the tests of runners share: a host, a run, and somebody who listens.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::json;
use squall_model::action::Action;
use squall_model::outcome::Outcome;
use squall_model::record::OutputKind;
use squall_model::{Id, Json, Object};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{Call, Calls, Host, Later, Output, Run, Settings, find};

/// A host that is guarded by this test program.
pub(crate) fn host() -> Arc<Host> {
    host_with(|_| {})
}

pub(crate) fn host_with(change: impl FnOnce(&mut Settings)) -> Arc<Host> {
    let mut settings = Settings {
        environment: vec![("PATH".into(), std::env::var_os("PATH").unwrap())],
        guard: Some(this_program_as("guard::tests::be_the_guard")),
        ..Settings::default()
    };
    change(&mut settings);
    Host::start(settings).unwrap()
}

/// A command line by which this test program runs one of its tests, which then plays a part.
pub(crate) fn this_program_as(part: &str) -> Vec<OsString> {
    let program = std::env::current_exe().unwrap();
    let mut line = vec![OsString::from("/usr/bin/env"), format!("{PART}=1").into()];
    line.push(program.into());
    line.extend([part, "--exact", "--nocapture", "--test-threads=1"].map(OsString::from));
    line
}

/// Whether this program was started by [`this_program_as`].
pub(crate) fn plays_a_part() -> bool {
    std::env::var_os(PART).is_some()
}

const PART: &str = "SQUALL_TEST_PART";

/// One attempt, its listener, and what stops it.
pub(crate) struct Attempt {
    pub(crate) entry: &'static crate::Entry,
    pub(crate) parameters: Object,
    pub(crate) run: Run,
    pub(crate) heard: Arc<Heard>,
}

impl Attempt {
    /// Of the runner `name` with these runner parameters.
    pub(crate) fn new(name: &str, parameters: Json) -> Self {
        Self::on(host(), name, parameters)
    }

    pub(crate) fn on(host: Arc<Host>, name: &str, parameters: Json) -> Self {
        static COUNT: Mutex<u32> = Mutex::new(0);
        let count = {
            let mut count = COUNT.lock().unwrap();
            *count += 1;
            *count
        };
        let heard = Arc::new(Heard::default());
        Self {
            entry: find(name).unwrap(),
            parameters: object(parameters),
            run: Run {
                execution: Id::of(&format!("{}-{count}", std::process::id())),
                action: Arc::new(action(json!({"runner_type": name}))),
                pack_dir: None,
                parameters: Object::new(),
                user: "pat".to_owned(),
                config: Object::new(),
                environment: vec![("ST2_ACTION_PACK_NAME".to_owned(), "tests".to_owned())],
                output: Arc::clone(&heard) as Arc<dyn Output>,
                calls: Arc::new(NoCalls),
                cancel: CancellationToken::new(),
                host,
            },
            heard,
        }
    }

    /// Gives it a pack's folder, and its action more than a name.
    pub(crate) fn in_pack(mut self, folder: PathBuf, more: Json, parameters: Json) -> Self {
        self.run.pack_dir = Some(folder);
        self.run.action = Arc::new(action(more));
        self.run.parameters = object(parameters);
        self
    }

    pub(crate) async fn outcome(self) -> Outcome {
        self.entry.run(self.parameters, self.run).await
    }
}

pub(crate) fn object(value: Json) -> Object {
    let Json::Object(object) = value else {
        panic!("{value} is no object");
    };
    object
}

fn action(more: Json) -> Action {
    let mut action = object(json!({
        "id": Id::of("action:tests:it"), "ref": "tests.it", "runner_type": "noop"
    }));
    action.extend(object(more));
    serde_json::from_value(action.into()).unwrap()
}

/// Remembers what was printed.
pub(crate) struct Heard(watch::Sender<Vec<(OutputKind, String)>>);

impl Default for Heard {
    fn default() -> Self {
        Self(watch::Sender::new(Vec::new()))
    }
}

impl Heard {
    /// All of one kind so far.
    pub(crate) fn text(&self, kind: OutputKind) -> String {
        text(&self.0.borrow(), kind)
    }

    pub(crate) fn pieces(&self) -> Vec<(OutputKind, String)> {
        self.0.borrow().clone()
    }

    /// Waits until `count` lines are there on standard output, and gives them.
    pub(crate) async fn lines(&self, count: usize) -> Vec<String> {
        let mut changes = self.0.subscribe();
        let enough =
            |pieces: &Vec<_>| text(pieces, OutputKind::Stdout).matches('\n').count() >= count;
        let pieces = changes.wait_for(enough).await.unwrap();
        let text = text(&pieces, OutputKind::Stdout);
        text.lines().map(str::to_owned).collect()
    }
}

fn text(pieces: &[(OutputKind, String)], wanted: OutputKind) -> String {
    let of_kind = pieces.iter().filter(|(kind, _)| *kind == wanted);
    of_kind.map(|(_, piece)| piece.as_str()).collect()
}

impl Output for Heard {
    fn write(&self, kind: OutputKind, data: String) -> Later<'_, ()> {
        self.0.send_modify(|pieces| pieces.push((kind, data)));
        Box::pin(std::future::ready(()))
    }
}

struct NoCalls;

impl Calls for NoCalls {
    fn call(&self, _call: Call) -> Later<'_, Result<Json, String>> {
        Box::pin(std::future::ready(Err("nobody answers".to_owned())))
    }
}

/// A recorded case of the original: what it was given, and what it made of it.
#[derive(Deserialize)]
pub(crate) struct Recorded {
    pub(crate) id: String,
    pub(crate) expected: Json,
    #[serde(flatten)]
    pub(crate) given: Object,
}

/// The cases of a file.
pub(crate) fn recorded(name: &str) -> Vec<Recorded> {
    let file = format!("../../conformance/recorded/{name}.jsonl");
    let text = fs_err::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let cases = text.lines().map(|line| serde_json::from_str(line).unwrap());
    cases.collect()
}

/// Cases that are not as recorded, but for those that differ on purpose, which must.
pub(crate) struct Replay {
    meant: &'static [(&'static str, &'static str)],
    faults: Vec<String>,
}

impl Replay {
    /// `meant` are ids and reasons.
    pub(crate) fn new(meant: &'static [(&'static str, &'static str)]) -> Self {
        let faults = Vec::new();
        Self { meant, faults }
    }

    pub(crate) fn compare(&mut self, case: &Recorded, ours: &Json) {
        let is_same = without_words(ours) == without_words(&case.expected);
        if is_same == self.meant.iter().any(|(id, _)| *id == case.id) {
            let fault = format!("{}:\n  {ours}\n  {}", case.id, case.expected);
            self.faults.push(fault);
        }
    }

    pub(crate) fn finish(self) {
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
    }
}

/// The words of an error are ours; that it is one is the contract.
fn without_words(value: &Json) -> Json {
    let mut value = value.clone();
    let error = value
        .get("error")
        .or_else(|| value.pointer("/result/error"));
    let ended = value.pointer("/result/return_code").is_some();
    if let (Some(_), false, Some(members)) = (error, ended, value.clone().as_object_mut()) {
        members.remove("message");
        members.remove("result");
        members.insert("error".to_owned(), true.into());
        value = members.clone().into();
    }
    value
}

/// Whether a process is there and not merely waiting to be reaped.
pub(crate) fn is_running(process: &str) -> bool {
    let status = fs_err::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = status.rsplit_once(") ").map(|(_, rest)| rest);
    state.is_some_and(|state| !state.starts_with(['Z', 'X']))
}
