//! How values are kept: as they are, compressed, or in parts.
//!
//! | first byte | what follows |
//! |---|---|
//! | 0 | the text (only needed if the text itself begins with one of these bytes) |
//! | 1 | the text's length (four bytes), then an LZ4 block |
//! | 2 | the number of a value in the table `part` (eight bytes), each part packed by itself |
//! | 3 | the number of a template (four bytes), the text's length (four bytes), then an LZ4 block against the template |
//! | any other | the text itself, this byte included |
//!
//! Numbers are little-endian.

use std::borrow::Cow;

use lz4_flex::block;

use super::template::Template;

const PLAIN: u8 = 0;
const COMPRESSED: u8 = 1;
const IN_PARTS: u8 = 2;
const LIKE: u8 = 3;

/// Shorter texts gain too little from compression.
pub(super) const COMPRESS_FROM: usize = 192;

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
    /// What needs the template of this number.
    Like(u32, Block<'a>),
}

/// A compressed text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    length: usize,
    block: &'a [u8],
}

/// The form of a text that is at most [`PART`] long.
pub(super) fn pack(text: Vec<u8>) -> Vec<u8> {
    if text.len() >= COMPRESS_FROM {
        let into = |block: &mut [u8]| block::compress_into(&text, block);
        if let Some(packed) = compressed(&text, vec![COMPRESSED], into) {
            return packed;
        }
    }
    match text.first() {
        Some(&(PLAIN | COMPRESSED | IN_PARTS | LIKE)) => {
            std::iter::once(PLAIN).chain(text).collect()
        }
        _ => text,
    }
}

/// The form of a text that is at most [`PART`] long and probably much like the template.
pub(super) fn pack_like(template: &Template, text: Vec<u8>) -> Vec<u8> {
    let mut head = vec![LIKE];
    head.extend_from_slice(&template.number.to_le_bytes());
    let into = |block: &mut [u8]| block::compress_into_with_dict(&text, block, &template.text);
    match compressed(&text, head, into) {
        Some(packed) => packed,
        None => pack(text),
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
        Some((&COMPRESSED, rest)) => {
            let Block { length, block } = Block::read(rest)?;
            let text = block::decompress(block, length).map_err(|_| Malformed)?;
            Ok(Stored::Text(text.into()))
        }
        Some((&IN_PARTS, number)) => {
            let number = number.try_into().map_err(|_| Malformed)?;
            Ok(Stored::Parts(i64::from_le_bytes(number)))
        }
        Some((&LIKE, rest)) => {
            let (number, rest) = rest.split_first_chunk().ok_or(Malformed)?;
            Ok(Stored::Like(
                u32::from_le_bytes(*number),
                Block::read(rest)?,
            ))
        }
        Some(_) | None => Ok(Stored::Text(packed.into())),
    }
}

impl<'a> Block<'a> {
    fn read(rest: &'a [u8]) -> Result<Self, Malformed> {
        let (length, block) = rest.split_first_chunk().ok_or(Malformed)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Malformed)?;
        if length > PART {
            return Err(Malformed);
        }
        Ok(Self { length, block })
    }

    /// The text, given the text of its template.
    pub(super) fn text(&self, template: &[u8]) -> Result<Vec<u8>, Malformed> {
        block::decompress_with_dict(self.block, self.length, template).map_err(|_| Malformed)
    }
}

/// `head`, the text's length and what `compress` makes of it, if that is shorter than the text.
fn compressed<E>(
    text: &[u8],
    head: Vec<u8>,
    compress: impl FnOnce(&mut [u8]) -> Result<usize, E>,
) -> Option<Vec<u8>> {
    let mut packed = head;
    packed.extend_from_slice(&u32::try_from(text.len()).ok()?.to_le_bytes());
    let begin = packed.len();
    packed.resize(begin + block::get_maximum_output_size(text.len()), 0);
    let written = compress(packed.get_mut(begin..)?).ok()?;
    packed.truncate(begin + written);
    (packed.len() < text.len()).then_some(packed)
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
        check(&[3; 9]);
        check("{\"a\": \"ü\"}".repeat(1000).as_bytes());
        check(&(0..=255).cycle().take(PART).collect::<Vec<u8>>());
    }

    #[test]
    fn repetition_is_compressed() {
        assert!(pack(vec![b'x'; 10_000]).len() < 100);
    }

    #[test]
    fn a_template_shortens_what_is_like_it() {
        let template = Template::new(
            9,
            b"{\"some\": \"structure\", \"that\": \"repeats\"}".to_vec(),
        );
        let text = b"{\"some\": \"structure\", \"that\": \"differs\"}".to_vec();
        let packed = pack_like(&template, text.clone());
        assert!(packed.len() < 30, "{}", packed.len());
        let Ok(Stored::Like(9, block)) = unpack(&packed) else {
            panic!("{packed:?}");
        };
        assert_eq!(block.text(&template.text), Ok(text));
        assert_eq!(block.text(b""), Err(Malformed));
        let unlike = pack_like(&template, b"x".to_vec());
        assert_eq!(unlike, b"x");
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
