//! `Authorization: Basic`: a name and a password in a header.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Longer passwords are refused unread, so that nobody makes us hash megabytes.
pub const LONGEST_PASSWORD: usize = 1024;

/// What somebody says who they are, with what they say proves it.
#[derive(Clone, PartialEq, Eq)]
pub struct Basic {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Basic {{ user: {:?}, .. }}", self.user)
    }
}

impl Basic {
    /// Reads the header's value; nothing if it is of another scheme, garbled, without a name, or unreasonably long.
    pub fn read(header: &str) -> Option<Self> {
        let (scheme, encoded) = header.split_once(' ')?;
        let is_short = encoded.len() <= 4 * LONGEST_PASSWORD;
        if !scheme.eq_ignore_ascii_case("basic") || !is_short {
            return None;
        }
        let decoded = BASE64_STANDARD.decode(encoded.trim()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        let (user, password) = text.split_once(':')?;
        (!user.is_empty() && password.len() <= LONGEST_PASSWORD).then(|| Self {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(text))
    }

    #[test]
    fn a_password_may_hold_colons() {
        let basic = Basic::read(&header("ann:a:b")).unwrap();
        assert_eq!(
            (basic.user.as_str(), basic.password.as_str()),
            ("ann", "a:b")
        );
        assert!(Basic::read("basic YW5uOg==").unwrap().password.is_empty());
    }

    #[test]
    fn a_password_never_shows() {
        let shown = format!("{:?}", Basic::read(&header("ann:hidden")).unwrap());
        assert_eq!(shown, "Basic { user: \"ann\", .. }");
    }

    #[test]
    fn what_is_not_a_name_and_a_password_is_nothing() {
        let long = header(&format!("ann:{}", "x".repeat(LONGEST_PASSWORD + 1)));
        for bad in [
            "",
            "Basic",
            "Basic !!!",
            "Bearer YW5uOg==",
            "Basic YW5u",
            "Basic OmE=",
            &long,
        ] {
            assert_eq!(Basic::read(bad), None, "{bad}");
        }
        assert_eq!(
            Basic::read(&format!("Basic {}", BASE64_STANDARD.encode([0xFF, b':']))),
            None
        );
    }
}
