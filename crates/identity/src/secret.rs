//! Texts that prove something: how they are made, and the hash that is kept instead of them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256, Sha512};

/// StackStorm's fixed salt: keys that come with a hash made there keep working here.
const SALT: &str = "saltnpepper";

/// The system would not give us random bytes.
#[derive(Debug, thiserror::Error)]
#[error("cannot get random bytes from the system")]
pub struct Error(#[source] getrandom::Error);

/// What is kept of a token or an API key: the SHA-512 of StackStorm's salt and the text, in hexadecimal.
pub fn hash(text: &str) -> String {
    let mut digest = Sha512::new();
    digest.update(SALT);
    digest.update(text);
    hexadecimal(&digest.finalize())
}

/// A new token's text: 32 hexadecimal digits that are a random UUID, as StackStorm's are.
pub fn token_text() -> Result<String, Error> {
    let mut bytes: [u8; 16] = random()?;
    // Version 4, and the variant of RFC 9562.
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0F) | 0x40;
    *variant = (*variant & 0x3F) | 0x80;
    Ok(hexadecimal(&bytes))
}

/// Whether a text has the form of a token: 32 hexadecimal digits. No API key has.
pub fn is_token_text(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A new API key's text: 86 letters and digits, made as StackStorm makes them.
pub fn api_key_text() -> Result<String, Error> {
    let seed: [u8; 256] = random()?;
    Ok(BASE64_STANDARD_NO_PAD.encode(hexadecimal(&Sha256::digest(seed))))
}

/// Random bytes that nobody can foresee, such as the seed of an id.
pub fn random<const LENGTH: usize>() -> Result<[u8; LENGTH], Error> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(Error)?;
    Ok(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0x0F])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_stackstorm() {
        // python3 -c "import hashlib; print(hashlib.sha512(b'saltnpepper' + b'abc').hexdigest())"
        let expected = "3e5076021e2cb3dd90a045649478c8f858ff6803df789b950370870220099e9c\
            1b1e8be52f60e2dc56b2c6c7ead6c732f119e784d47f20711b79d78c032a3182";
        assert_eq!(hash("abc"), expected);
    }

    #[test]
    fn tokens_are_random_uuids() {
        let (one, other) = (token_text().unwrap(), token_text().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(one.as_bytes()[12], b'4');
        assert!(b"89ab".contains(&one.as_bytes()[16]));
    }

    #[test]
    fn keys_are_letters_and_digits() {
        let (one, other) = (api_key_text().unwrap(), api_key_text().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 86);
        assert!(one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
