//! What every route knows.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use squall_identity::attempts::{Attempts, Limit};
use squall_identity::password::PasswordFile;
use squall_server::Handle;
use tokio::sync::{Mutex, Semaphore};

use crate::signed::Webhook;

/// The most that bodies take together while they are received and handled, in KiB.
const ROOM: usize = 256 * 1024;

/// The most of those who prove who they are only by a signature of the body.
const ROOM_FOR_STRANGERS: usize = 64 * 1024;

/// How the wire is to be.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How people prove who they are.
    pub sign_in: SignIn,
    /// The largest body accepted, in bytes.
    pub body_limit: usize,
    /// How long the head of a request may take.
    pub head_within: Duration,
    /// How long the body of a request may take.
    pub body_within: Duration,
    /// The longest a token may be valid, in seconds.
    pub token_ttl: u64,
    /// Path before everything, such as `/st2api`; empty for none.
    pub base_path: String,
    /// Only these `Host` names are answered; empty for any. Keeps other sites' names from reaching a laptop's server.
    pub hosts: Vec<String>,
    /// Sites whose pages may call the API.
    pub origins: Vec<String>,
    /// Webhooks whose senders sign, by what follows `/webhooks/`.
    pub webhooks: BTreeMap<String, Webhook>,
    /// How long a CloudEvent is remembered, so that it is not taken twice.
    pub cloudevents_remembered: Duration,
    /// Whether alerts and changes for playbooks are taken from anybody.
    pub open_intake: bool,
}

/// How people prove who they are.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// Nobody is asked: everyone who reaches the port is this user.
    Open {
        /// The user.
        user: String,
    },
    /// By the names and passwords of an htpasswd file.
    Passwords {
        /// The file.
        file: PathBuf,
    },
}

impl Settings {
    /// Settings for a laptop: no sign-in, loopback names only.
    pub fn for_development(user: &str) -> Self {
        Self {
            sign_in: SignIn::Open {
                user: user.to_owned(),
            },
            body_limit: 32 * 1024 * 1024,
            head_within: Duration::from_secs(10),
            body_within: Duration::from_secs(60),
            token_ttl: squall_identity::token::LONGEST,
            base_path: String::new(),
            hosts: ["localhost", "127.0.0.1", "[::1]"]
                .map(str::to_owned)
                .into(),
            origins: Vec::new(),
            webhooks: BTreeMap::new(),
            cloudevents_remembered: Duration::from_secs(86_400),
            open_intake: false,
        }
    }
}

/// What every route knows. Cheap to clone.
#[derive(Clone)]
pub struct Wire(Arc<Inner>);

struct Inner {
    handle: Handle,
    settings: Settings,
    passwords: Option<Mutex<PasswordFile>>,
    sign_ins: Mutex<Attempts>,
    room: Arc<Semaphore>,
    room_for_strangers: Arc<Semaphore>,
}

impl Wire {
    /// The wire of a server.
    ///
    /// # Errors
    /// The password file cannot be read.
    pub fn new(
        handle: Handle,
        settings: Settings,
    ) -> Result<Self, squall_identity::password::Error> {
        let passwords = match &settings.sign_in {
            SignIn::Open { .. } => None,
            SignIn::Passwords { file } => Some(Mutex::new(PasswordFile::open(file)?)),
        };
        let sign_ins = Mutex::new(Attempts::new(Limit::default()));
        Ok(Self(Arc::new(Inner {
            handle,
            settings,
            passwords,
            sign_ins,
            room: Arc::new(Semaphore::new(ROOM)),
            room_for_strangers: Arc::new(Semaphore::new(ROOM_FOR_STRANGERS)),
        })))
    }

    /// The server.
    pub fn handle(&self) -> &Handle {
        &self.0.handle
    }

    /// How the wire is to be.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Room for bodies, in KiB.
    pub(crate) fn room(&self) -> &Arc<Semaphore> {
        &self.0.room
    }

    /// Room for the bodies of those who have not proven yet who they are, in KiB.
    pub(crate) fn room_for_strangers(&self) -> &Arc<Semaphore> {
        &self.0.room_for_strangers
    }

    /// Names and passwords, if there is sign-in by password.
    pub(crate) fn passwords(&self) -> Option<&Mutex<PasswordFile>> {
        self.0.passwords.as_ref()
    }

    /// Counts sign-ins per name, to slow down who guesses.
    pub(crate) fn sign_ins(&self) -> &Mutex<Attempts> {
        &self.0.sign_ins
    }
}
