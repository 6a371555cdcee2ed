//! The options of every command that asks a server.

use std::path::PathBuf;

use clap::Args;

use crate::client::{Client, Error, Place, Settings};
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::show::{self, Column, Format};

/// Where `squall dev` listens.
const DEFAULT_URL: &str = "http://127.0.0.1:8700";

/// Headers of credentials, each with the variables that may hold one.
const CREDENTIALS: [(&str, [&str; 2]); 2] = [
    ("x-auth-token", ["SQUALL_TOKEN", "ST2_AUTH_TOKEN"]),
    ("st2-api-key", ["SQUALL_API_KEY", "ST2_API_KEY"]),
];

/// Which server to ask, and how to show what it answers.
#[derive(Debug, Args)]
pub(crate) struct Remote {
    /// The server [default: SQUALL_URL, or http://127.0.0.1:8700]
    #[arg(long, value_name = "URL", help_heading = "Server and output")]
    url: Option<String>,

    /// Certificates (PEM) to trust besides those of this machine [default: SQUALL_CACERT]
    #[arg(long, value_name = "FILE", help_heading = "Server and output")]
    cacert: Option<PathBuf>,

    /// How to show the answer
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        default_value = "table",
        help_heading = "Server and output"
    )]
    pub(crate) output: Format,
}

impl Remote {
    /// A client for that server. Who asks is only ever told by the environment: arguments can be read by everybody.
    pub(crate) fn client(&self, console: &Console) -> Result<Client, Error> {
        let environment = &console.environment;
        let url = self
            .url
            .as_deref()
            .or_else(|| environment.text("SQUALL_URL"))
            .unwrap_or(DEFAULT_URL);
        let shown = |(header, variables): &(&'static str, [&str; 2])| {
            Some((*header, environment.first_of(variables)?.to_owned()))
        };
        Client::new(Settings {
            url: url.to_owned(),
            credential: CREDENTIALS.iter().find_map(shown),
            certificates: self
                .cacert
                .clone()
                .or_else(|| environment.text("SQUALL_CACERT").map(PathBuf::from)),
        })
    }
}

impl Remote {
    /// Shows a page of a list, and says if there is more.
    pub(crate) fn list(
        &self,
        console: &mut Console,
        place: &Place,
        columns: &[Column],
    ) -> Result<Ending, Failure> {
        let answer = self.client(console)?.get(place)?;
        let items = answer
            .body
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        show::list(console, self.output, items, columns)?;
        let shown = u64::try_from(items.len()).unwrap_or(u64::MAX);
        if let Some(total) = answer
            .total
            .filter(|total| *total > shown && self.output == Format::Table)
        {
            console.note(format!("{shown} of {total}; -n NUMBER shows more"));
        }
        Ok(Ending::Well)
    }

    /// Shows one thing.
    pub(crate) fn item(
        &self,
        console: &mut Console,
        place: &Place,
        rows: &[Column],
    ) -> Result<Ending, Failure> {
        let answer = self.client(console)?.get(place)?;
        show::item(console, self.output, &answer.body, rows)?;
        Ok(Ending::Well)
    }
}
