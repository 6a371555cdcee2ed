//! How values are kept: as they are, compressed, or in parts.
//!
//! | first byte | what follows |
//! |---|---|
//! | 0 | the text (only needed if the text itself begins with 0, 1 or 2) |
//! | 1 | the text's length (four bytes, little-endian), then an LZ4 block |
//! | 2 | the number of a value in the table `part` (eight bytes, little-endian), each part packed by itself |
//! | any other | the text itself, this byte included |

use std::borrow::Cow;

use lz4_flex::block;

const PLAIN: u8 = 0;
const COMPRESSED: u8 = 1;
const IN_PARTS: u8 = 2;

/// Shorter texts gain too little from compression.
const COMPRESS_FROM: usize = 192;

/// Longest text that goes into one row, and so into one commit: a longer one would hold up everybody else's.
pub(super) const PART: usize = 256 * 1024;

/// A stored value that no version of Squall writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its form is none that is ever written")]
pub(super) struct Malformed;

/// What a row holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stored<'a> {
    /// The text itself.
    Text(Cow<'a, [u8]>),
    /// The number of a value in the table `part`.
    Parts(i64),
}

/// The form of a text that is at most [`PART`] long.
pub(super) fn pack(text: Vec<u8>) -> Vec<u8> {
    if text.len() >= COMPRESS_FROM
        && let Some(packed) = compressed(&text)
    {
        return packed;
    }
    match text.first() {
        Some(&(PLAIN | COMPRESSED | IN_PARTS)) => std::iter::once(PLAIN).chain(text).collect(),
        _ => text,
    }
}

/// The form of a text whose parts stand under this number.
pub(super) fn pack_number(value: i64) -> Vec<u8> {
    let mut packed = vec![IN_PARTS];
    packed.extend_from_slice(&value.to_le_bytes());
    packed
}

/// Takes back what [`pack`] and [`pack_number`] gave.
pub(super) fn unpack(packed: &[u8]) -> Result<Stored<'_>, Malformed> {
    match packed.split_first() {
        Some((&PLAIN, text)) => Ok(Stored::Text(text.into())),
        Some((&COMPRESSED, rest)) => Ok(Stored::Text(decompressed(rest)?.into())),
        Some((&IN_PARTS, number)) => {
            let number = number.try_into().map_err(|_| Malformed)?;
            Ok(Stored::Parts(i64::from_le_bytes(number)))
        }
        Some(_) | None => Ok(Stored::Text(packed.into())),
    }
}

fn compressed(text: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(text.len()).ok()?.to_le_bytes();
    let head = 1 + length.len();
    let mut packed = vec![0; head + block::get_maximum_output_size(text.len())];
    packed
        .iter_mut()
        .zip([COMPRESSED].iter().chain(&length))
        .for_each(|(to, from)| *to = *from);
    let written = block::compress_into(text, packed.get_mut(head..)?).ok()?;
    packed.truncate(head + written);
    (packed.len() < text.len()).then_some(packed)
}

fn decompressed(rest: &[u8]) -> Result<Vec<u8>, Malformed> {
    let (length, block) = rest.split_first_chunk().ok_or(Malformed)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Malformed)?;
    if length > PART {
        return Err(Malformed);
    }
    block::decompress(block, length).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8]) {
        let packed = pack(text.to_vec());
        assert_eq!(unpack(&packed), Ok(Stored::Text(text.into())));
    }

    #[test]
    fn every_text_comes_back() {
        check(b"");
        check(b"{}");
        check(&[0]);
        check(&[1, 2, 3]);
        check(&[2; 9]);
        check("{\"a\": \"ü\"}".repeat(1000).as_bytes());
        check(&(0..=255).cycle().take(PART).collect::<Vec<u8>>());
    }

    #[test]
    fn repetition_is_compressed() {
        assert!(pack(vec![b'x'; 10_000]).len() < 100);
    }

    #[test]
    fn numbers_come_back() {
        assert_eq!(unpack(&pack_number(-7)), Ok(Stored::Parts(-7)));
    }

    #[test]
    fn damage_is_an_error() {
        assert_eq!(unpack(&[1]), Err(Malformed));
        assert_eq!(unpack(&[1, 255, 255, 255, 255, 0]), Err(Malformed));
        assert_eq!(unpack(&[1, 9, 0, 0, 0, 77, 1]), Err(Malformed));
        assert_eq!(unpack(&[2, 1]), Err(Malformed));
    }
}
