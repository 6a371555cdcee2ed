//! The variables this process was started with, read once.

use std::ffi::{OsStr, OsString};

/// Variables that only Squall is to know; actions never inherit them: secrets, and what its supervisor gave it.
const SECRETS: &[&str] = &[
    "ST2_AUTH_TOKEN",
    "ST2_API_KEY",
    "NOTIFY_SOCKET",
    "CREDENTIALS_DIRECTORY",
];

/// Variables of Squall's own.
const OWN: &str = "SQUALL_";

/// What the surroundings say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    variables: Vec<(OsString, OsString)>,
    /// Variables that hold secrets by the words of the settings.
    hidden: Vec<String>,
}

impl Environment {
    /// Reads the variables of this process.
    pub(crate) fn read() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            hidden: Vec::new(),
        }
    }

    /// An environment with these variables only.
    #[cfg(test)]
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        Self {
            variables: variables.iter().map(owned).collect(),
            hidden: Vec::new(),
        }
    }

    /// The text of a variable; one that is empty counts as not set.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.variables.iter().find(|(known, _)| known == name)?;
        value.to_str().filter(|text| !text.is_empty())
    }

    /// The text of the first of these variables that is set.
    pub(crate) fn first_of(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.text(name))
    }

    /// Keeps a variable from actions: it holds a secret.
    pub(crate) fn hide(&mut self, name: &str) {
        self.hidden.push(name.to_owned());
    }

    /// The names of the variables that are Squall's own.
    pub(crate) fn own(&self) -> impl Iterator<Item = &str> {
        let names = self.variables.iter().filter_map(|(name, _)| name.to_str());
        names.filter(|name| name.starts_with(OWN))
    }

    /// What actions inherit: everything but Squall's own settings and secrets.
    pub(crate) fn for_actions(&self) -> Vec<(OsString, OsString)> {
        let may_see = |(name, _): &&(OsString, OsString)| {
            !is_ours(name) && !self.hidden.iter().any(|hidden| name == hidden.as_str())
        };
        self.variables.iter().filter(may_see).cloned().collect()
    }

    /// All variables that are text, for those who want an action to have them too.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let others = self.variables.iter().filter(|(name, _)| !is_ours(name));
        others.filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
    }
}

fn is_ours(name: &OsStr) -> bool {
    name.to_str()
        .is_some_and(|name| name.starts_with(OWN) || SECRETS.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_do_not_inherit_what_is_squalls_own() {
        let mut environment = Environment::of(&[
            ("PATH", "/bin"),
            ("SQUALL_TOKEN", "secret"),
            ("ST2_API_KEY", "secret"),
            ("ST2_CUSTOM", "kept"),
        ]);
        let names = |(name, _): &(OsString, OsString)| name.to_string_lossy().into_owned();
        let inherited: Vec<String> = environment.for_actions().iter().map(names).collect();
        assert_eq!(inherited, ["PATH", "ST2_CUSTOM"]);
        environment.hide("ST2_CUSTOM");
        let inherited: Vec<String> = environment.for_actions().iter().map(names).collect();
        assert_eq!(inherited, ["PATH"]);
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let environment = Environment::of(&[("SQUALL_TOKEN", ""), ("ST2_AUTH_TOKEN", "t")]);
        let names = ["SQUALL_TOKEN", "ST2_AUTH_TOKEN"];
        assert_eq!(environment.first_of(&names), Some("t"));
    }
}
