//! Passwords from an htpasswd file, in the forms Apache's `htpasswd` writes and StackStorm's `flat_file` reads.
//!
//! ```text
//! ann:$2y$10$...      bcrypt (htpasswd -B): the one to use
//! bob:$apr1$...       Apache's MD5 (htpasswd's default)
//! eve:{SHA}...        SHA-1 (htpasswd -s)
//! ```
//!
//! Checking a password takes as long as its hash was made to take, a tenth of a second or so: callers keep it off the
//! threads that serve requests.

mod apr1;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha1::{Digest as _, Sha1};
use squall_model::problem::{Problem, Severity};
use subtle::ConstantTimeEq as _;

use crate::basic::Basic;

/// A bigger file is not a password file.
const LARGEST: u64 = 16 * 1024 * 1024;

/// 2 to the power of this many rounds take seconds; more would let one sign-in keep a processor for minutes.
const COSTLIEST: u32 = 16;

/// An htpasswd file that is read anew whenever it changes.
#[derive(Debug)]
pub struct PasswordFile {
    path: PathBuf,
    seen: Seen,
    passwords: Arc<Passwords>,
}

/// What tells a changed file from an unchanged one.
type Seen = (Option<SystemTime>, u64);

/// What an htpasswd file said when it was last read.
#[derive(Debug, Default)]
pub struct Passwords {
    users: HashMap<String, Kept>,
    problems: Vec<Problem>,
    /// The costliest hash of the file, to be checked against for users who are not in it.
    decoy: Option<Kept>,
}

/// Why there are no passwords to check against.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is missing or may not be read. The cause names it.
    #[error("cannot read the password file")]
    Unreadable(#[source] std::io::Error),
    /// The file is too big to be one.
    #[error("cannot take `{0}` for a password file: it is larger than 16 MiB")]
    TooLarge(PathBuf),
}

/// What is kept of one password.
#[derive(Clone)]
enum Kept {
    Bcrypt { cost: u32, text: String },
    Apr1 { salt: String, digest: String },
    Sha1([u8; 20]),
}

impl PasswordFile {
    /// Reads the file for the first time.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let seen = look(path)?;
        let passwords = Arc::new(read(path)?);
        Ok(Self {
            path: path.to_path_buf(),
            seen,
            passwords,
        })
    }

    /// What the file says now. While it cannot be read nobody can sign in; it is tried again at the next call.
    pub fn current(&mut self) -> Result<Arc<Passwords>, Error> {
        let seen = look(&self.path)?;
        if seen != self.seen {
            self.passwords = Arc::new(read(&self.path)?);
            self.seen = seen;
        }
        Ok(Arc::clone(&self.passwords))
    }
}

impl Passwords {
    /// Reads the lines of an htpasswd file. A bad line is a problem and leaves out its user only.
    pub fn parse(file: &Path, text: &str) -> Self {
        let mut passwords = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Err(fault) = passwords.take(line) {
                passwords.problems.push(fault.at(file, index + 1));
            }
        }
        let costliest = passwords.users.values().max_by_key(|kept| kept.cost());
        passwords.decoy = costliest.cloned();
        passwords
    }

    /// What was wrong with the file.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether the password is the user's. Takes the same work whether or not there is such a user.
    pub fn check(&self, basic: &Basic) -> bool {
        let kept = self.users.get(&basic.user);
        let right = kept.is_some_and(|kept| kept.is_of(&basic.password));
        let cost = kept.map(Kept::cost);
        if let Some(decoy) = self
            .decoy
            .as_ref()
            .filter(|decoy| Some(decoy.cost()) != cost)
        {
            std::hint::black_box(decoy.is_of(&basic.password));
        }
        right
    }

    fn take(&mut self, line: &str) -> Result<(), Fault> {
        let (user, hash) = line
            .split_once(':')
            .filter(|(user, _)| !user.is_empty())
            .ok_or_else(|| {
                Fault::error("", "no `user:hash` on this line", "htpasswd -B FILE USER")
            })?;
        let kept = Kept::parse(user, hash)?;
        if self.users.contains_key(user) {
            let hint = "the first line of a user counts";
            return Err(Fault {
                severity: Severity::Warning,
                ..Fault::error(user, "there is a line for this user already", hint)
            });
        }
        self.users.insert(user.to_owned(), kept);
        Ok(())
    }
}

fn look(path: &Path) -> Result<Seen, Error> {
    let metadata = fs_err::metadata(path).map_err(Error::Unreadable)?;
    if metadata.len() > LARGEST {
        return Err(Error::TooLarge(path.to_path_buf()));
    }
    Ok((metadata.modified().ok(), metadata.len()))
}

fn read(path: &Path) -> Result<Passwords, Error> {
    let bytes = fs_err::read(path).map_err(Error::Unreadable)?;
    Ok(Passwords::parse(path, &String::from_utf8_lossy(&bytes)))
}

impl Kept {
    fn parse(user: &str, hash: &str) -> Result<Self, Fault> {
        if let Some(encoded) = hash.strip_prefix("{SHA}") {
            let digest = BASE64_STANDARD.decode(encoded).ok();
            let digest = digest.and_then(|digest| digest.try_into().ok());
            return digest.map(Self::Sha1).ok_or_else(|| Fault::garbled(user));
        }
        if let Some(rest) = hash.strip_prefix("$apr1$") {
            let (salt, digest) = rest
                .split_once('$')
                .filter(|(salt, digest)| salt.len() <= 8 && digest.len() == 22)
                .ok_or_else(|| Fault::garbled(user))?;
            return Ok(Self::Apr1 {
                salt: salt.to_owned(),
                digest: digest.to_owned(),
            });
        }
        if ["$2y$", "$2b$", "$2a$"]
            .iter()
            .any(|prefix| hash.starts_with(prefix))
        {
            let parts = bcrypt::HashParts::from_str(hash).map_err(|_| Fault::garbled(user))?;
            let cost = parts.get_cost();
            if !(4..=COSTLIEST).contains(&cost) {
                let message = "the cost of this hash is not between 4 and 16";
                return Err(Fault::error(user, message, "htpasswd -B -C 10 FILE USER"));
            }
            let text = hash.to_owned();
            return Ok(Self::Bcrypt { cost, text });
        }
        let message = "this form of hash is not understood";
        Err(Fault::error(
            user,
            message,
            "use bcrypt: htpasswd -B FILE USER",
        ))
    }

    fn is_of(&self, password: &str) -> bool {
        match self {
            Self::Bcrypt { text, .. } => bcrypt::verify(password, text).unwrap_or(false),
            Self::Apr1 { salt, digest } => {
                let made = apr1::digest(password.as_bytes(), salt.as_bytes());
                made.as_bytes().ct_eq(digest.as_bytes()).into()
            }
            Self::Sha1(digest) => Sha1::digest(password).ct_eq(digest.as_slice()).into(),
        }
    }

    /// Comparable between hashes: higher takes longer.
    fn cost(&self) -> u32 {
        match self {
            Self::Sha1(_) => 0,
            Self::Apr1 { .. } => 1,
            Self::Bcrypt { cost, .. } => *cost,
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

/// What is wrong with a line, before it is known which one.
struct Fault {
    severity: Severity,
    user: String,
    message: &'static str,
    hint: &'static str,
}

impl Fault {
    fn error(user: &str, message: &'static str, hint: &'static str) -> Self {
        Self {
            severity: Severity::Error,
            user: user.to_owned(),
            message,
            hint,
        }
    }

    fn garbled(user: &str) -> Self {
        Self::error(user, "this hash is garbled", "htpasswd -B FILE USER")
    }

    fn at(self, file: &Path, line: usize) -> Problem {
        Problem {
            severity: self.severity,
            file: file.to_path_buf(),
            line: Some(line),
            column: None,
            key: self.user,
            message: self.message.to_owned(),
            hint: Some(self.hint.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All three say `secret`; made with crypt(3), `openssl passwd -apr1` and hashlib.
    const FILE: &str = "\
# who may sign in
ann:$2b$04$wqDvAtD094LX57Vuk6R/C.SCbVfs/TKbgFIRGaJgJBGDEBAcB3iNi
bob:$apr1$r31bbbbb$IjRnLZPKc/6KX8nQ6nmiu1
eve:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
";

    fn check(passwords: &Passwords, user: &str, password: &str) -> bool {
        passwords.check(&Basic {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }

    fn parse(text: &str) -> (Passwords, Vec<String>) {
        let passwords = Passwords::parse(Path::new("htpasswd"), text);
        let problems = passwords
            .problems()
            .iter()
            .map(Problem::to_string)
            .collect();
        (passwords, problems)
    }

    #[test]
    fn each_form_knows_its_password() {
        let (passwords, problems) = parse(FILE);
        assert_eq!(problems, [""; 0]);
        for user in ["ann", "bob", "eve"] {
            assert!(check(&passwords, user, "secret"), "{user}");
            assert!(!check(&passwords, user, "Secret"), "{user}");
            assert!(!check(&passwords, user, ""), "{user}");
        }
        assert!(!check(&passwords, "nobody", "secret"));
        assert!(!check(&Passwords::default(), "ann", ""));
    }

    #[test]
    fn the_forms_of_bcrypt_are_one() {
        let (passwords, _) = parse(&FILE.replace("$2b$", "$2y$"));
        assert!(check(&passwords, "ann", "secret"));
    }

    #[test]
    fn bad_lines_are_told_and_hide_nobody() {
        let bad = "\
ann
:$apr1$a$b
bob:plain
carl:{SHA}AAAA
dora:$2y$31$wqDvAtD094LX57Vuk6R/C.SCbVfs/TKbgFIRGaJgJBGDEBAcB3iNi
emil:$2y$10$short
eve:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
eve:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=
";
        let (passwords, problems) = parse(bad);
        let use_bcrypt = "htpasswd -B FILE USER";
        assert_eq!(
            problems,
            [
                format!("error: htpasswd:1: no `user:hash` on this line ({use_bcrypt})"),
                format!("error: htpasswd:2: no `user:hash` on this line ({use_bcrypt})"),
                format!("error: htpasswd:3: bob: this form of hash is not understood (use bcrypt: {use_bcrypt})"),
                format!("error: htpasswd:4: carl: this hash is garbled ({use_bcrypt})"),
                "error: htpasswd:5: dora: the cost of this hash is not between 4 and 16 (htpasswd -B -C 10 FILE USER)"
                    .to_owned(),
                format!("error: htpasswd:6: emil: this hash is garbled ({use_bcrypt})"),
                "warning: htpasswd:8: eve: there is a line for this user already (the first line of a user counts)"
                    .to_owned(),
            ]
        );
        assert!(check(&passwords, "eve", "secret"));
        assert!(!check(&passwords, "bob", "plain"));
    }

    #[test]
    fn a_changed_file_is_read_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("htpasswd");
        fs_err::write(&path, FILE).unwrap();
        let mut file = PasswordFile::open(&path).unwrap();
        assert!(check(&file.current().unwrap(), "eve", "secret"));
        fs_err::write(&path, FILE.replace("eve", "evelyn")).unwrap();
        assert!(!check(&file.current().unwrap(), "eve", "secret"));
        assert!(check(&file.current().unwrap(), "evelyn", "secret"));
        fs_err::remove_file(&path).unwrap();
        assert!(matches!(file.current(), Err(Error::Unreadable(_))));
        fs_err::write(&path, FILE).unwrap();
        assert!(check(&file.current().unwrap(), "eve", "secret"));
    }

    #[test]
    fn hashes_never_show() {
        let (passwords, _) = parse(FILE);
        let shown = format!("{passwords:?}");
        assert!(
            !shown.contains("r31bbbbb") && !shown.contains("wqDv"),
            "{shown}"
        );
    }
}
