//! Sealed datastore values, in the format of Google's Keyczar that StackStorm keeps using.
//!
//! A sealed value is the hexadecimal form of five header bytes, a 16-byte vector, the text in AES-CBC with PKCS5 padding, and
//! an HMAC-SHA1 over all of that. The key file is JSON with both keys in web-safe base64.

use std::fmt::Write as _;

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use aes::{Aes128, Aes192, Aes256};
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha1::Sha1;
use squall_model::Json;

const HEADER: &[u8] = b"00000";
const BLOCK: usize = 16;
const SIGNATURE: usize = 20;

/// How long a generated key is, in bytes.
pub const KEY_LENGTH: usize = 32;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Why a key or a sealed value is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text of a key file is no key.
    #[error("the encryption key file {0}")]
    KeyFile(&'static str),
    /// The text is no sealed value.
    #[error("the sealed value {0}")]
    Sealed(&'static str),
    /// It was sealed with another key, or changed since.
    #[error("the sealed value was sealed with another key, or was changed")]
    Signature,
}

/// The two keys of a key file.
#[derive(Clone)]
pub struct Key {
    cipher: Cipher,
    signing: Vec<u8>,
}

#[derive(Clone)]
enum Cipher {
    Short([u8; 16]),
    Middle([u8; 24]),
    Long([u8; 32]),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Key { .. }")
    }
}

impl Key {
    /// Reads the text of a key file.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let file: Json = serde_json::from_str(text).map_err(|_| Error::KeyFile("is not JSON"))?;
        let mode = file
            .get("mode")
            .and_then(Json::as_str)
            .ok_or(Error::KeyFile("has no `mode`"))?;
        if !mode.eq_ignore_ascii_case("CBC") {
            return Err(Error::KeyFile("has another `mode` than CBC"));
        }
        let size = file.get("size").and_then(Json::as_u64);
        if size.ok_or(Error::KeyFile("has no `size`"))? < 128 {
            return Err(Error::KeyFile("has a `size` below 128"));
        }
        let signing = file.get("hmacKey");
        if signing.and_then(|signing| signing.get("size")).is_none() {
            return Err(Error::KeyFile("has no `hmacKey` with a `size`"));
        }
        let signing = signing
            .and_then(|signing| signing.get("hmacKeyString"))
            .and_then(Json::as_str)
            .ok_or(Error::KeyFile("has no `hmacKeyString`"))?;
        let cipher = file
            .get("aesKeyString")
            .and_then(Json::as_str)
            .ok_or(Error::KeyFile("has no `aesKeyString`"))?;
        Ok(Self {
            cipher: Cipher::new(&decode(cipher)?)?,
            signing: decode(signing)?,
        })
    }

    /// The text of a new key file, from random bytes.
    pub fn generate(cipher: &[u8; KEY_LENGTH], signing: &[u8; KEY_LENGTH]) -> String {
        let size = KEY_LENGTH * 8;
        json!({
            "hmacKey": {"hmacKeyString": BASE64.encode(signing), "size": size},
            "aesKeyString": BASE64.encode(cipher),
            "mode": "CBC",
            "size": size,
        })
        .to_string()
    }

    /// The text sealed, in upper-case hexadecimal. The vector must be random and new.
    pub fn encrypt(&self, text: &str, vector: [u8; BLOCK]) -> String {
        let missing = BLOCK - text.len() % BLOCK;
        let mut padded = text.as_bytes().to_vec();
        padded.extend(std::iter::repeat_n(
            u8::try_from(missing).unwrap_or_default(),
            missing,
        ));
        let mut message = [HEADER, &vector, &self.cipher.encrypt(&padded, &vector)].concat();
        let signature = self.sign(&message).finalize().into_bytes();
        message.extend_from_slice(&signature);
        let mut out = String::with_capacity(message.len() * 2);
        for byte in message {
            write!(out, "{byte:02X}").expect("writing to a String cannot fail");
        }
        out
    }

    /// The text of a sealed value.
    pub fn decrypt(&self, sealed: &str) -> Result<String, Error> {
        let bytes = from_hexadecimal(sealed)?;
        let too_short = Error::Sealed("is too short");
        let (message, signature) = bytes
            .len()
            .checked_sub(SIGNATURE)
            .and_then(|length| bytes.split_at_checked(length))
            .ok_or(too_short)?;
        let body = message.get(HEADER.len()..).ok_or(too_short)?;
        let (vector, blocks) = body.split_first_chunk::<BLOCK>().ok_or(too_short)?;
        self.sign(message)
            .verify_slice(signature)
            .map_err(|_| Error::Signature)?;
        let padded = self.cipher.decrypt(blocks, vector)?;
        let padded = String::from_utf8(padded).map_err(|_| Error::Sealed("is not text"))?;
        unpad(&padded)
    }

    fn sign(&self, message: &[u8]) -> Hmac<Sha1> {
        let mut mac =
            Hmac::<Sha1>::new_from_slice(&self.signing).expect("a signing key may have any length");
        mac.update(message);
        mac
    }
}

impl Cipher {
    fn new(key: &[u8]) -> Result<Self, Error> {
        if let Ok(key) = key.try_into() {
            Ok(Self::Short(key))
        } else if let Ok(key) = key.try_into() {
            Ok(Self::Middle(key))
        } else if let Ok(key) = key.try_into() {
            Ok(Self::Long(key))
        } else {
            Err(Error::KeyFile(
                "has a key of a length that AES does not have",
            ))
        }
    }

    fn encrypt(&self, padded: &[u8], vector: &[u8; BLOCK]) -> Vec<u8> {
        let vector = vector.into();
        match self {
            Self::Short(key) => cbc::Encryptor::<Aes128>::new(key.into(), vector)
                .encrypt_padded_vec::<NoPadding>(padded),
            Self::Middle(key) => cbc::Encryptor::<Aes192>::new(key.into(), vector)
                .encrypt_padded_vec::<NoPadding>(padded),
            Self::Long(key) => cbc::Encryptor::<Aes256>::new(key.into(), vector)
                .encrypt_padded_vec::<NoPadding>(padded),
        }
    }

    fn decrypt(&self, blocks: &[u8], vector: &[u8; BLOCK]) -> Result<Vec<u8>, Error> {
        let vector = vector.into();
        match self {
            Self::Short(key) => cbc::Decryptor::<Aes128>::new(key.into(), vector)
                .decrypt_padded_vec::<NoPadding>(blocks),
            Self::Middle(key) => cbc::Decryptor::<Aes192>::new(key.into(), vector)
                .decrypt_padded_vec::<NoPadding>(blocks),
            Self::Long(key) => cbc::Decryptor::<Aes256>::new(key.into(), vector)
                .decrypt_padded_vec::<NoPadding>(blocks),
        }
        .map_err(|_| Error::Sealed("has a broken block"))
    }
}

/// Takes the padding off as the original does: as many characters as the last one says, all of them if it says none.
fn unpad(padded: &str) -> Result<String, Error> {
    let last = padded
        .chars()
        .next_back()
        .ok_or(Error::Sealed("is empty"))?;
    let count = padded.chars().count();
    let padding = match u32::from(last) as usize {
        0 => count,
        padding => padding,
    };
    Ok(padded.chars().take(count.saturating_sub(padding)).collect())
}

fn from_hexadecimal(text: &str) -> Result<Vec<u8>, Error> {
    let digits = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<Vec<_>>>()
        .ok_or(Error::Sealed("is not hexadecimal"))?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Error::Sealed("is not hexadecimal"));
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Lenient base64: blanks, padding and characters that have no place in it are skipped.
fn decode(text: &str) -> Result<Vec<u8>, Error> {
    let broken = Error::KeyFile("has a key that is not base64");
    let unblanked = text.chars().filter(|letter| !letter.is_whitespace());
    if unblanked.count() % 4 == 1 {
        return Err(broken);
    }
    let letters: String = text
        .chars()
        .filter_map(|letter| match letter {
            '+' => Some('-'),
            '/' => Some('_'),
            '-' | '_' => Some(letter),
            _ => letter.is_ascii_alphanumeric().then_some(letter),
        })
        .collect();
    BASE64.decode(letters).map_err(|_| broken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::recorded::replay;
    use crate::value::{Error as ValueError, Value};

    #[test]
    fn values_are_sealed_and_opened_as_stackstorm_does() {
        replay("crypto.jsonl", &[], |case| {
            let member = |name: &str| case[name].as_str().unwrap_or_default();
            let failed = |error: Error| ValueError::raised("Error", error.to_string());
            let key = Key::parse(member("crypto_key")).map_err(failed)?;
            if member("do") == "encrypt" {
                let vector = from_hexadecimal(member("iv")).unwrap().try_into().unwrap();
                return Ok(Value::from(key.encrypt(member("text"), vector)));
            }
            key.decrypt(member("text")).map(Value::from).map_err(failed)
        });
    }

    #[test]
    fn a_generated_key_opens_what_it_sealed_and_is_not_shown() {
        let key = Key::parse(&Key::generate(&[7; 32], &[9; 32])).unwrap();
        let sealed = key.encrypt("grün", [1; 16]);
        assert_eq!(key.decrypt(&sealed).as_deref(), Ok("grün"));
        assert_eq!(format!("{key:?}"), "Key { .. }");
    }
}
