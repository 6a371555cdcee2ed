//! What a setting is: its key, what it takes, what it is otherwise, and what to say of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::Chosen;

/// One row of the catalogue.
#[derive(Debug)]
pub(crate) struct Setting {
    /// `section.name`, as in `server.listen`.
    pub(crate) key: &'static str,
    /// What it takes, and where that goes.
    pub(crate) takes: Takes,
    /// What it is unless somebody says otherwise.
    pub(crate) usual: Usual,
    /// The same for `squall dev`, where that differs.
    pub(crate) usual_in_dev: Option<&'static str>,
    /// Its flag on the command line, if it has one.
    pub(crate) flag: Option<Flag>,
    /// One or two sentences for people.
    pub(crate) about: &'static str,
}

/// What a setting is unless somebody says otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Usual {
    /// This, written as in an environment variable.
    Is(&'static str),
    /// Nothing that can be written down: `otherwise` says what happens then, `example` shows a value.
    Unset {
        example: &'static str,
        otherwise: &'static str,
    },
}

/// A flag on the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flag {
    /// Without its dashes.
    pub(crate) name: &'static str,
    /// What stands for its value in the help.
    pub(crate) value: &'static str,
    /// Whether `squall dev` has it, too.
    pub(crate) in_dev: bool,
}

/// Puts a value where the server looks for it.
type Put<T> = fn(&mut Chosen, T);

/// What a setting takes.
#[derive(Debug)]
pub(crate) enum Takes {
    /// Any text.
    Text(Put<String>),
    /// An address that begins with `http://` or `https://`.
    Url(Put<String>),
    /// Several texts.
    Texts(Put<Vec<String>>),
    /// True or false. Its flag takes no value and means true.
    Switch(Put<bool>),
    /// A whole number, from the first to the second.
    Number(u64, u64, Put<u64>),
    /// How long something lasts: at least so long.
    Duration(Duration, Put<Duration>),
    /// How long something is kept; none is `forever`.
    Age(Put<Option<Duration>>),
    /// How large something may be, in bytes: at least so large.
    Size(u64, Put<u64>),
    /// An IP address with a port.
    Address(Put<SocketAddr>),
    /// A file.
    File(Put<PathBuf>),
    /// A folder.
    Folder(Put<PathBuf>),
    /// Several files.
    Files(Put<Vec<PathBuf>>),
    /// Several folders.
    Folders(Put<Vec<PathBuf>>),
    /// A text of a form of its own, which is told in words; nothing if it is not of that form.
    Formed(&'static str, fn(&mut Chosen, &str) -> Option<()>),
    /// One of these words, each with what it means.
    Choice(&'static [(&'static str, &'static str)], Put<&'static str>),
}

/// A setting that has a default. `usual` is written as in an environment variable.
pub(super) const fn row(
    key: &'static str,
    takes: Takes,
    usual: &'static str,
    about: &'static str,
) -> Setting {
    Setting {
        key,
        takes,
        usual: Usual::Is(usual),
        usual_in_dev: None,
        flag: None,
        about,
    }
}

/// A setting that is not set unless somebody sets it. `usual` is an example, and what happens otherwise.
pub(super) const fn unset(
    key: &'static str,
    takes: Takes,
    usual: (&'static str, &'static str),
    about: &'static str,
) -> Setting {
    let mut setting = row(key, takes, "", about);
    setting.usual = Usual::Unset {
        example: usual.0,
        otherwise: usual.1,
    };
    setting
}

impl Setting {
    /// With a flag for `squall serve` and `squall dev`.
    pub(super) const fn flag(mut self, name: &'static str, value: &'static str) -> Self {
        self.flag = Some(Flag {
            name,
            value,
            in_dev: true,
        });
        self
    }

    /// With a flag for `squall serve` only.
    pub(super) const fn serve_flag(mut self, name: &'static str, value: &'static str) -> Self {
        self.flag = Some(Flag {
            name,
            value,
            in_dev: false,
        });
        self
    }

    /// With another default for `squall dev`.
    pub(super) const fn in_dev(mut self, usual: &'static str) -> Self {
        self.usual_in_dev = Some(usual);
        self
    }

    /// Its section and its name there.
    pub(crate) fn parts(&self) -> (&'static str, &'static str) {
        self.key.split_once('.').unwrap_or(("", self.key))
    }

    /// The environment variable that sets it.
    pub(crate) fn variable(&self) -> String {
        format!("SQUALL_{}", self.key.replace('.', "_").to_ascii_uppercase())
    }

    /// What it is for a server unless somebody says otherwise, if that can be written down.
    pub(crate) fn default(&self, in_dev: bool) -> Option<&'static str> {
        let usual = match self.usual {
            Usual::Is(usual) => Some(usual),
            Usual::Unset { .. } => None,
        };
        self.usual_in_dev.filter(|_| in_dev).or(usual)
    }

    /// A value that it takes.
    pub(crate) fn example(&self) -> &'static str {
        match self.usual {
            Usual::Is(usual) => usual,
            Usual::Unset { example, .. } => example,
        }
    }
}
