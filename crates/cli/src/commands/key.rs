//! `squall key`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::client::Place;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::input;
use crate::remote::Remote;
use crate::serving::crypto_key;
use crate::show::{self, Column, Format};

const COLUMNS: &[Column] = &[
    Column::plain("name", "name"),
    Column::plain("scope", "scope"),
    Column::plain("user", "user"),
    Column::yes_no("secret", "secret"),
    Column::time("expires", "expire_timestamp"),
    Column::plain("value", "value"),
];

/// Read and change the datastore
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Set a key
    Set(Set),
    /// Print the value of a key
    Get(Get),
    /// List keys by name
    List(List),
    /// Delete a key
    Delete(Delete),
    /// Make a key file for `serve --crypto-key`, which keeps secrets encrypted; needs no server
    #[command(name = "make-crypto-key")]
    MakeCryptoKey(MakeCryptoKey),
}

/// A key and its value.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Its name
    name: String,
    /// Its value; `-` reads it from standard input, which keeps secrets off the command line
    value: String,
    /// Keep the value encrypted
    #[arg(long)]
    secret: bool,
    /// Let it vanish after so many seconds
    #[arg(long, value_name = "SECONDS")]
    ttl: Option<u64>,
    /// A key of this user instead of the system's
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

/// Which key.
#[derive(Debug, Args)]
pub(crate) struct Get {
    /// Its name
    name: String,
    /// Show a secret in clear
    #[arg(long)]
    decrypt: bool,
    /// A key of this user instead of the system's
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

/// Which keys.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only names that begin like this
    #[arg(long, value_name = "TEXT")]
    prefix: Option<String>,
    /// Show secrets in clear
    #[arg(long)]
    decrypt: bool,
    /// Keys of this user instead of the system's
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    remote: Remote,
}

/// Which key to delete.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// Its name
    name: String,
    /// A key of this user instead of the system's
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[command(flatten)]
    remote: Remote,
}

/// Where to put the key file.
#[derive(Debug, Args)]
pub(crate) struct MakeCryptoKey {
    /// The file; one that is there already is not touched
    file: PathBuf,
}

impl Key {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        match self {
            Self::Set(set) => set.run(console),
            Self::Get(get) => get.run(console),
            Self::List(list) => list.run(console),
            Self::Delete(delete) => delete.run(console),
            Self::MakeCryptoKey(make) => {
                crypto_key::make(&make.file)?;
                console.note(format!(
                    "only its owner may read {}; keep a copy in a safe place",
                    make.file.display()
                ));
                Ok(Ending::Well)
            }
        }
    }
}

impl Set {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let value = match self.value.as_str() {
            "-" => {
                let text = input::text(Path::new("-"))?;
                // `echo secret | squall key set ...` means the secret, not the line.
                text.strip_suffix('\n').unwrap_or(&text).to_owned()
            }
            value => value.to_owned(),
        };
        let scope = scope(self.user.as_deref());
        let body = json!({
            "name": self.name, "value": value, "scope": scope, "user": self.user, "secret": self.secret, "ttl": self.ttl,
        });
        let place = Place::api(&["keys", &self.name]);
        let key = self.remote.client(console)?.put(&place, &body)?.body;
        match self.remote.output {
            Format::Table => console.line(format!("set {} ({scope})", self.name))?,
            format => show::value(console, format, &key)?,
        }
        Ok(Ending::Well)
    }
}

impl Get {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let place =
            place(&["keys", &self.name], self.user.as_deref()).with("decrypt", self.decrypt);
        let key = self.remote.client(console)?.get(&place)?.body;
        match (
            self.remote.output,
            key.get("value").and_then(|value| value.as_str()),
        ) {
            (Format::Table, Some(value)) => console.line(value)?,
            (format, _) => show::value(console, format, &key)?,
        }
        Ok(Ending::Well)
    }
}

impl List {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let place = place(&["keys"], self.user.as_deref())
            .with("limit", self.limit)
            .with("decrypt", self.decrypt)
            .with_some("prefix", self.prefix);
        self.remote.list(console, &place, COLUMNS)
    }
}

impl Delete {
    fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let place = place(&["keys", &self.name], self.user.as_deref());
        self.remote.client(console)?.delete(&place)?;
        console.note(format!(
            "deleted {} ({})",
            self.name,
            scope(self.user.as_deref())
        ));
        Ok(Ending::Well)
    }
}

fn place(parts: &[&str], user: Option<&str>) -> Place {
    Place::api(parts)
        .with("scope", scope(user))
        .with_some("user", user)
}

fn scope(user: Option<&str>) -> &'static str {
    if user.is_some() { "user" } else { "system" }
}
