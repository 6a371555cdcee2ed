//! The real binary, started on a folder and a port of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::http::{Request, Response};
use crate::machine;
use crate::process::Process;

/// A running Squall.
pub(crate) struct Server {
    process: Process,
    address: SocketAddr,
    settings: Settings,
}

/// How to start one, again if need be.
pub(crate) struct Settings {
    folder: TempDir,
    tracer: Vec<String>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

impl Settings {
    /// `squall dev` in a fresh folder, with only the packs that come with it.
    pub(crate) fn dev() -> Self {
        Self::of("dev").on_any_port()
    }

    /// `squall dev`, and nothing more said: on its usual ports.
    pub(crate) fn dev_as_installed() -> Self {
        Self::of("dev")
    }

    /// The file of everything it says.
    pub(crate) fn log(&self) -> String {
        fs_err::read_to_string(self.folder().join("squall.log")).unwrap()
    }

    /// `squall serve` in a fresh folder, for those who are in the htpasswd file of this text.
    pub(crate) fn serve(passwords: &str) -> Self {
        let settings = Self::of("serve").on_any_port();
        let file = settings.folder().join("htpasswd");
        fs_err::write(&file, passwords).unwrap();
        settings.with(&["--htpasswd", file.to_str().unwrap()])
    }

    /// `squall serve` in a fresh folder, asking nobody who they are.
    pub(crate) fn serve_open() -> Self {
        Self::of("serve").on_any_port().with(&["--no-auth"])
    }

    fn of(command: &str) -> Self {
        let settings = Self {
            folder: tempfile::tempdir().unwrap(),
            tracer: Vec::new(),
            arguments: Vec::new(),
            variables: Vec::new(),
        };
        settings.with(&[command])
    }

    fn on_any_port(self) -> Self {
        let data = self.folder().join("data");
        self.with(&["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
    }

    /// With all packs of a folder.
    pub(crate) fn packs(self, folder: &Path) -> Self {
        self.with(&["--packs", folder.to_str().unwrap()])
    }

    /// With this config of a pack.
    pub(crate) fn config(self, pack: &str, config: &Value) -> Self {
        let folder = self.folder().join("data/configs");
        fs_err::create_dir_all(&folder).unwrap();
        // JSON is YAML, too.
        fs_err::write(folder.join(format!("{pack}.yaml")), config.to_string()).unwrap();
        self
    }

    /// With more arguments.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&word| word.into()));
        self
    }

    /// With a settings file of this text.
    pub(crate) fn config_file(self, text: &str) -> Self {
        let file = self.folder().join("squall.toml");
        fs_err::write(&file, text).unwrap();
        self.with(&["--config", file.to_str().unwrap()])
    }

    /// With a file of playbooks of this text.
    pub(crate) fn playbooks(self, text: &str) -> Self {
        fs_err::write(self.folder().join("values.yaml"), text).unwrap();
        self.with(&["--playbooks", "values.yaml"])
    }

    /// With the Python that has what playbooks import; nothing, and that is said, where there is none.
    pub(crate) fn python_of_playbooks(self) -> Option<Self> {
        let Some(python) = std::env::var_os("SQUALL_PLAYBOOKS_PYTHON") else {
            machine::skipped("playbooks in Python", "what they import is not installed");
            return None;
        };
        let programs = Path::new(&python).parent().unwrap().display().to_string();
        let path = std::env::var_os("PATH").unwrap_or_default();
        Some(self.variable("PATH", &format!("{programs}:{}", path.display())))
    }

    /// With this variable in its environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Below another program, such as a tracer.
    pub(crate) fn below(mut self, tracer: &[&str]) -> Self {
        self.tracer = tracer.iter().map(|&word| word.into()).collect();
        self
    }

    /// Holds the data, the log and whatever the story puts there; goes with the settings.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it and waits until it is ready.
    pub(crate) fn start(self) -> Server {
        let said_before = fs_err::read(self.folder().join("squall.log")).unwrap_or_default();
        let mut process = Process::start("squall", &mut self.command(), self.folder());
        let address = process.said(said_before.len(), |line| {
            let address = line.strip_prefix("ready http")?;
            let address = address.trim_start_matches('s').strip_prefix("://")?;
            address.trim_end_matches('/').parse().ok()
        });
        Server {
            process,
            address,
            settings: self,
        }
    }

    fn command(&self) -> Command {
        let binary = binary().as_os_str().to_owned();
        let mut words = self.tracer.iter().map(Into::into).chain([binary]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(&self.arguments);
        command.current_dir(self.folder());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Server {
    /// `squall dev` with all packs of a folder.
    pub(crate) fn dev(packs: &Path) -> Self {
        Settings::dev().packs(packs).start()
    }

    /// All it has said so far.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    /// The most memory it has ever taken, in KiB.
    pub(crate) fn most_memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.process.id());
        let status = fs_err::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.unwrap().split_whitespace().next().unwrap();
        number.parse().unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn folder(&self) -> &Path {
        self.settings.folder()
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn send(&self, request: &Request) -> Response {
        request.send(self.address).unwrap()
    }

    /// Gets JSON; anything but status 200 is a failure.
    pub(crate) fn get(&self, path: &str) -> Value {
        let response = self.send(&Request::get(path));
        assert_eq!(response.status, 200, "GET {path}: {}", response.text());
        response.json()
    }

    /// Posts JSON; anything but the status expected is a failure.
    pub(crate) fn post(&self, path: &str, body: &Value, expected: u16) -> Value {
        let response = self.send(&Request::post(path, body));
        assert_eq!(
            response.status,
            expected,
            "POST {path}: {}",
            response.text()
        );
        response.json()
    }

    /// kill -9: to a process as sudden as a power cut.
    pub(crate) fn kill(self) -> Settings {
        self.process.kill();
        self.settings
    }

    /// Asks it to stop, and does not wait.
    pub(crate) fn ask_to_stop(&self) {
        self.process.ask_to_stop();
    }

    /// Waits for the end of one that was asked to stop, and tells whether it ended well.
    pub(crate) fn ended_well(self) -> (Settings, bool) {
        let ended_well = self.process.ended_well();
        (self.settings, ended_well)
    }

    /// Asks it to stop, and tells whether it ended well.
    pub(crate) fn stop(self) -> (Settings, bool) {
        self.ask_to_stop();
        self.ended_well()
    }
}

/// The binary under test: the one `cargo xtask test` has just built, or one built now.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(binary) = std::env::var_os("SQUALL_BINARY") {
            return binary.into();
        }
        let mut cargo = Command::new(env!("CARGO"));
        // What Cargo tells us of this package is not for another Cargo: build scripts that look at it would run again.
        let about_us = std::env::vars_os().map(|(name, _)| name).filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || name == "OUT_DIR"
        });
        about_us.for_each(|name| {
            cargo.env_remove(name);
        });
        let built = cargo
            .args(["build", "--quiet", "--locked", "--package", "squall"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(built.success(), "squall does not build");
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        scratch.parent().unwrap().join("debug/squall")
    })
}
