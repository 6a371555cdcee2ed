//! How services sign: where the code stands, and what it is made of.

use std::str::FromStr;

/// How one service signs its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// Where the code stands; a header may hold several.
    pub signature: Field,
    /// Where the time of signing stands, in seconds since 1970.
    pub timestamp: Option<Field>,
    /// Where the name of the delivery stands.
    pub id: Option<Field>,
    /// What is signed.
    pub signed: Vec<Part>,
    /// The function under HMAC.
    pub digest: Digest,
    /// How the code is written.
    pub encoding: Encoding,
    /// Whether a secret that begins with `whsec_` is base64 from there on.
    pub decodes_secret: bool,
}

/// A place in a request: what follows a prefix in the items of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The header, in lower case.
    pub header: String,
    /// What stands before the value; may be empty.
    pub prefix: String,
}

/// A part of what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// This text.
    Text(String),
    /// The time, as it was written.
    Timestamp,
    /// The name of the delivery.
    Id,
    /// The body.
    Body,
}

/// The function under HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// None at all: the secret itself is sent.
    None,
    /// SHA-1, for services that have nothing better.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How a code is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Text,
    /// In hexadecimal digits.
    Hexadecimal,
    /// In base64.
    Base64,
}

/// Makes the scheme of a service.
pub type Make = fn() -> Scheme;

/// The services whose way of signing is known by name.
pub const STYLES: &[(&str, Make)] = &[
    ("github", github),
    ("gitlab", gitlab),
    ("slack", slack),
    ("standard", standard),
    ("stripe", stripe),
];

impl Scheme {
    /// The scheme of a service.
    pub fn named(style: &str) -> Option<Self> {
        let found = STYLES.iter().find(|(name, _)| *name == style);
        found.map(|(_, scheme)| scheme())
    }

    /// A code over the body alone, in a header of its own: HMAC-SHA256 in hexadecimal.
    pub fn of_header(header: &str) -> Self {
        Self {
            signature: Field::new(header, ""),
            timestamp: None,
            id: None,
            signed: vec![Part::Body],
            digest: Digest::Sha256,
            encoding: Encoding::Hexadecimal,
            decodes_secret: false,
        }
    }

    /// Whether what is signed tells when.
    pub fn tells_time(&self) -> bool {
        self.timestamp.is_some() && self.signed.contains(&Part::Timestamp)
    }
}

impl Field {
    /// What follows `prefix` in `header`.
    pub fn new(header: &str, prefix: &str) -> Self {
        Self {
            header: header.to_ascii_lowercase(),
            prefix: prefix.to_owned(),
        }
    }
}

/// What is signed is written as `{timestamp}.{body}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// There are only three names.
    #[error("`{{{0}}}` is not `{{timestamp}}`, `{{id}}` or `{{body}}`")]
    Unknown(String),
    /// Whoever has seen one signature could send any body.
    #[error("`{{body}}` is missing")]
    NoBody,
}

/// Reads a text such as `v0:{timestamp}:{body}`.
pub fn signed(text: &str) -> Result<Vec<Part>, NotSigned> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.push(match name {
            "timestamp" => Part::Timestamp,
            "id" => Part::Id,
            "body" => Part::Body,
            other => return Err(NotSigned::Unknown(other.to_owned())),
        });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    if !parts.contains(&Part::Body) {
        return Err(NotSigned::NoBody);
    }
    Ok(parts)
}

impl FromStr for Digest {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            "sha512" => Ok(Self::Sha512),
            _ => Err(()),
        }
    }
}

impl FromStr for Encoding {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "hex" => Ok(Self::Hexadecimal),
            "base64" => Ok(Self::Base64),
            _ => Err(()),
        }
    }
}

/// `X-Hub-Signature-256: sha256=<hex>` over the body.
fn github() -> Scheme {
    Scheme {
        signature: Field::new("x-hub-signature-256", "sha256="),
        ..Scheme::of_header("")
    }
}

/// `X-Gitlab-Token: <secret>`: it proves who sends, and nothing about the body.
fn gitlab() -> Scheme {
    Scheme {
        digest: Digest::None,
        encoding: Encoding::Text,
        ..Scheme::of_header("x-gitlab-token")
    }
}

/// `X-Slack-Signature: v0=<hex>` over `v0:<X-Slack-Request-Timestamp>:<body>`.
fn slack() -> Scheme {
    Scheme {
        signature: Field::new("x-slack-signature", "v0="),
        timestamp: Some(Field::new("x-slack-request-timestamp", "")),
        signed: vec![
            Part::Text("v0:".to_owned()),
            Part::Timestamp,
            Part::Text(":".to_owned()),
            Part::Body,
        ],
        ..Scheme::of_header("")
    }
}

/// `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>]` over `<seconds>.<body>`.
fn stripe() -> Scheme {
    Scheme {
        signature: Field::new("stripe-signature", "v1="),
        timestamp: Some(Field::new("stripe-signature", "t=")),
        signed: vec![Part::Timestamp, Part::Text(".".to_owned()), Part::Body],
        ..Scheme::of_header("")
    }
}

/// Standard Webhooks: `webhook-signature: v1,<base64>[ v1,<base64>]` over `<webhook-id>.<webhook-timestamp>.<body>`.
fn standard() -> Scheme {
    let dot = || Part::Text(".".to_owned());
    Scheme {
        signature: Field::new("webhook-signature", "v1,"),
        timestamp: Some(Field::new("webhook-timestamp", "")),
        id: Some(Field::new("webhook-id", "")),
        signed: vec![Part::Id, dot(), Part::Timestamp, dot(), Part::Body],
        encoding: Encoding::Base64,
        decodes_secret: true,
        ..Scheme::of_header("")
    }
}
