//! Who types what a page says.

use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::command;
use crate::http::Request;
use crate::machine;
use crate::process::Process;
use crate::server::binary;
use crate::wait;

/// Where the manual says that the server is.
const USUAL: &str = "127.0.0.1:8700";

/// A terminal in a folder of its own, with a server once one has been started.
pub(super) struct Player {
    folder: TempDir,
    server: Option<(Process, String)>,
    st2: bool,
}

impl Player {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fs_err::create_dir_all(&bin).unwrap();
        symlink(binary(), bin.join("squall")).unwrap();
        let st2 = machine::stock_client();
        if let Some(st2) = &st2 {
            symlink(st2, bin.join("st2")).unwrap();
        }
        Self {
            folder,
            server: None,
            st2: st2.is_some(),
        }
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// Types a line; the error says what came of it instead.
    pub(super) fn type_in(
        &mut self,
        line: &str,
        shows: &[String],
        fails: bool,
    ) -> Result<(), String> {
        if line.starts_with("squall dev") || line.starts_with("squall serve") {
            self.start(line);
            return Ok(());
        }
        if line.starts_with("st2 ") && !self.st2 {
            machine::skipped(
                &format!("the manual's `{line}`"),
                "the stock client st2client 3.9.0 is not installed",
            );
            return Ok(());
        }
        let ended = command::run(&mut self.shell(&self.filled_in(line)));
        let said = format!("{}{}", ended.stdout, ended.stderr);
        if (ended.code == Some(0)) == fails {
            return Err(format!("ended with {:?}:\n{said}", ended.code));
        }
        match missing(&said, shows) {
            Some(line) => Err(format!("does not show `{line}` (there), but:\n{said}")),
            None => Ok(()),
        }
    }

    fn start(&mut self, line: &str) {
        let mut command = self.shell(line);
        let mut server = Process::start("server", &mut command, self.folder.path());
        let address = server.said(0, |line| {
            line.strip_prefix("ready http://").map(str::to_owned)
        });
        self.server = Some((server, address));
    }

    /// The line with our server's address, and with the newest ids. Those are known only once all has come to rest, unless
    /// it is what is running that is meant.
    fn filled_in(&self, line: &str) -> String {
        let Some((_, address)) = &self.server else {
            return line.to_owned();
        };
        if !line.contains(" cancel ") {
            self.rest();
        }
        let words = line.split(' ').map(|word| match word {
            "ID" => self.newest("executions"),
            "EVENT" => self.newest("triggerinstances"),
            word => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ").replace(USUAL, address)
    }

    fn rest(&self) {
        wait::until("everything to end", || {
            let events = self.get("triggerinstances");
            let executions = self.get("executions");
            let pending = |event: &Value| event["status"] == "pending";
            let ended = |execution: &Value| execution.get("end_timestamp").is_some();
            let all = |list: &Value| list.as_array().cloned().unwrap_or_default();
            if all(&events).iter().any(pending) || !all(&executions).iter().all(ended) {
                return Err(format!("{events} {executions}"));
            }
            Ok(())
        });
    }

    fn newest(&self, list: &str) -> String {
        self.get(list)[0]["id"].as_str().unwrap().to_owned()
    }

    fn get(&self, list: &str) -> Value {
        let (_, address) = self.server.as_ref().unwrap();
        let request = Request::get(&format!("/api/v1/{list}"));
        request.send(address.parse().unwrap()).unwrap().json()
    }

    fn shell(&self, line: &str) -> Command {
        let found = std::env::var_os("PATH").unwrap_or_default();
        let ours = std::iter::once(self.folder.path().join("bin"));
        let path = std::env::join_paths(ours.chain(std::env::split_paths(&found))).unwrap();
        let mut command = Command::new("bash");
        command.args(["-c", line]);
        command.current_dir(self.folder.path());
        command.env("PATH", path).env("HOME", self.folder.path());
        command.env("SQUALL_SERVER_LISTEN", "127.0.0.1:0");
        command.env("SQUALL_STACKSTORM_PORTS", "off");
        // The stock client paints even what is no terminal, unless this says anything at all.
        command.env("ST2_COLORIZE", "no");
        if let Some((_, address)) = &self.server {
            command.env("SQUALL_URL", format!("http://{address}"));
            for (name, path) in [("API", "api"), ("AUTH", "auth"), ("STREAM", "stream")] {
                let url = format!("http://{address}/{path}/v1");
                command.env(format!("ST2_{name}_URL"), url);
            }
        }
        command
    }
}

/// The first of the lines that cannot be found, each behind the one before it.
fn missing<'a>(said: &str, shows: &'a [String]) -> Option<&'a str> {
    let mut said = said.lines();
    shows
        .iter()
        .find(|expected| !said.any(|line| fits(line, expected)))
        .map(String::as_str)
}

/// Whether a line holds the expected parts in their order. How many blanks there are does not matter.
fn fits(line: &str, expected: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (line, expected) = (plain(line), plain(expected));
    let mut rest = line.as_str();
    expected.split('…').map(str::trim).all(|part| {
        let found = rest.find(part);
        rest = found.map_or("", |at| &rest[at + part.len()..]);
        found.is_some()
    })
}

#[test]
fn lines_fit_whatever_their_blanks() {
    assert!(fits("ID    ACTION  USER", "ID  ACTION"));
    assert!(fits(
        "6b03  core.local  stanley  succeeded",
        "… core.local … succeeded"
    ));
    assert!(!fits(
        "6b03  core.local  stanley  failed",
        "… core.local … succeeded"
    ));
    assert_eq!(
        missing("one\ntwo\nthree", &["three".into(), "one".into()]),
        Some("one")
    );
}
