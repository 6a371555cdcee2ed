//! How a command ends: its exit code, and what the user is told to do next.
//!
//! | code | means |
//! |---:|---|
//! | 0 | it is done; the rule matches; the action succeeded |
//! | 1 | it is not: the action failed, the rule does not match, there is no such thing |
//! | 2 | the command line, or a file it names, is not right |
//! | 3 | the server cannot be reached, or has no room |
//! | 4 | the server refuses: it does not know who asks, or they may not |
//! | 70 | a fault of Squall |

use std::error::Error as _;
use std::io;
use std::process::ExitCode;

use crate::batch;
use crate::client;
use crate::commands::{AdminError, DemoError, InstallError, NotEvaluated, NotRendered, NotTried};
use crate::console::{Console, Paint};
use crate::follow;
use crate::input;
use crate::parameters;
use crate::serving;
use crate::settings;

/// How a command ended that did what it was told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With what the user hoped for.
    Well,
    /// With the opposite, which has been told: the action failed, the rule does not match.
    Badly,
}

/// Why a command could not do what it was told to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The server did not give what was asked for.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// A file, or JSON in an argument, cannot be used.
    #[error(transparent)]
    Input(#[from] input::Error),
    /// The parameters of an action cannot be read.
    #[error(transparent)]
    Parameters(#[from] parameters::Error),
    /// What a server is told is not right.
    #[error(transparent)]
    Settings(#[from] settings::Error),
    /// A server cannot be started.
    #[error(transparent)]
    Serving(#[from] serving::Error),
    /// The demo did not come to its end.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// A pack is not installed.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// A batch is not answered as it should be.
    #[error(transparent)]
    Batch(#[from] batch::Error),
    /// The store cannot be looked after.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// A rule cannot be evaluated.
    #[error(transparent)]
    NotEvaluated(#[from] NotEvaluated),
    /// A finding cannot be rendered.
    #[error(transparent)]
    NotRendered(#[from] NotRendered),
    /// Playbooks cannot be tried out.
    #[error(transparent)]
    NotTried(#[from] NotTried),
    /// The answer cannot be written.
    #[error("cannot write the answer")]
    Output(#[from] io::Error),
}

impl From<follow::Failed> for Failure {
    fn from(failed: follow::Failed) -> Self {
        match failed {
            follow::Failed::Client(error) => Self::Client(error),
            follow::Failed::Hear(error) => Self::Output(error),
        }
    }
}

/// The kinds of failure that scripts can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Negative,
    Input,
    Unreachable,
    Refused,
    Fault,
}

/// Tells how a command ended, and gives the exit code.
pub(crate) fn tell(ended: Result<Ending, Failure>, console: &mut Console) -> ExitCode {
    let failure = match ended {
        Ok(Ending::Well) => return ExitCode::SUCCESS,
        Ok(Ending::Badly) => return Kind::Negative.code(),
        Err(failure) => failure,
    };
    // Who reads has seen enough: `squall execution list | head`.
    if matches!(&failure, Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    let kind = failure.kind();
    let error = console.paint(Paint::Red, "error:");
    console.note(format!("{error} {failure}"));
    let mut cause = failure.source();
    while let Some(error) = cause {
        console.note(format!("  because: {error}"));
        cause = error.source();
    }
    if let Some(hint) = failure.hint() {
        console.note(format!("  try: {hint}"));
    }
    kind.code()
}

impl Kind {
    fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Negative => 1,
            Self::Input => 2,
            Self::Unreachable => 3,
            Self::Refused => 4,
            Self::Fault => 70,
        })
    }
}

impl Failure {
    fn kind(&self) -> Kind {
        match self {
            Self::Client(error) => of_client(error).0,
            Self::Serving(error) => of_serving(error).0,
            Self::Admin(error) => of_admin(error).0,
            Self::Input(_)
            | Self::Parameters(_)
            | Self::Settings(_)
            | Self::Batch(_)
            | Self::NotEvaluated(_)
            | Self::NotRendered(_)
            | Self::NotTried(_) => Kind::Input,
            Self::Demo(_) | Self::Install(_) | Self::Output(_) => Kind::Negative,
        }
    }

    /// What the user can do next.
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Client(error) => of_client(error).1,
            Self::Serving(error) => Some(of_serving(error).1),
            Self::Input(error) => of_input(error),
            Self::Parameters(error) => Some(match error {
                parameters::Error::Value { .. } | parameters::Error::Nameless { .. } => {
                    "`squall action get ACTION` shows what each parameter takes"
                }
                parameters::Error::File { .. } => CHECK_FILE,
            }),
            Self::Settings(error) => Some(match error {
                settings::Error::File(_) => CHECK_FILE,
                settings::Error::Wrong { .. } => "`squall settings` tells of every setting",
            }),
            Self::Demo(error) => Some(error.hint()),
            Self::Install(error) => Some(of_install(error)),
            Self::Batch(error) => Some(match error {
                batch::Error::Read { .. } => CHECK_FILE,
                batch::Error::Lines { .. } => "--help of the command shows what a line holds",
            }),
            Self::Admin(error) => Some(of_admin(error).1),
            Self::NotRendered(NotRendered::Finding { .. }) => {
                Some("a finding is an object with at least `title` and `aggregation_key`")
            }
            Self::NotRendered(_) => Some("docs/sinks.md shows every sink with its parameters"),
            Self::NotTried(error) => Some(of_not_tried(error)),
            Self::NotEvaluated(_) => Some("mend the criterion named above, or the event"),
            Self::Output(_) => Some("make room for the output, or send it elsewhere"),
        }
    }
}

fn of_not_tried(error: &NotTried) -> &'static str {
    match error {
        NotTried::Playbooks(_) => "mend what is named above; `squall playbook check` tells it, too",
        NotTried::Event { .. } => "`squall playbook test --help` shows what an event is",
        NotTried::Pod(_) => "write NAMESPACE/POD=FILE",
        NotTried::Object { .. } => "the fake cluster has the kinds that Kubernetes has",
        NotTried::Fake(_) => "programs must be allowed to listen on 127.0.0.1",
        NotTried::Cluster(_) => {
            "`kubectl --kubeconfig FILE version` shows whether it can be reached"
        }
    }
}

const CHECK_FILE: &str = "check the file's name, and who may read it";

fn of_client(error: &client::Error) -> (Kind, Option<&'static str>) {
    use client::Error;
    match error {
        Error::Url(_) => (
            Kind::Input,
            Some("an address such as http://127.0.0.1:8700 or https://squall.example.com"),
        ),
        Error::Certificates { .. } => (
            Kind::Input,
            Some("a PEM file with at least one certificate"),
        ),
        Error::Rejected(_) => (Kind::Input, None),
        Error::Unreachable { .. } => (
            Kind::Unreachable,
            Some("start a server here with `squall dev`, or name another with --url or SQUALL_URL"),
        ),
        Error::Untrusted { .. } => (
            Kind::Unreachable,
            Some(
                "--cacert FILE with the certificate that signed the server's; one that signs itself needs CA:FALSE",
            ),
        ),
        Error::Unreadable { .. } => (
            Kind::Unreachable,
            Some(
                "check that --url or SQUALL_URL names a Squall server, and not what stands before it",
            ),
        ),
        Error::Busy(_) => (Kind::Unreachable, Some("the same again in a moment")),
        Error::Refused { .. } => (
            Kind::Refused,
            Some("set SQUALL_TOKEN or SQUALL_API_KEY to a token or API key that may do this"),
        ),
        Error::NotFound(_) => (Kind::Negative, Some("look at what there is with `list`")),
        Error::Server { .. } => (
            Kind::Fault,
            Some("look at the server's log, which says more"),
        ),
    }
}

fn of_serving(error: &serving::Error) -> (Kind, &'static str) {
    use serving::Error;
    match error {
        Error::Runtime(_) => (
            Kind::Negative,
            "look at the limits of this user: processes, open files",
        ),
        Error::Data { .. } => (
            Kind::Input,
            "name a folder that this user may write, with --data",
        ),
        Error::MakeKey { .. } => (
            Kind::Input,
            "name a new file in a folder that this user may write",
        ),
        Error::Packs { .. } => (
            Kind::Input,
            "name a pack, or a folder of packs, with --packs",
        ),
        Error::Log(_) => (
            Kind::Input,
            "log.level = \"info\", or \"info,squall_store=debug\"",
        ),
        Error::NotThisMachine { .. } => (
            Kind::Input,
            "`squall serve`, which knows sign-in and TLS, for other machines",
        ),
        Error::NobodyAsked { .. } => (
            Kind::Input,
            "--htpasswd FILE for sign-in, or --insecure if something else keeps others out",
        ),
        Error::Listen { .. } => (
            Kind::Input,
            "another address with --listen; for 9100 to 9102 use --stackstorm-ports random or off",
        ),
        Error::Certificate(_) => (
            Kind::Input,
            "--tls-cert and --tls-key: PEM files that belong together",
        ),
        Error::Passwords(_) => (Kind::Input, "`htpasswd -B -c FILE USER` makes such a file"),
        Error::Start(_) => (Kind::Negative, "mend what is named above, and start again"),
    }
}

fn of_admin(error: &AdminError) -> (Kind, &'static str) {
    use squall_store::sqlite::Error;
    match error.source.as_ref() {
        Error::InUse(_) => (Kind::Negative, "stop the server that uses the folder first"),
        Error::Exists(_) => (Kind::Input, "another name, or --force to replace the file"),
        Error::Foreign(_) => (
            Kind::Input,
            "name a file that `squall admin backup` has written, or a data folder with squall.db in it",
        ),
        Error::Newer { .. } => (
            Kind::Input,
            "the version of Squall that has written the file",
        ),
        Error::Unsound { .. } => (Kind::Negative, "another backup: nothing was changed"),
        _ => (
            Kind::Input,
            "check the folder, with --data, and who may read and write it",
        ),
    }
}

fn of_input(error: &input::Error) -> Option<&'static str> {
    use input::Error;
    match error {
        Error::Read { .. } => Some(CHECK_FILE),
        Error::TooLarge { .. } => Some("a smaller file"),
        Error::Json { .. } => {
            Some("valid JSON, in single quotes on the command line: '{\"name\": \"value\"}'")
        }
        Error::Yaml { .. } => Some("mend the line named above"),
        Error::Shape { .. } => None,
    }
}

fn of_install(error: &InstallError) -> &'static str {
    match error {
        InstallError::HasErrors { .. } => "mend the errors named above, then install it again",
        InstallError::Copy { .. } => "name a folder that this user may write, with --data",
        InstallError::Elsewhere { .. } => "remove the other folder, or change the pack there",
        InstallError::Unknown { .. } => {
            "name the server's own data folder with --data, or start a server on this one"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_can_tell_failures_apart() {
        let url = || "http://h".to_owned();
        let message = || "no".to_owned();
        let lost = || Box::new(io::Error::other("lost"));
        for (failure, kind) in [
            (client::Error::Rejected(message()), Kind::Input),
            (client::Error::NotFound(message()), Kind::Negative),
            (client::Error::Busy(message()), Kind::Unreachable),
            (
                client::Error::Unreachable {
                    url: url(),
                    source: lost(),
                },
                Kind::Unreachable,
            ),
            (
                client::Error::Refused {
                    url: url(),
                    message: message(),
                },
                Kind::Refused,
            ),
            (
                client::Error::Server {
                    url: url(),
                    message: message(),
                },
                Kind::Fault,
            ),
        ] {
            assert_eq!(Failure::from(failure).kind(), kind);
        }
    }

    #[test]
    fn each_kind_has_a_code_of_its_own() {
        let all = [
            Kind::Negative,
            Kind::Input,
            Kind::Unreachable,
            Kind::Refused,
            Kind::Fault,
        ];
        for (position, one) in all.iter().enumerate() {
            for other in all.iter().skip(position + 1) {
                assert_ne!(one.code(), other.code(), "{one:?} {other:?}");
            }
        }
    }
}
