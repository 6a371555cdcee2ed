//! The stock StackStorm client, run as a user runs it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::redact::redacted;
use crate::server::Server;

/// `st2` with a home folder of its own, talking to one server.
pub(crate) struct Client {
    program: PathBuf,
    home: TempDir,
    variables: Vec<(&'static str, String)>,
    address: String,
}

/// What a user sees of one command.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) succeeded: bool,
}

impl Client {
    /// A client that is told where a server is.
    pub(crate) fn of(program: PathBuf, server: &Server) -> Self {
        Self::without_settings(program).moved_to(server)
    }

    /// The same client, told where another server is.
    pub(crate) fn moved_to(mut self, server: &Server) -> Self {
        self.variables.clear();
        self.address = server.address().to_string();
        let base = format!("http://{}", self.address);
        self.with("ST2_API_URL", &format!("{base}/api/v1"))
            .with("ST2_AUTH_URL", &format!("{base}/auth/v1"))
            .with("ST2_STREAM_URL", &format!("{base}/stream/v1"))
    }

    /// A client as it is after its installation.
    pub(crate) fn without_settings(program: PathBuf) -> Self {
        Self {
            program,
            home: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
            address: "127.0.0.1".to_owned(),
        }
    }

    /// With one more environment variable.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Its home folder.
    pub(crate) fn home(&self) -> &str {
        self.home.path().to_str().unwrap()
    }

    /// Runs one command to its end and shows both of its streams.
    pub(crate) fn run(&self, arguments: &[&str]) -> Shown {
        let output = self.command(arguments).output().unwrap();
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Shown {
            text,
            succeeded: output.status.success(),
        }
    }

    /// What a command that succeeds shows, with what differs from run to run redacted.
    pub(crate) fn shows(&self, arguments: &[&str]) -> String {
        let shown = self.run(arguments);
        assert!(shown.succeeded, "st2 {arguments:?}: {}", shown.text);
        self.seen(&shown.text)
    }

    /// What a command that fails shows.
    pub(crate) fn refuses(&self, arguments: &[&str]) -> String {
        let shown = self.run(arguments);
        assert!(!shown.succeeded, "st2 {arguments:?}: {}", shown.text);
        self.seen(&shown.text)
    }

    /// What a command that succeeds shows, of which a line must be there before `then` is done.
    pub(crate) fn shows_while_it_runs(
        &self,
        arguments: &[&str],
        line: &str,
        then: impl FnOnce(),
    ) -> String {
        let mut command = self.command(arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.lines().any(|seen| seen == line) {
            let read = output.read_line(&mut text).unwrap();
            assert!(read > 0, "st2 {arguments:?} ended without `{line}`: {text}");
        }
        then();
        output.read_to_string(&mut text).unwrap();
        assert!(child.wait().unwrap().success(), "st2 {arguments:?}: {text}");
        self.seen(&text)
    }

    /// The JSON that a command with `-j` prints.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let shown = self.run(&[arguments, &["-j"]].concat());
        assert!(shown.succeeded, "st2 {arguments:?}: {}", shown.text);
        serde_json::from_str(&shown.text).unwrap_or_else(|error| panic!("{error}: {}", shown.text))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C.UTF-8")
            .env("COLUMNS", "200")
            .env("PYTHONUNBUFFERED", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// A text with what differs from run to run redacted. The client prints a dot each time it asks whether an execution
    /// has ended, and pads its tables.
    fn seen(&self, text: &str) -> String {
        let text = text
            .replace(&self.address, "<address>")
            .replace(self.home(), "<home>");
        let text = redacted(&text);
        let lines = text.lines().map(str::trim_end);
        let lines: Vec<&str> = lines
            .filter(|line| line.is_empty() || line.contains(|letter| letter != '.'))
            .collect();
        lines.join("\n")
    }
}
