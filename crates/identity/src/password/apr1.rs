//! Apache's variant of MD5-based crypt: a thousand rounds, each stirring in what the round's number says.

use md5::{Digest as _, Md5};

/// crypt(3)'s own alphabet for six bits.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The part after the last `$` of `$apr1$salt$...`: 22 characters.
pub(super) fn digest(password: &[u8], salt: &[u8]) -> String {
    let mut state = first(password, salt);
    for round in 0..1000_u32 {
        let mut next = Md5::new();
        let (head, tail): (&[u8], &[u8]) = if round % 2 == 1 {
            (password, &state)
        } else {
            (&state, password)
        };
        next.update(head);
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        next.update(tail);
        state = next.finalize().into();
    }
    encode(state)
}

fn first(password: &[u8], salt: &[u8]) -> [u8; 16] {
    let mixed = Md5::new().chain_update(password).chain_update(salt);
    let mixed = mixed.chain_update(password).finalize();
    let mut start = Md5::new();
    start.update(password);
    start.update(b"$apr1$");
    start.update(salt);
    for chunk in password.chunks(mixed.len()) {
        start.update(mixed.get(..chunk.len()).unwrap_or_default());
    }
    // One byte for each bit of the length, lowest first: zero for a one, the password's first for a zero.
    let initial = password.get(..1).unwrap_or_default();
    let mut length = password.len();
    while length > 0 {
        start.update(if length % 2 == 1 { &[0] } else { initial });
        length /= 2;
    }
    start.finalize().into()
}

fn encode(state: [u8; 16]) -> String {
    let [
        a0,
        a1,
        a2,
        a3,
        a4,
        a5,
        a6,
        a7,
        a8,
        a9,
        a10,
        a11,
        a12,
        a13,
        a14,
        a15,
    ] = state;
    let groups = [
        (a0, a6, a12),
        (a1, a7, a13),
        (a2, a8, a14),
        (a3, a9, a15),
        (a4, a10, a5),
    ];
    let mut text = String::with_capacity(22);
    for (high, middle, low) in groups {
        let bits = u32::from(high) << 16 | u32::from(middle) << 8 | u32::from(low);
        push_sixes(&mut text, bits, 4);
    }
    push_sixes(&mut text, u32::from(a11), 2);
    text
}

fn push_sixes(text: &mut String, mut bits: u32, count: u32) {
    for _ in 0..count {
        let six = usize::from(u8::try_from(bits & 0x3F).unwrap_or(0));
        text.extend(ALPHABET.get(six).copied().map(char::from));
        bits >>= 6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_openssl_makes_them() {
        // openssl passwd -apr1 -salt r31bbbbb PASSWORD
        for (password, expected) in [
            ("", "81x0wLn3Qfuh.4yEpdC/J1"),
            ("a", "LEWp3GTferWbDStSlTbj81"),
            ("myPassword", "lPxAv7CdPmF4DwYWJZ5cX."),
            (
                "pässwörd and a long one that goes past sixteen bytes",
                "VnOBf83k.bLGtFVoir41W1",
            ),
        ] {
            assert_eq!(
                digest(password.as_bytes(), b"r31bbbbb"),
                expected,
                "{password}"
            );
        }
    }
}
