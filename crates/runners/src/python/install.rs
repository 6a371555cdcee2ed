//! Makes virtualenvs: with `uv` where it is installed, else with Python's own `venv` and `pip`.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fs_err as fs;
use tokio::process::Command;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How long each step may take.
const WITHIN: Duration = Duration::from_secs(900);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// How much of what a tool said last is passed on.
const LAST_WORDS: u64 = 2000;

/// Written last: a virtualenv without it is unfinished.
const MARKER: &str = "squall-ready";

/// How many virtualenvs of an owner are kept: the present one, and the one that actions may still be using.
const KEPT: usize = 2;

/// A virtualenv could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The interpreter does not start, or is none.
    #[error("cannot ask the Python interpreter `{interpreter}` for its version")]
    Interpreter {
        /// As it was asked for.
        interpreter: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The data folder cannot be written.
    #[error("cannot write below `{folder}`")]
    Folder {
        /// The virtualenv's folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A tool does not start.
    #[error("cannot start `{0}`")]
    Start(String, #[source] io::Error),
    /// A tool said no.
    #[error("`{tool}` failed; it said last:\n{said}")]
    Failed {
        /// The tool and what it was to do.
        tool: String,
        /// The end of its output.
        said: String,
    },
    /// A tool did not come to an end.
    #[error("`{0}` took longer than {limit} seconds", limit = WITHIN.as_secs())]
    TooSlow(String),
}

/// What virtualenvs are made with.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    /// The interpreter they are made for.
    pub interpreter: PathBuf,
    /// The environment of all tools.
    pub environment: Vec<(OsString, OsString)>,
}

impl Tools {
    /// Which interpreter this really is: its path and version. A virtualenv fits no other.
    pub(super) async fn identity(&self) -> Result<String, Error> {
        let unknown = |source| Error::Interpreter {
            interpreter: self.interpreter.clone(),
            source,
        };
        let program = "import sys; print(sys.executable, sys.version)";
        let mut command = self.command(self.interpreter.as_os_str());
        command.args(["-c", program]).kill_on_drop(true);
        let slow = |_| io::Error::from(io::ErrorKind::TimedOut);
        let answer = timeout(ANSWER_WITHIN, command.output()).await.map_err(slow);
        let answer = answer.and_then(|answer| answer).map_err(unknown)?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        if !answer.status.success() || text.is_empty() {
            let said = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
            return Err(unknown(io::Error::other(said)));
        }
        Ok(text)
    }

    /// Whether the interpreter runs this program without an error.
    pub(super) async fn succeeds(&self, program: &str) -> bool {
        let mut command = self.command(self.interpreter.as_os_str());
        command.args(["-c", program]).kill_on_drop(true);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let status = timeout(ANSWER_WITHIN, command.status()).await;
        matches!(status, Ok(Ok(status)) if status.success())
    }

    fn command(&self, program: &OsStr) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("PIP_NO_INPUT", "1")
            // Neither may git ask for a password.
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null());
        command
    }
}

/// What goes into a virtualenv.
#[derive(Debug)]
pub(super) enum Requirements {
    /// What the author's own file says, which may name others beside it.
    File(PathBuf),
    /// These lines.
    Lines(String),
}

impl Requirements {
    /// The file that says it, written beside the virtualenv if there is none.
    fn file(&self, place: &Path) -> io::Result<PathBuf> {
        match self {
            Self::File(file) => Ok(file.clone()),
            Self::Lines(lines) => {
                let file = beside(place, "requirements");
                fs::write(&file, lines)?;
                Ok(file)
            }
        }
    }
}

/// The folder of a virtualenv's packages.
pub(super) fn packages(place: &Path) -> Option<PathBuf> {
    let mut versions = fs::read_dir(place.join("lib")).ok()?;
    versions.find_map(|entry| {
        let packages = entry.ok()?.path().join("site-packages");
        packages.is_dir().then_some(packages)
    })
}

/// Whether the virtualenv at `place` is finished.
pub(super) fn is_ready(place: &Path) -> bool {
    place.join(MARKER).is_file()
}

/// Makes a virtualenv at `place` with what is required, unless it is there. Of several processes that
/// want the same one, one makes it.
pub(super) async fn virtualenv(
    tools: &Tools,
    place: &Path,
    requirements: &Requirements,
) -> Result<(), Error> {
    let folder = |source| Error::Folder {
        folder: place.to_owned(),
        source,
    };
    if is_ready(place) {
        return Ok(());
    }
    let _lock = locked(place).await.map_err(folder)?;
    if is_ready(place) {
        return Ok(());
    }
    if place.exists() {
        fs::remove_dir_all(place).map_err(folder)?;
    }
    let file = requirements.file(place).map_err(folder)?;
    if let Err(error) = install(tools, place, &file).await {
        // What is unfinished is removed now or by the next attempt.
        drop(fs::remove_dir_all(place));
        return Err(error);
    }
    fs::write(place.join(MARKER), "").map_err(folder)?;
    remove_older(place).map_err(folder)
}

async fn install(tools: &Tools, place: &Path, requirements: &Path) -> Result<(), Error> {
    let python = place.join("bin/python");
    let base = tools.interpreter.as_os_str();
    let step = Step {
        tools,
        place,
        folder: requirements.parent().unwrap_or(place),
    };
    let uv = OsStr::new("uv");
    let options = ["venv", "--system-site-packages", "--python"].map(OsStr::new);
    let arguments = [&options[..], &[base, place.as_os_str()]].concat();
    match step.run("uv venv", uv, &arguments).await {
        Ok(()) => {
            let options = ["pip", "install", "--compile-bytecode", "--python"].map(OsStr::new);
            let file = [
                python.as_os_str(),
                OsStr::new("--requirement"),
                requirements.as_os_str(),
            ];
            let arguments = [&options[..], &file].concat();
            step.run("uv pip install", uv, &arguments).await
        }
        Err(Error::Start(_, error)) if error.kind() == io::ErrorKind::NotFound => {
            let options = ["-m", "venv", "--system-site-packages", "--without-pip"].map(OsStr::new);
            let arguments = [&options[..], &[place.as_os_str()]].concat();
            step.run("python -m venv", base, &arguments).await?;
            // The system's own pip serves, where it has one: making another takes longer than all the rest.
            let python = python.as_os_str();
            let look = ["-c", "import pip"].map(OsStr::new);
            if step.run("python", python, &look).await.is_err() {
                let options = ["-m", "ensurepip"].map(OsStr::new);
                step.run("python -m ensurepip", python, &options).await?;
            }
            let options = ["-m", "pip", "install", "--requirement"].map(OsStr::new);
            let arguments = [&options[..], &[requirements.as_os_str()]].concat();
            step.run("pip install", python, &arguments).await
        }
        Err(error) => Err(error),
    }
}

/// What the steps of a build have in common.
struct Step<'a> {
    tools: &'a Tools,
    place: &'a Path,
    folder: &'a Path,
}

impl Step<'_> {
    /// Runs one tool in the folder of the requirements file. What it says goes to a log beside the virtualenv.
    async fn run(&self, name: &str, program: &OsStr, arguments: &[&OsStr]) -> Result<(), Error> {
        let start = |error| Error::Start(name.to_owned(), error);
        let log = beside(self.place, "log");
        let output = fs::File::create(&log).map_err(start)?;
        let write = || output.file().try_clone().map(Stdio::from);
        let mut command = self.tools.command(program);
        command
            .args(arguments)
            .current_dir(self.folder)
            .stdout(write().map_err(start)?)
            .stderr(write().map_err(start)?)
            .kill_on_drop(true);
        let mut process = command.spawn().map_err(start)?;
        let status = timeout(WITHIN, process.wait()).await;
        let status = status
            .map_err(|_| Error::TooSlow(name.to_owned()))?
            .map_err(start)?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Failed {
            tool: name.to_owned(),
            said: last_words(&log).unwrap_or_default(),
        })
    }
}

fn last_words(log: &Path) -> io::Result<String> {
    let mut file = fs::File::open(log)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS)))?;
    let mut end = Vec::new();
    file.take(LAST_WORDS).read_to_end(&mut end)?;
    Ok(String::from_utf8_lossy(&end).trim().to_owned())
}

/// A lock that only one process has; dropping the file gives it back.
async fn locked(place: &Path) -> io::Result<fs::File> {
    fs::create_dir_all(place.parent().unwrap_or(place))?;
    let path = beside(place, "lock");
    let waiting = spawn_blocking(move || {
        let file = fs::File::create(path)?;
        file.file().lock()?;
        Ok(file)
    });
    waiting
        .await
        .unwrap_or_else(|panic| Err(io::Error::other(panic)))
}

fn beside(place: &Path, extension: &str) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// Removes the virtualenvs that its owner had before, but the newest.
fn remove_older(place: &Path) -> io::Result<()> {
    let name = place.file_name().and_then(OsStr::to_str);
    let (Some(folder), Some((owner, _))) =
        (place.parent(), name.and_then(|name| name.rsplit_once('-')))
    else {
        return Ok(());
    };
    let mut own = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if name
            .rsplit_once('-')
            .is_some_and(|(other, _)| other == owner)
            && let Ok(marker) = fs::metadata(path.join(MARKER))
        {
            own.push((marker.modified()?, path));
        }
    }
    own.sort();
    let surplus = own.len().saturating_sub(KEPT);
    own.iter()
        .take(surplus)
        .try_for_each(|(_, path)| fs::remove_dir_all(path))
}
