//! The catalogue for people: a settings file with every default, and the reference.

#[cfg(test)]
use std::fmt::Write as _;

use super::catalogue::{ALL, SECTIONS};
use super::setting::{Setting, Usual};
use super::webhooks;

/// Columns of a line of the file.
const COLUMNS: usize = 100;

const PREFACE: &str = "Settings of Squall, each with its default; written by `squall settings`. Remove the # before a \
setting to change it. A flag on the command line wins over an environment variable, that over this file, and this file \
over the default. Durations: 250ms, 10s, 1h30m, 90d. Sizes: 512 KiB, 10 MB. Relative paths begin at this file's folder.";

const WEBHOOKS: &str = "A webhook whose sender signs what it sends and so needs no token; NAME is what follows /webhooks/ \
in its address. Not as variables or flags. See docs/webhooks.md.";

/// A complete settings file, in which every setting is a comment with its default.
pub(crate) fn file() -> String {
    let mut text = String::new();
    comment(&mut text, PREFACE);
    for (section, about) in SECTIONS {
        text.push('\n');
        comment(&mut text, about);
        text.extend(["[", section, "]\n"]);
        for setting in of(section) {
            text.push('\n');
            comment(&mut text, setting.about);
            comment(&mut text, &format!("{}.", facts(setting)));
            let (_, name) = setting.parts();
            let value = setting.takes.literal(setting.example());
            text.extend(["#", name, " = ", &value, "\n"]);
        }
    }
    text.push('\n');
    comment(&mut text, WEBHOOKS);
    text.push_str("#[webhooks.github]\n");
    for (name, example, about) in webhooks::KEYS {
        if matches!(*name, "secrets" | "style" | "tolerance" | "remembered") {
            text.push('\n');
            comment(&mut text, about);
            text.extend(["#", name, " = ", example, "\n"]);
        }
    }
    text
}

/// The reference, docs/settings.md, in Markdown.
#[cfg(test)]
pub(crate) fn reference() -> String {
    let mut text = "# Settings\n\n\
        Generated from the catalogue of settings; `cargo xtask bless` writes it anew.\n\n\
        `squall settings` prints a settings file with every default, `squall settings check FILE` tells everything that is\n\
        wrong with one. `squall serve` reads `/etc/squall/squall.toml` if it is there, or the file that `--config` or\n\
        `SQUALL_CONFIG` names; `squall dev` reads one only if it is named. A flag wins over an environment variable, that over\n\
        the file, and the file over the default.\n\n\
        Durations are written as `250ms`, `10s`, `1h30m`, `90d`; sizes as `512 KiB`, `10 MB`. Relative paths in the file begin\n\
        at its folder. In a variable a list of folders is separated by `:`, any other by `,`. No setting holds a secret:\n\
        where one is needed, a setting names the file it is in.\n"
        .to_owned();
    for (section, about) in SECTIONS {
        let written = write!(text, "\n## `[{section}]`\n\n{about}\n");
        written.unwrap_or_default();
        for setting in of(section) {
            let (_, name) = setting.parts();
            let value = setting.takes.literal(setting.example());
            let written = write!(
                text,
                "\n### `{}`\n\n{}\n{}.\n\n```toml\n{name} = {value}\n```\n",
                setting.key,
                setting.about,
                facts(setting)
            );
            written.unwrap_or_default();
        }
    }
    let written = write!(text, "\n## `[webhooks.NAME]`\n\n{WEBHOOKS}\n");
    written.unwrap_or_default();
    for (name, example, about) in webhooks::KEYS {
        let written = write!(
            text,
            "\n### `webhooks.NAME.{name}`\n\n{about}\n\n```toml\n{name} = {example}\n```\n"
        );
        written.unwrap_or_default();
    }
    text
}

fn of(section: &'static str) -> impl Iterator<Item = &'static Setting> {
    ALL.iter()
        .filter(move |setting| setting.parts().0 == section)
}

/// What it takes, what it is otherwise if that is not the value shown, and how else it can be set.
fn facts(setting: &Setting) -> String {
    let mut facts = format!("Takes {}", setting.takes.kind());
    if let Usual::Unset { otherwise, .. } = setting.usual {
        facts.extend(["; otherwise ", otherwise]);
    }
    if let Some(usual) = setting.usual_in_dev {
        facts.extend(["; in `squall dev` ", &setting.takes.literal(usual)]);
    }
    facts.extend(["; ", &setting.variable()]);
    if let Some(flag) = setting.flag {
        facts.extend(["; --", flag.name]);
    }
    facts
}

fn comment(text: &mut String, about: &str) {
    let mut line = String::from("#");
    for word in about.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > COLUMNS {
            text.extend([&line, "\n"]);
            line = String::from("#");
        }
        line.extend([" ", word]);
    }
    text.extend([&line, "\n"]);
}
