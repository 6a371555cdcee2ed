//! Repositories of git, by the program `git`: one commit without its history, no questions asked, in bounded time.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fs_err as fs;
use squall_model::playbook::Repository;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;

/// How long one command may take.
const WITHIN: Duration = Duration::from_secs(120);

/// So much is kept of what git complains about.
const COMPLAINT: u64 = 4_096;

/// The keys of hosts that everybody knows, as they publish them. Others are taken from the user's own `known_hosts`.
const KNOWN_HOSTS: &str = include_str!("known_hosts");

/// Git did not fetch a repository.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such program, or it cannot be started.
    #[error("cannot start git")]
    Start(#[source] io::Error),
    /// The private key, or the hosts' keys, cannot be written down for it.
    #[error("cannot hand the key of the playbook repository to git")]
    Key(#[source] io::Error),
    /// It ended badly.
    #[error("cannot fetch `{url}`: git says: {complaint}")]
    Failed {
        /// The repository, without what may be secret in its address.
        url: String,
        /// What git says, in one line.
        complaint: String,
    },
    /// It took too long.
    #[error("cannot fetch `{url}`: git took more than {} seconds", WITHIN.as_secs())]
    TooLong {
        /// The repository, without what may be secret in its address.
        url: String,
    },
}

/// Fetches the branch, tag or commit that is asked for, or the usual one, into an empty folder.
pub(super) async fn fetch(
    repository: &Repository,
    folder: &Path,
    environment: &[(OsString, OsString)],
) -> Result<(), Error> {
    let private = folder.with_extension("key");
    let ssh = Ssh::prepare(repository.key.as_deref(), &private).map_err(Error::Key)?;
    let what = repository.branch.as_deref().unwrap_or("HEAD");
    let git = Git {
        folder,
        environment,
        ssh: &ssh,
        url: &repository.url,
    };
    git.run(&["init", "--quiet"]).await?;
    let fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", "--"];
    git.run(&[&fetch[..], &[&repository.url, what]].concat())
        .await?;
    git.run(&["checkout", "--quiet", "--detach", "FETCH_HEAD"])
        .await
}

/// One repository while it is fetched.
struct Git<'a> {
    folder: &'a Path,
    environment: &'a [(OsString, OsString)],
    ssh: &'a Ssh,
    url: &'a str,
}

impl Git<'_> {
    async fn run(&self, arguments: &[&str]) -> Result<(), Error> {
        let mut command = Command::new("git");
        command
            .args([
                "-c",
                "core.hooksPath=/dev/null",
                "-c",
                "core.symlinks=false",
            ])
            .args(arguments)
            .current_dir(self.folder)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "true")
            .env("SSH_ASKPASS", "true")
            .env("GIT_ALLOW_PROTOCOL", "https:ssh")
            .env("GIT_SSH_COMMAND", &self.ssh.command)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let ended = timeout(WITHIN, end(command)).await;
        let url = || without_secrets(self.url);
        let (went_well, complaint) = ended
            .map_err(|_| Error::TooLong { url: url() })?
            .map_err(Error::Start)?;
        if went_well {
            return Ok(());
        }
        Err(Error::Failed {
            url: url(),
            complaint: complaint.replace(self.url, &url()),
        })
    }
}

/// Runs a command to its end, and says whether it went well, and the beginning of what it complains about.
async fn end(mut command: Command) -> io::Result<(bool, String)> {
    let mut child = command.spawn()?;
    let mut complaint = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        stderr.take(COMPLAINT).read_to_end(&mut complaint).await?;
    }
    let status = child.wait().await?;
    let complaint = String::from_utf8_lossy(&complaint);
    let lines: Vec<&str> = complaint.lines().map(str::trim).collect();
    Ok((status.success(), lines.join(" ")))
}

/// How git is to call ssh: with the repository's key only, to hosts that are known, without questions.
struct Ssh {
    command: OsString,
    /// Files that are taken away afterwards.
    files: Vec<PathBuf>,
}

impl Ssh {
    fn prepare(key: Option<&str>, private: &Path) -> io::Result<Self> {
        let hosts = private.with_extension("hosts");
        let mut ssh = Self {
            command: OsString::new(),
            files: vec![hosts.clone()],
        };
        write_private(&hosts, KNOWN_HOSTS)?;
        let mut command = format!(
            "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20 \
             -o 'UserKnownHostsFile=~/.ssh/known_hosts {}'",
            hosts.display()
        );
        if let Some(key) = key {
            ssh.files.push(private.to_owned());
            write_private(private, &plain(key))?;
            let file = private.display();
            command = format!("{command} -o IdentitiesOnly=yes -i '{file}'");
        }
        ssh.command = command.into();
        Ok(ssh)
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        for file in &self.files {
            drop(fs::remove_file(file));
        }
    }
}

/// A key as its file has it. Secrets often come as base64, indented, or without their last line's end.
fn plain(key: &str) -> String {
    let decoded = STANDARD.decode(key.trim()).ok();
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let text = decoded.unwrap_or_else(|| key.to_owned());
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

fn write_private(file: &Path, text: &str) -> io::Result<()> {
    drop(fs::remove_file(file));
    let mut options = std::fs::OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    options.open(file)?.write_all(text.as_bytes())
}

/// An address without the name and password in it.
fn without_secrets(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_ssh_reads_it() {
        let wanted = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n";
        let indented = "  -----BEGIN KEY-----\n  abc\n  -----END KEY-----";
        for key in [wanted, indented, &STANDARD.encode(wanted)] {
            assert_eq!(plain(key), wanted);
        }
    }

    #[test]
    fn addresses_are_told_without_passwords() {
        let check = |address, told| assert_eq!(without_secrets(address), told);
        check(
            "https://me:secret@example.com/a/b.git",
            "https://example.com/a/b.git",
        );
        check("https://example.com/a@b.git", "https://example.com/a@b.git");
        check("git@example.com:a/b.git", "git@example.com:a/b.git");
    }
}
