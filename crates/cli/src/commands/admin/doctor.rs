//! `squall admin doctor`

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use fs_err as fs;
use squall_expression::keyczar;
use squall_model::key::Key;
use squall_store::sqlite::{self, Finding, Report};

use super::{DataFolder, cannot, restore, size, store};
use crate::console::{Console, Paint};
use crate::failure::{Ending, Failure};
use crate::serving::crypto_key;

/// Examine everything that is recorded: damage, contradictions, room, permissions, and whether secrets can be read
///
/// Reads all of it, which takes a minute for a million executions; a server may go on meanwhile. Ends with 1 if there is
/// a problem.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Make right what can be made anew from what is there; refused while a server uses the folder
    #[arg(long)]
    fix: bool,
    /// The key file of the datastore's secrets [default: SQUALL_SECRETS_CRYPTO_KEY_FILE, or crypto.json in the data folder]
    #[arg(long, value_name = "FILE")]
    crypto_key: Option<PathBuf>,
    #[command(flatten)]
    folder: DataFolder,
}

/// With less room on the disk a server may soon be unable to record anything.
const ROOM: u64 = 200_000_000;

/// More names than this are counted only.
const TOLD: usize = 20;

/// Its user alone may read and write.
const PRIVATE: u32 = 0o600;

impl Doctor {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let data = self.folder.path(console);
        let told = console.environment.text("SQUALL_SECRETS_CRYPTO_KEY_FILE");
        let key_file = self.crypto_key.clone().or_else(|| told.map(PathBuf::from));
        let key_file = key_file.unwrap_or_else(|| data.join(crypto_key::NAME));
        let mut found = look(&data, &key_file)?;
        let can_be_mended = |finding: &&Finding| finding.can_be_mended;
        let mendable: Vec<Finding> = found.problems().filter(can_be_mended).cloned().collect();
        if self.fix && !mendable.is_empty() {
            sqlite::mend(&store(&data), restore::now()).map_err(cannot("mend the store"))?;
            for file in private_files(&data, &key_file).filter(|file| is_open(file)) {
                fs::set_permissions(&file, std::fs::Permissions::from_mode(PRIVATE))?;
            }
            found = look(&data, &key_file)?;
        }
        for finding in &mendable {
            if !found.problems().any(|left| left == finding) {
                let mended = console.paint(Paint::Green, "mended");
                console.line(format!("{mended}   {}", finding.message))?;
            }
        }
        found.tell(console, &data)
    }
}

/// What there is to tell.
struct Found {
    report: Report,
    outside: Vec<Finding>,
    room: u64,
}

fn look(data: &Path, key_file: &Path) -> Result<Found, Failure> {
    let report = sqlite::examine(&store(data)).map_err(cannot("examine the store"))?;
    let disk = rustix::fs::statvfs(data).map_err(std::io::Error::from)?;
    let room = disk.f_bavail.saturating_mul(disk.f_frsize);
    let mut outside = secrets(&report.secrets, key_file);
    if room < ROOM {
        outside.push(problem(format!("the disk has only {} left", size(room))));
    }
    for file in private_files(data, key_file).filter(|file| is_open(file)) {
        outside.push(Finding {
            message: format!("others may read {}", file.display()),
            can_be_mended: true,
        });
    }
    Ok(Found {
        report,
        outside,
        room,
    })
}

impl Found {
    fn problems(&self) -> impl Iterator<Item = &Finding> {
        self.report.findings.iter().chain(&self.outside)
    }

    fn tell(&self, console: &mut Console, data: &Path) -> Result<Ending, Failure> {
        let report = &self.report;
        for problem in self.problems() {
            let mark = console.paint(Paint::Red, "problem");
            let hint = if problem.can_be_mended {
                " (--fix makes it right)"
            } else {
                ""
            };
            console.line(format!("{mark}  {}{hint}", problem.message))?;
        }
        let (schema, known) = report.schema;
        console.line(format!(
            "store    {}: {}, {} of it free for what comes; schema {schema} of {known}",
            store(data).display(),
            size(report.bytes),
            size(report.free),
        ))?;
        console.line(format!("disk     {} free", size(self.room)))?;
        console.line(format!("secrets  {}", report.secrets.len()))?;
        Ok(match self.problems().count() {
            0 => {
                console.note("no problems");
                Ending::Well
            }
            _ => Ending::Badly,
        })
    }
}

/// Whether the key file opens every secret.
fn secrets(secrets: &[Key], key_file: &Path) -> Vec<Finding> {
    if secrets.is_empty() {
        return Vec::new();
    }
    let count = secrets.len();
    let unusable = |why: String| {
        let file = key_file.display();
        vec![problem(format!(
            "{count} keys are secret, but their key file `{file}` {why}"
        ))]
    };
    let key = match fs::read_to_string(key_file) {
        Ok(text) => keyczar::Key::parse(&text),
        Err(error) => return unusable(format!("cannot be read: {}", error.kind())),
    };
    let key = match key {
        Ok(key) => key,
        Err(error) => return unusable(format!("is none: {error}")),
    };
    let closed = secrets
        .iter()
        .filter(|secret| key.decrypt(&secret.value).is_err());
    let closed: Vec<String> = closed
        .map(|secret| format!("{} {} {}", secret.scope.as_str(), secret.user, secret.name))
        .collect();
    let told = closed.iter().take(TOLD).map(|name| {
        let file = key_file.display();
        problem(format!("key {name} cannot be decrypted with `{file}`"))
    });
    let mut told: Vec<Finding> = told.collect();
    if let Some(more) = closed.len().checked_sub(TOLD + 1) {
        let more = more + 1;
        told.push(problem(format!("{more} more keys cannot be decrypted")));
    }
    told
}

fn problem(message: String) -> Finding {
    Finding {
        message,
        can_be_mended: false,
    }
}

/// Files that only their owner may read, of those that are there.
fn private_files(data: &Path, key_file: &Path) -> impl Iterator<Item = PathBuf> {
    let store = store(data);
    let beside = ["", "-wal", "-shm", "-owner"].map(|end| {
        let mut name = store.clone().into_os_string();
        name.push(end);
        PathBuf::from(name)
    });
    let all = beside.into_iter().chain([key_file.to_owned()]);
    all.filter(|file| file.is_file())
}

fn is_open(file: &Path) -> bool {
    let mode = fs::metadata(file).map_or(0, |found| found.permissions().mode());
    mode & 0o077 != 0
}
