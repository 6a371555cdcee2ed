//! The flags of `squall serve` and `squall dev`, made of the catalogue.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::catalogue;
use super::setting::{Flag, Setting, Takes, Usual};
use super::value::Given;

/// What was said on the command line of a server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags<const IN_DEV: bool> {
    /// The settings file.
    pub(crate) config: Option<PathBuf>,
    /// Each flag that was there, with its value.
    pub(crate) given: Vec<(&'static Setting, Flag, Given)>,
}

/// The name of the flag for the settings file.
const CONFIG: &str = "config";

impl<const IN_DEV: bool> FromArgMatches for Flags<IN_DEV> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.config = matches.get_one::<PathBuf>(CONFIG).cloned();
        for (setting, flag) in rows(IN_DEV) {
            let given = match setting.takes {
                Takes::Switch(_) => matches.get_flag(setting.key).then_some(Given::Switch(true)),
                _ => matches
                    .get_many::<String>(setting.key)
                    .map(|values| Given::List(values.cloned().collect())),
            };
            self.given.extend(given.map(|given| (setting, flag, given)));
        }
        Ok(())
    }
}

impl<const IN_DEV: bool> Args for Flags<IN_DEV> {
    fn augment_args(command: Command) -> Command {
        let file = if IN_DEV {
            "A settings file; `squall settings` prints one"
        } else {
            "The settings file; `squall settings` prints one [default: SQUALL_CONFIG, or /etc/squall/squall.toml if it is there]"
        };
        let config = Arg::new(CONFIG)
            .long(CONFIG)
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help(file);
        let command = command.arg(config);
        rows(IN_DEV).fold(command, |command, (setting, flag)| {
            command.arg(argument(setting, flag, IN_DEV))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn rows(in_dev: bool) -> impl Iterator<Item = (&'static Setting, Flag)> {
    let with_flag = |setting: &'static Setting| setting.flag.map(|flag| (setting, flag));
    let all = catalogue::ALL.iter().filter_map(with_flag);
    all.filter(move |(_, flag)| flag.in_dev || !in_dev)
}

fn argument(setting: &'static Setting, flag: Flag, in_dev: bool) -> Arg {
    let argument = Arg::new(setting.key)
        .long(flag.name)
        .help(help(setting, in_dev));
    match setting.takes {
        Takes::Switch(_) => argument.action(ArgAction::SetTrue),
        Takes::Texts(_) | Takes::Files(_) | Takes::Folders(_) => {
            argument.value_name(flag.value).action(ArgAction::Append)
        }
        Takes::Choice(words, _) => {
            let words = words
                .iter()
                .map(|(word, about)| PossibleValue::new(*word).help(*about));
            argument
                .value_name(flag.value)
                .value_parser(PossibleValuesParser::new(words))
        }
        _ => argument.value_name(flag.value),
    }
}

fn help(setting: &Setting, in_dev: bool) -> String {
    let mut help = setting.about.to_owned();
    if !help.ends_with("...") {
        help.pop();
    }
    let usual = match setting.usual {
        Usual::Unset { otherwise, .. } => setting.default(in_dev).unwrap_or(otherwise),
        Usual::Is(_) => setting.default(in_dev).unwrap_or_default(),
    };
    match setting.takes {
        Takes::Switch(_) => return help,
        Takes::Texts(_) | Takes::Files(_) | Takes::Folders(_) => {
            help.push_str("; may be given more than once");
        }
        _ => {}
    }
    if !usual.is_empty() {
        help.extend([" [default: ", usual, "]"]);
    }
    help
}
