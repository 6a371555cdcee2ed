//! Folders, archives from a stand-in for the network, and git by a stand-in for ssh.

use std::collections::HashMap;
use std::future::Future;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::pin::Pin;
use std::sync::Mutex;

use flate2::Compression;
use flate2::write::GzEncoder;
use squall_model::http::{Answer, NoAnswer, Request};
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::*;
use crate::virtualenvs::explain;

/// Answers by address, and what was asked.
#[derive(Default)]
struct Network {
    answers: HashMap<String, Answer>,
    asked: Mutex<Vec<Request>>,
}

impl Http for Network {
    fn send(
        &self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send + '_>> {
        let answer = self.answers.get(&request.url).cloned();
        self.asked.lock().unwrap().push(request);
        let nobody = || NoAnswer {
            host: "nobody".to_owned(),
            source: "it is not there".into(),
        };
        Box::pin(async move { answer.ok_or_else(nobody) })
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Answer {
        status,
        headers: headers.iter().map(owned).collect(),
        body,
    }
}

/// A packed archive of entries with their kinds.
fn packed(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, kind, text) in entries {
        let mut header = Header::new_ustar();
        // As bytes: the library itself refuses names that lead out.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        if *kind == EntryType::Symlink {
            header.set_size(0);
            header.set_link_name(text).unwrap();
        }
        header.set_cksum();
        let data = if *kind == EntryType::Symlink {
            ""
        } else {
            text
        };
        builder.append(&header, data.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn fetcher(folder: &TempDir, network: Network) -> (Fetcher, Arc<Network>) {
    let network = Arc::new(network);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let fetcher = Fetcher {
        folder: folder.path().join("kept"),
        environment: vec![("PATH".into(), path)],
        http: Arc::clone(&network) as Arc<dyn Http>,
    };
    (fetcher, network)
}

fn repository(url: &str) -> Repository {
    Repository {
        name: "ours".to_owned(),
        url: url.to_owned(),
        ..Repository::default()
    }
}

/// The files below a folder, git's own left out.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".git") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

const URL: &str = "https://example.com/ours.tgz";

async fn unpacked(body: Vec<u8>) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let answers = HashMap::from([(URL.to_owned(), answer(200, &[], body))]);
    let (fetcher, _) = fetcher(
        &folder,
        Network {
            answers,
            ..Network::default()
        },
    );
    let fetched = fetcher.fetch(&repository(URL)).await;
    let fetched = fetched.map(|fetched| files(&fetched.folder));
    assert!(!folder.path().join("out").exists());
    fetched.map_err(|error| explain(&error))
}

#[tokio::test]
async fn a_folder_is_used_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (fetcher, _) = fetcher(&folder, Network::default());
    let url = format!("file://{}", folder.path().display());
    let fetched = fetcher.fetch(&repository(&url)).await.unwrap();
    assert_eq!(fetched.folder, folder.path());
    let error = fetcher
        .fetch(&repository("file:///nowhere/at/all"))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "there is no folder `/nowhere/at/all`");
}

#[tokio::test]
async fn an_archive_is_unpacked_and_its_one_folder_is_the_repository() {
    let body = packed(&[
        ("ours-main/", EntryType::Directory, ""),
        (
            "ours-main/pyproject.toml",
            EntryType::Regular,
            "[tool.poetry]\n",
        ),
        ("./ours-main/ours/__init__.py", EntryType::Regular, ""),
        ("ours-main/ours/link.py", EntryType::Symlink, "/etc/passwd"),
    ]);
    let wanted = ["ours/__init__.py", "pyproject.toml"].map(str::to_owned);
    assert_eq!(unpacked(body).await, Ok(wanted.to_vec()));
}

#[tokio::test]
async fn nothing_in_an_archive_leads_out_of_its_folder() {
    for name in ["../out", "a/../../out", "/tmp/out"] {
        let body = packed(&[
            ("a/b.py", EntryType::Regular, ""),
            (name, EntryType::Regular, "x"),
        ]);
        let wanted = format!("cannot unpack the playbook repository: `{name}` leads out of it");
        assert_eq!(unpacked(body).await, Err(wanted));
    }
}

#[tokio::test]
async fn what_is_no_archive_or_too_large_is_told() {
    let error = unpacked(b"<html>sign in</html>".to_vec())
        .await
        .unwrap_err();
    assert!(error.contains("it is no archive"), "{error}");
    let error = unpacked(Vec::new()).await.unwrap_err();
    assert!(error.contains("it is no archive"), "{error}");
    let mut zeros = GzEncoder::new(Vec::new(), Compression::fast());
    let mut header = Header::new_ustar();
    header.set_path("large.py").unwrap();
    header.set_entry_type(EntryType::Regular);
    header.set_size(200 * 1024 * 1024);
    header.set_cksum();
    zeros.write_all(header.as_bytes()).unwrap();
    let zero = vec![0; 1024 * 1024];
    for _ in 0..200 {
        zeros.write_all(&zero).unwrap();
    }
    let error = unpacked(zeros.finish().unwrap()).await.unwrap_err();
    assert!(error.contains("more than"), "{error}");
}

#[tokio::test]
async fn redirects_are_followed_and_headers_stay_with_their_host() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = "https://elsewhere.example.com/real.tar.gz";
    let body = packed(&[("a.py", EntryType::Regular, "")]);
    let (fetcher, network) = fetcher(
        &folder,
        Network {
            answers: HashMap::from([
                (
                    URL.to_owned(),
                    answer(302, &[("location", elsewhere)], Vec::new()),
                ),
                (elsewhere.to_owned(), answer(200, &[], body)),
            ]),
            ..Network::default()
        },
    );
    let mut ours = repository(URL);
    ours.http_headers
        .insert("Authorization".to_owned(), "Bearer x".into());
    let fetched = fetcher.fetch(&ours).await.unwrap();
    assert_eq!(files(&fetched.folder), ["a.py"]);
    let asked = network.asked.lock().unwrap();
    let headers: Vec<usize> = asked.iter().map(|request| request.headers.len()).collect();
    assert_eq!(headers, [1, 0]);
}

#[tokio::test]
async fn redirects_never_lead_to_plain_http_nor_for_ever() {
    for to in ["http://example.com/ours.tgz", URL] {
        let folder = tempfile::tempdir().unwrap();
        let answers =
            HashMap::from([(URL.to_owned(), answer(301, &[("location", to)], Vec::new()))]);
        let (fetcher, _) = fetcher(
            &folder,
            Network {
                answers,
                ..Network::default()
            },
        );
        let error = fetcher.fetch(&repository(URL)).await.unwrap_err();
        let wanted = "cannot download the playbook repository: `example.com` leads nowhere";
        assert_eq!(error.to_string(), wanted);
    }
}

#[tokio::test]
async fn what_was_fetched_last_is_used_while_nothing_newer_can_be_had() {
    let folder = tempfile::tempdir().unwrap();
    let body = packed(&[("a.py", EntryType::Regular, "")]);
    let answers = HashMap::from([(URL.to_owned(), answer(200, &[], body))]);
    let (mut fetcher, _) = fetcher(
        &folder,
        Network {
            answers,
            ..Network::default()
        },
    );
    let first = fetcher.fetch(&repository(URL)).await.unwrap();
    assert!(first.stale.is_none());
    let answers = HashMap::from([(URL.to_owned(), answer(503, &[], Vec::new()))]);
    fetcher.http = Arc::new(Network {
        answers,
        ..Network::default()
    });
    let second = fetcher.fetch(&repository(URL)).await.unwrap();
    assert_eq!(second.folder, first.folder);
    let why = "cannot download the playbook repository: `example.com` answers with status 503";
    assert_eq!(second.stale.unwrap().to_string(), why);
    assert_eq!(files(&folder.path().join("kept")).len(), 1);
}

/// Runs git in a folder.
fn git(folder: &Path, arguments: &[&str]) {
    let mut command = std::process::Command::new("git");
    let identity = ["-c", "user.name=us", "-c", "user.email=us@example.com"];
    let command = command.args(identity).args(arguments).current_dir(folder);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A repository of git, and an `ssh` that says what it was given and then answers from this machine.
fn git_server(folder: &Path) -> PathBuf {
    let source = folder.join("source");
    fs::create_dir_all(&source).unwrap();
    git(&source, &["init", "--quiet", "--initial-branch=main"]);
    fs::write(source.join("main.py"), "").unwrap();
    git(&source, &["add", "."]);
    git(&source, &["commit", "--quiet", "-m", "one"]);
    git(&source, &["checkout", "--quiet", "-b", "next"]);
    fs::write(source.join("next.py"), "").unwrap();
    git(&source, &["add", "."]);
    git(&source, &["commit", "--quiet", "-m", "two"]);
    git(&source, &["checkout", "--quiet", "main"]);
    let programs = folder.join("programs");
    fs::create_dir_all(&programs).unwrap();
    let said = folder.join("said");
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{said}'\n\
         while [ $# -gt 0 ]; do case \"$1\" in -i) cat \"$2\" >> '{said}' ;; esac; last=$1; shift; done\n\
         exec sh -c \"$last\"\n",
        said = said.display()
    );
    let ssh = programs.join("ssh");
    fs::write(&ssh, script).unwrap();
    fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    programs
}

#[tokio::test]
async fn git_fetches_the_branch_with_the_key_and_asks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let programs = git_server(folder.path());
    let (mut fetcher, _) = fetcher(&folder, Network::default());
    let usual = std::env::var_os("PATH").unwrap();
    let usual = usual.to_string_lossy();
    fetcher.environment = vec![(
        "PATH".into(),
        format!("{}:{usual}", programs.display()).into(),
    )];
    let url = format!("git@example.com:{}/source", folder.path().display());
    let fetched = fetcher.fetch(&repository(&url)).await.unwrap();
    assert_eq!(files(&fetched.folder), ["main.py"]);
    let mut next = repository(&url);
    next.branch = Some("next".to_owned());
    next.key = Some("-----BEGIN KEY-----\nabc".to_owned());
    let fetched = fetcher.fetch(&next).await.unwrap();
    assert_eq!(files(&fetched.folder), ["main.py", "next.py"]);
    let said = fs::read_to_string(folder.path().join("said")).unwrap();
    for wanted in [
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "IdentitiesOnly=yes",
        "\nabc\n",
    ] {
        assert!(said.contains(wanted), "{said}");
    }
    let kept = fs::read_dir(folder.path().join("kept")).unwrap();
    assert!(
        kept.flatten().all(|entry| entry.path().is_dir()),
        "a key is left"
    );
    next.branch = Some("gone".to_owned());
    let error = explain(&fetcher.fetch(&next).await.unwrap_err());
    assert!(error.contains("git says: fatal: "), "{error}");
}
