//! `[webhooks.NAME]`: how the sender of a webhook signs, and where the secret is.
//!
//! These sections are named by the user, so they are no rows of the catalogue; [`KEYS`] is theirs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use squall_api::signed::{Secret, Webhook};
use squall_identity::signature::Scheme;
use squall_identity::signature::scheme::{self, Digest, Encoding, Field, STYLES};

use super::quantity;
use super::value::{Given, Refused};
use crate::environment::Environment;

/// What such a section may say, each with what it is about.
pub(crate) const KEYS: &[(&str, &str, &str)] = &[
    (
        "secrets",
        r#"["file:/etc/squall/github.secret"]"#,
        "Where the secret is: `file:PATH`, `env:VARIABLE` or `key:NAME` (an encrypted key of the datastore). More than one \
         while a secret is replaced.",
    ),
    (
        "style",
        r#""github""#,
        "How the sender signs: github, gitlab, slack, standard (Standard Webhooks) or stripe.",
    ),
    (
        "header",
        r#""X-Signature""#,
        "Instead of a style: the header with the signature.",
    ),
    (
        "prefix",
        r#""sha256=""#,
        "What stands before the signature there; otherwise nothing.",
    ),
    (
        "digest",
        r#""sha256""#,
        "sha1, sha256 or sha512; otherwise sha256.",
    ),
    ("encoding", r#""hex""#, "hex or base64; otherwise hex."),
    (
        "signed",
        r#""{timestamp}.{body}""#,
        "What is signed, made of {body}, {timestamp} and {id}; otherwise {body}.",
    ),
    (
        "timestamp_header",
        r#""X-Timestamp""#,
        "The header with the time of signing, in seconds since 1970.",
    ),
    (
        "id_header",
        r#""X-Id""#,
        "The header with the name of the delivery.",
    ),
    (
        "tolerance",
        r#""5m""#,
        "How far the time of signing may be from this server's, where it is signed; otherwise 5m.",
    ),
    (
        "remembered",
        r#""7d""#,
        "How long a delivery is remembered, so that it is not taken twice; 0s for senders whose bodies may repeat. \
         Otherwise 7d, or as long as the time of signing is tolerated; 0s for gitlab, which signs nothing.",
    ),
];

/// The most secrets of one webhook: all are tried.
const MOST_SECRETS: usize = 8;

const TOLERANCE: Duration = Duration::from_secs(300);

const REMEMBERED: Duration = Duration::from_secs(7 * 86_400);

/// One such section.
#[derive(Debug)]
pub(super) struct Hook {
    url: String,
    scheme: Scheme,
    secrets: Vec<Place>,
    tolerance: Duration,
    remembered: Duration,
}

/// Where a secret is.
#[derive(Debug)]
enum Place {
    File(PathBuf),
    Variable(String),
    Key(String),
}

/// What a section says, by key.
pub(super) type Said<'a> = BTreeMap<&'a str, Given>;

impl Hook {
    /// Reads a section. What is wrong is told with the key it is about; an empty one is the section itself.
    pub(super) fn read(url: &str, said: &Said<'_>, folder: &Path) -> Result<Self, Wrong> {
        let scheme = scheme(said)?;
        let tolerance = duration(said, "tolerance")?.unwrap_or(TOLERANCE);
        let usual = match scheme.digest {
            Digest::None => Duration::ZERO,
            _ if scheme.tells_time() => tolerance * 2,
            _ => REMEMBERED,
        };
        Ok(Self {
            url: url.trim_matches('/').to_owned(),
            scheme,
            secrets: secrets(said, folder)?,
            tolerance,
            remembered: duration(said, "remembered")?.unwrap_or(usual),
        })
    }

    /// Gives it to the server; its variables are hidden from actions. Fails with the variable that is not set.
    pub(super) fn settle(
        &self,
        environment: &mut Environment,
    ) -> Result<(String, Webhook), Refused> {
        let mut secrets = Vec::new();
        for place in &self.secrets {
            secrets.push(match place {
                Place::File(file) => Secret::File(file.clone()),
                Place::Key(name) => Secret::Key(name.clone()),
                Place::Variable(name) => {
                    let text = environment.text(name).map(str::to_owned);
                    environment.hide(name);
                    Secret::Text(text.ok_or_else(|| {
                        refused(
                            &format!("the variable {name} with its secret is not set"),
                            "set it, or name a file with file:PATH",
                        )
                    })?)
                }
            });
        }
        let webhook = Webhook {
            scheme: self.scheme.clone(),
            secrets,
            tolerance: self.tolerance,
            remembered: self.remembered,
        };
        Ok((self.url.clone(), webhook))
    }
}

/// A key, and what is wrong with its value.
pub(super) type Wrong = (&'static str, Refused);

fn refused(message: &str, hint: &str) -> Refused {
    Refused {
        message: message.to_owned(),
        hint: hint.to_owned(),
    }
}

fn scheme(said: &Said<'_>) -> Result<Scheme, Wrong> {
    let (style, header) = (text(said, "style")?, text(said, "header")?);
    let styles: Vec<&str> = STYLES.iter().map(|(name, _)| *name).collect();
    let styles = format!("one of {}", styles.join(", "));
    match (style, header) {
        (Some(style), None) => {
            let own = [
                "prefix",
                "digest",
                "encoding",
                "signed",
                "timestamp_header",
                "id_header",
            ];
            if let Some(key) = own.into_iter().find(|key| said.contains_key(key)) {
                let hint = "leave it out, or give a header instead of a style";
                return Err((key, refused("the style says this already", hint)));
            }
            let unknown = || {
                (
                    "style",
                    refused(
                        &format!("{style:?} is not {styles}"),
                        "or give a header instead",
                    ),
                )
            };
            Scheme::named(style).ok_or_else(unknown)
        }
        (None, Some(header)) => of_header(header, said),
        (Some(_), Some(_)) => Err((
            "header",
            refused("there is a style already", "leave out one of them"),
        )),
        (None, None) => Err((
            "",
            refused(
                "it does not say how the sender signs",
                "such as style = \"github\"",
            ),
        )),
    }
}

fn of_header(header: &str, said: &Said<'_>) -> Result<Scheme, Wrong> {
    let mut scheme = Scheme::of_header(header);
    if header.is_empty()
        || !header
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err((
            "header",
            refused("this is no name of a header", "such as \"X-Signature\""),
        ));
    }
    if let Some(prefix) = text(said, "prefix")? {
        scheme.signature = Field::new(header, prefix);
    }
    if let Some(digest) = text(said, "digest")? {
        let one_of = refused(
            &format!("{digest:?} is not one of sha1, sha256, sha512"),
            "such as \"sha256\"",
        );
        scheme.digest = digest.parse().map_err(|()| ("digest", one_of))?;
    }
    if let Some(encoding) = text(said, "encoding")? {
        let one_of = refused(
            &format!("{encoding:?} is not one of hex, base64"),
            "such as \"hex\"",
        );
        scheme.encoding = encoding
            .parse::<Encoding>()
            .map_err(|()| ("encoding", one_of))?;
    }
    scheme.timestamp = text(said, "timestamp_header")?.map(|header| Field::new(header, ""));
    scheme.id = text(said, "id_header")?.map(|header| Field::new(header, ""));
    if let Some(signed) = text(said, "signed")? {
        let wrong = |error: scheme::NotSigned| {
            (
                "signed",
                refused(&error.to_string(), "such as \"{timestamp}.{body}\""),
            )
        };
        scheme.signed = scheme::signed(signed).map_err(wrong)?;
    }
    for (part, key, is_there) in [
        (
            scheme::Part::Timestamp,
            "timestamp_header",
            scheme.timestamp.is_some(),
        ),
        (scheme::Part::Id, "id_header", scheme.id.is_some()),
    ] {
        if scheme.signed.contains(&part) != is_there {
            let hint =
                format!("{key} and `signed` belong together: what is not signed proves nothing");
            let message = "a header is named that is not signed, or none for what is signed";
            return Err(("signed", refused(message, &hint)));
        }
    }
    Ok(scheme)
}

fn secrets(said: &Said<'_>, folder: &Path) -> Result<Vec<Place>, Wrong> {
    let wrong = |message: &str| {
        (
            "secrets",
            refused(
                message,
                "such as [\"file:/etc/squall/github.secret\"], [\"env:VARIABLE\"] or [\"key:NAME\"]",
            ),
        )
    };
    let texts = match said.get("secrets") {
        Some(Given::Text(text)) => vec![text.clone()],
        Some(Given::List(texts)) => texts.clone(),
        Some(_) => return Err(wrong("this is no list of texts")),
        None => Vec::new(),
    };
    if texts.is_empty() {
        return Err(wrong("there is no secret"));
    }
    if texts.len() > MOST_SECRETS {
        return Err(wrong(&format!(
            "there are more than {MOST_SECRETS} secrets"
        )));
    }
    let place = |text: &String| match text.split_once(':') {
        Some((_, "")) | None => None,
        Some(("file", path)) => Some(Place::File(folder.join(path))),
        Some(("env", name)) => Some(Place::Variable(name.to_owned())),
        Some(("key", name)) => Some(Place::Key(name.to_owned())),
        Some(_) => None,
    };
    // The text is not told: it may be the secret itself.
    let places: Option<_> = texts.iter().map(place).collect();
    places.ok_or_else(|| wrong("this does not say where a secret is"))
}

fn duration(said: &Said<'_>, key: &'static str) -> Result<Option<Duration>, Wrong> {
    let Some(text) = text(said, key)? else {
        return Ok(None);
    };
    let duration = quantity::duration(text);
    let no = || {
        (
            key,
            refused(&format!("{text:?} is not a duration"), "such as \"5m\""),
        )
    };
    duration.map(Some).ok_or_else(no)
}

fn text<'a>(said: &'a Said<'_>, key: &'static str) -> Result<Option<&'a str>, Wrong> {
    match said.get(key) {
        None => Ok(None),
        Some(Given::Text(text)) => Ok(Some(text)),
        Some(other) => Err((
            key,
            refused(&format!("{other} is not a text"), "write it in quotes"),
        )),
    }
}
