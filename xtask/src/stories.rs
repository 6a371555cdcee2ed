//! What the product stories need from the machine: real servers, the stock client, a system-call tracer.
//!
//! As root on Debian what is missing is installed; elsewhere the story that misses it says so in a file that is read
//! after the tests, so that nothing is skipped in silence.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{step, target};

/// Debian's packages, each with the program that shows it is there.
const PACKAGES: [(&str, &str); 4] = [
    ("curl", "curl"),
    ("prometheus", "prometheus"),
    ("prometheus-alertmanager", "prometheus-alertmanager"),
    ("strace", "strace"),
];

/// The stock client, and a line that fails unless that very version is there.
const CLIENT: &str = "st2client==3.9.0";
const CLIENT_IS_THERE: &str =
    "import importlib.metadata as m, sys; sys.exit(m.version('st2client') != '3.9.0')";

/// What playbooks import, in versions that Robusta asks for, and a line that fails unless that pydantic is there.
const PLAYBOOKS: [&str; 6] = [
    "pydantic==1.10.27",
    "kubernetes==26.1.0",
    "pyyaml==6.0.3",
    "requests==2.32.4",
    "tabulate==0.8.10",
    "pygal==3.0.5",
];
const PLAYBOOKS_ARE_THERE: &str = "import kubernetes, pydantic, pygal, requests, sys, tabulate, yaml; sys.exit(pydantic.VERSION != '1.10.27')";

/// Where stories find the stock client and leave word of what they skipped.
pub(crate) struct Stories {
    skipped: PathBuf,
    client: PathBuf,
    python: PathBuf,
}

/// Installs what is missing and can be installed.
pub(crate) fn prepare() -> Stories {
    let folder = target().join("stories");
    if let Err(error) = fs_err::create_dir_all(&folder) {
        eprintln!("{error}");
    }
    install_packages();
    let environment = folder.join("venv");
    install(&environment, &[CLIENT], CLIENT_IS_THERE);
    let playbooks = folder.join("playbooks");
    let python = if install(&playbooks, &PLAYBOOKS, PLAYBOOKS_ARE_THERE) {
        playbooks.join("bin/python")
    } else {
        PathBuf::from("python3")
    };
    let skipped = folder.join(format!("skipped-{}", std::process::id()));
    Stories {
        skipped,
        client: environment.join("bin/st2"),
        python,
    }
}

impl Stories {
    /// Tells a test run where the binary, the stock client and what playbooks import are, and where to name skipped stories.
    pub(crate) fn tell(&self, run: &mut Command) {
        run.env("SQUALL_SKIPPED", &self.skipped);
        run.env("SQUALL_ST2", &self.client);
        run.env("SQUALL_BINARY", target().join("debug/squall"));
        if self.python.is_absolute() {
            run.env("SQUALL_PLAYBOOKS_PYTHON", &self.python);
        }
    }

    /// The Python that has what playbooks import, or else the one that the machine has.
    pub(crate) fn python(&self) -> &Path {
        &self.python
    }

    /// What the stories said they skipped, and why.
    pub(crate) fn skipped(&self) -> Vec<String> {
        let Ok(text) = fs_err::read_to_string(&self.skipped) else {
            return Vec::new();
        };
        drop(fs_err::remove_file(&self.skipped));
        text.lines().map(str::to_owned).collect()
    }
}

fn install_packages() {
    let mut missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(_, program)| !is_on_path(program))
        .map(|(package, _)| *package)
        .collect();
    if !step::quietly(Command::new("python3").args(["-c", "import ensurepip"])) {
        missing.push("python3-venv");
    }
    if missing.is_empty() || !is_root_on_debian() {
        return;
    }
    // Lists may be missing altogether on a fresh machine, or be too old to name what is still on the mirror.
    step::run("apt-get update", apt_get().arg("update"));
    let install = ["install", "--yes", "--no-install-recommends"];
    step::run("apt-get install", apt_get().args(install).args(missing));
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.args(["--quiet", "-o", "DPkg::Lock::Timeout=120"]);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    // The packages would start their services: in runlevel 1 none are.
    command.env("RUNLEVEL", "1");
    command
}

/// Installs packages into a virtual environment, unless `check` finds them there. Whether they are there then.
fn install(environment: &Path, packages: &[&str], check: &str) -> bool {
    let python = environment.join("bin/python");
    let are_there = || step::quietly(Command::new(&python).args(["-c", check]));
    if are_there() {
        return true;
    }
    let names = packages.join(" ");
    let made = step::run(
        &format!("virtual environment for {names}"),
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(environment),
    );
    if made {
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        step::run(
            &format!("pip install {names}"),
            Command::new(&python).args(pip).args(packages),
        );
    }
    made && are_there()
}

fn is_root_on_debian() -> bool {
    // What root alone may read tells root from others without asking the system for ids.
    Path::new("/etc/debian_version").is_file() && fs_err::File::open("/etc/shadow").is_ok()
}

fn is_on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}
