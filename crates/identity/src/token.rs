//! Handing out tokens.

use squall_model::id::Ids;
use squall_model::identity::Token;
use squall_model::{Object, Timestamp};

use crate::secret;

/// The longest a person's token may last unless the settings say otherwise, in seconds: a day.
pub const LONGEST: u64 = 86_400;

/// A token just made. Its text is told once, to whoever asked, and kept nowhere.
#[derive(Debug, Clone)]
pub struct Issued {
    /// What the holder shows.
    pub text: String,
    /// What is recorded.
    pub record: Token,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whom the token stands for.
    pub user: String,
    /// How long it lasts, in seconds; nothing or zero means as long as allowed.
    pub ttl: Option<u64>,
    /// Free data to keep with it.
    pub metadata: Object,
    /// For a running action rather than for a person. Such a token may last longer than a person's.
    pub service: bool,
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The words are StackStorm's, and go to the caller as they are.
    #[error("TTL specified {asked} is greater than max allowed {longest}.")]
    TooLong {
        /// Seconds asked for.
        asked: u64,
        /// Seconds allowed.
        longest: u64,
    },
    /// Not the caller's fault.
    #[error("cannot make a token")]
    Random(#[source] secret::Error),
}

/// Makes a token that starts `now` and lasts at most `longest` seconds.
pub fn issue(wanted: Wanted, longest: u64, now: Timestamp) -> Result<Issued, Error> {
    let ttl = wanted.ttl.filter(|ttl| *ttl > 0).unwrap_or(longest);
    if ttl > longest && !wanted.service {
        let asked = ttl;
        return Err(Error::TooLong { asked, longest });
    }
    let text = secret::token_text().map_err(Error::Random)?;
    let seed = u64::from_ne_bytes(secret::random().map_err(Error::Random)?);
    let millis = i64::try_from(ttl.saturating_mul(1_000)).unwrap_or(i64::MAX);
    let record = Token {
        id: Ids::new(now, seed).next_id(),
        user: wanted.user,
        hash: secret::hash(&text),
        expires_at: now.plus_millis(millis),
        metadata: wanted.metadata,
        service: wanted.service,
    };
    Ok(Issued { text, record })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn wanted(ttl: Option<u64>, service: bool) -> Wanted {
        Wanted {
            user: "ann".to_owned(),
            ttl,
            metadata: Object::new(),
            service,
        }
    }

    #[test]
    fn the_record_keeps_the_hash_and_not_the_text() {
        let issued = issue(wanted(Some(60), false), LONGEST, NOW).unwrap();
        assert_eq!(issued.record.hash, secret::hash(&issued.text));
        assert_eq!(issued.record.expires_at, NOW.plus_millis(60_000));
        assert!(!format!("{:?}", issued.record).contains(&issued.text));
    }

    #[test]
    fn nothing_asked_means_as_long_as_allowed() {
        for ttl in [None, Some(0)] {
            let issued = issue(wanted(ttl, false), 100, NOW).unwrap();
            assert_eq!(issued.record.expires_at, NOW.plus_millis(100_000));
        }
    }

    #[test]
    fn only_actions_may_have_longer_ones() {
        let refused = issue(wanted(Some(90_000), false), LONGEST, NOW).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "TTL specified 90000 is greater than max allowed 86400."
        );
        let issued = issue(wanted(Some(90_000), true), LONGEST, NOW).unwrap();
        assert_eq!(issued.record.expires_at, NOW.plus_millis(90_000_000));
        issue(wanted(Some(u64::MAX), true), LONGEST, NOW).unwrap();
    }
}
