//! Signed requests: whether somebody who knows a secret made this body, and when.
//!
//! Services that send webhooks cannot sign in. They share a secret with the receiver and send a code made of the secret
//! and the body ([`Scheme`] says which, and where it stands). [`check`] tells whether it is right. All comparisons take
//! the same time whatever is compared, and every secret and every code shown is looked at.
//!
//! Left out deliberately: remembering what was seen. [`Genuine::content`] names what was signed; whoever keeps it finds
//! a second request with the same content, whatever an imitator has changed in the unsigned rest.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use squall_model::Timestamp;
use subtle::{Choice, ConstantTimeEq as _};

pub mod scheme;

pub use scheme::Scheme;
use scheme::{Digest, Encoding, Field, Part};

/// The most codes of one request that are looked at.
const MOST_CODES: usize = 16;

/// A secret, as the bytes that sign. Its text is never shown.
#[derive(Clone)]
pub struct Key(Vec<u8>);

/// The text is no secret of this scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// Everybody knows the empty text.
    #[error("the secret is empty")]
    Empty,
    /// The part after `whsec_` is not base64.
    #[error("the secret is not base64")]
    NotBase64,
}

/// What a request shows.
pub struct Shown<'a> {
    /// The value of a header by its lower-case name; none if it is missing, there twice or no text.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The body, byte for byte as it came.
    pub body: &'a [u8],
}

/// A request that somebody made who knows a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genuine {
    /// Names what was signed: the same content has the same name, and no other has.
    pub content: String,
    /// When the sender signed, if that is part of the content.
    pub signed_at: Option<Timestamp>,
}

/// Why a request is not believed. The texts go to the sender, with status 401.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A header is not there.
    #[error("Unauthorized - the header `{0}` of a signed request is missing.")]
    Missing(String),
    /// A header does not hold what it should.
    #[error("Unauthorized - the header `{0}` has no `{1}...` of a signed request.")]
    Form(String, String),
    /// The code is not that of the body with a known secret.
    #[error("Unauthorized - the signature does not fit the body and the secret.")]
    Wrong,
    /// The timestamp is no number.
    #[error("Unauthorized - the timestamp of a signed request must be seconds since 1970.")]
    Timestamp,
    /// Signed too long ago, or in the future.
    #[error("Unauthorized - the request was signed more than {0} seconds before or after now.")]
    Stale(u64),
}

impl Key {
    /// Reads a secret. The end of a line after it, as in files, does not belong to it.
    pub fn read(text: &str, scheme: &Scheme) -> Result<Self, NotAKey> {
        let text = text.trim_end_matches(['\n', '\r']);
        let bytes = match text.strip_prefix("whsec_") {
            Some(encoded) if scheme.decodes_secret => BASE64_STANDARD
                .decode(encoded)
                .or_else(|_| BASE64_STANDARD_NO_PAD.decode(encoded))
                .map_err(|_| NotAKey::NotBase64)?,
            _ => text.as_bytes().to_vec(),
        };
        if bytes.is_empty() {
            return Err(NotAKey::Empty);
        }
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Tells whether one of `keys` has signed a request, at most `tolerance` from now where the scheme knows the time.
pub fn check(
    scheme: &Scheme,
    keys: &[Key],
    shown: &Shown<'_>,
    (now, tolerance): (Timestamp, Duration),
) -> Result<Genuine, Refusal> {
    let codes = codes(scheme, shown)?;
    let timestamp = scheme
        .timestamp
        .as_ref()
        .map(|field| one(field, shown))
        .transpose()?;
    let id = scheme.id.as_ref().map(|field| one(field, shown));
    let id = id.transpose()?;
    let parts: Vec<&[u8]> = scheme
        .signed
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_bytes(),
            Part::Timestamp => timestamp.unwrap_or_default().as_bytes(),
            Part::Id => id.unwrap_or_default().as_bytes(),
            Part::Body => shown.body,
        })
        .collect();
    let mut fits = Choice::from(0);
    for key in keys {
        let expected = code(scheme.digest, key, &parts);
        for code in &codes {
            fits |= code.as_slice().ct_eq(&expected);
        }
    }
    if !bool::from(fits) {
        return Err(Refusal::Wrong);
    }
    // Only now: a wrong signature is told nothing of our time.
    let signed_at = timestamp
        .map(|text| fresh(text, now, tolerance))
        .transpose()?;
    Ok(Genuine {
        content: content(&parts),
        signed_at,
    })
}

/// The codes that a request shows, decoded.
fn codes(scheme: &Scheme, shown: &Shown<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
    let field = &scheme.signature;
    let decode = |text: &str| match scheme.encoding {
        Encoding::Text => Some(text.as_bytes().to_vec()),
        Encoding::Hexadecimal => hexadecimal(text),
        Encoding::Base64 => BASE64_STANDARD
            .decode(text)
            .or_else(|_| BASE64_STANDARD_NO_PAD.decode(text))
            .ok(),
    };
    let codes: Vec<_> = values(field, shown)?
        .filter_map(decode)
        .take(MOST_CODES)
        .collect();
    if codes.is_empty() {
        return Err(Refusal::Form(field.header.clone(), field.prefix.clone()));
    }
    Ok(codes)
}

/// The one value of a field.
fn one<'a>(field: &Field, shown: &Shown<'a>) -> Result<&'a str, Refusal> {
    let mut values = values(field, shown)?;
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(Refusal::Form(field.header.clone(), field.prefix.clone())),
    }
}

/// The values of a field: what follows its prefix, in each item of the header.
fn values<'a>(
    field: &Field,
    shown: &Shown<'a>,
) -> Result<impl Iterator<Item = &'a str> + use<'a>, Refusal> {
    let header =
        (shown.header)(&field.header).ok_or_else(|| Refusal::Missing(field.header.clone()))?;
    let has_comma = field.prefix.contains(',');
    let prefix = field.prefix.clone();
    Ok(header
        .split(move |c: char| c == ' ' || (c == ',' && !has_comma))
        .filter(|item| !item.is_empty())
        .filter_map(move |item| item.strip_prefix(prefix.as_str())))
}

/// The code of a content.
fn code(digest: Digest, key: &Key, parts: &[&[u8]]) -> Vec<u8> {
    match digest {
        Digest::None => key.0.clone(),
        Digest::Sha1 => coded::<Hmac<Sha1>>(key, parts),
        Digest::Sha256 => coded::<Hmac<Sha256>>(key, parts),
        Digest::Sha512 => coded::<Hmac<Sha512>>(key, parts),
    }
}

fn coded<M: Mac + KeyInit>(key: &Key, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac =
        <M as KeyInit>::new_from_slice(&key.0).expect("a key for HMAC may have any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// When a request was signed, if that is not too long ago.
fn fresh(text: &str, now: Timestamp, tolerance: Duration) -> Result<Timestamp, Refusal> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = text
        .parse()
        .ok()
        .filter(|_| is_number)
        .ok_or(Refusal::Timestamp)?;
    let signed_at = Timestamp::from_micros(seconds.saturating_mul(1_000_000));
    if signed_at.seconds_since(now).abs() > tolerance.as_secs_f64() {
        return Err(Refusal::Stale(tolerance.as_secs()));
    }
    Ok(signed_at)
}

/// The length of each part stands before it, so that no two lists of parts have the same name.
fn content(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    BASE64_STANDARD_NO_PAD.encode(digest.finalize())
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests;
