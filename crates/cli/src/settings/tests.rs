//! The catalogue holds together, and what is told comes to pass.

use std::collections::BTreeSet;

use clap::{Args as _, FromArgMatches as _};

use super::catalogue::{ALL, SECTIONS};
use super::*;
use crate::console::paper::Paper;

/// What a server is told by a file of this text, these variables and these words; or all that is wrong.
fn told<const IN_DEV: bool>(
    file: &str,
    variables: &[(&str, &str)],
    words: &[&str],
) -> Result<Chosen, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.toml");
    fs_err::write(&path, file).unwrap();
    let command = Flags::<IN_DEV>::augment_args(clap::Command::new("squall"));
    let config = ["squall", "--config", path.to_str().unwrap()];
    let words = config.iter().chain(words);
    let matches = command.try_get_matches_from(words).unwrap();
    let flags = Flags::<IN_DEV>::from_arg_matches(&matches).unwrap();
    let paper = Paper::default();
    let mut console = Console::noting(paper.clone(), Environment::of(variables));
    choose(&flags, &mut console).map_err(|_| {
        let here = format!("{}/", folder.path().display());
        let lines = paper.text().replace(&here, "");
        lines.lines().map(str::to_owned).collect()
    })
}

#[test]
fn every_row_has_its_place_and_its_words() {
    let keys: BTreeSet<&str> = ALL.iter().map(|setting| setting.key).collect();
    assert_eq!(keys.len(), ALL.len(), "a key stands twice");
    let flags: Vec<&str> = ALL
        .iter()
        .filter_map(|setting| Some(setting.flag?.name))
        .collect();
    let once: BTreeSet<&&str> = flags.iter().collect();
    assert_eq!(once.len(), flags.len(), "a flag stands twice");
    let mut sections: Vec<&str> = ALL.iter().map(|setting| setting.parts().0).collect();
    sections.dedup();
    let known: Vec<&str> = SECTIONS.iter().map(|(section, _)| *section).collect();
    assert_eq!(sections, known, "rows stand in the order of their sections");
    for setting in ALL {
        let key = setting.key;
        let is_plain = |c: char| c.is_ascii_lowercase() || "._".contains(c);
        assert!(key.chars().all(is_plain), "{key}");
        assert_eq!(key.matches('.').count(), 1, "{key}");
        assert!(setting.about.starts_with(char::is_uppercase), "{key}");
        assert!(setting.about.ends_with('.'), "{key}");
    }
}

#[test]
fn every_default_and_every_example_is_taken() {
    for setting in ALL {
        for text in [
            Some(setting.example()),
            setting.default(false),
            setting.default(true),
        ] {
            let given = Given::Text(text.unwrap_or(setting.example()).to_owned());
            let put = setting.put(&given, Path::new(""), &mut Chosen::blank());
            assert_eq!(put, Ok(()), "{}", setting.key);
        }
    }
}

/// A new field has its default twice: in its crate, for those who need no settings file, and here.
#[test]
fn the_crates_have_the_same_defaults() {
    let chosen = Chosen::usual(true);
    let data = PathBuf::from("./.squall");
    let server = squall_server::Settings {
        configs: Some(data.join("configs")),
        overrides: Some(data.join("overrides")),
        node: "dev".to_owned(),
        ..chosen.server
    };
    let wire = squall_api::Settings::for_development(&server.system_user);
    let usual = squall_server::Settings::for_development(data);
    assert_eq!(format!("{server:#?}"), format!("{usual:#?}"));
    assert_eq!(format!("{:#?}", chosen.wire), format!("{wire:#?}"));
}

#[test]
fn the_printed_file_is_right_and_says_the_defaults() {
    let printed = print::file();
    assert!(check_text(&printed).is_empty());
    let is_value = |line: &&str| line.starts_with('[') || line.contains(" = ");
    let uncommented: String = printed
        .lines()
        .filter(|line| is_value(line) || line.starts_with("#["))
        .filter(|line| !line.starts_with("# "))
        .map(|line| format!("{}\n", line.trim_start_matches('#')))
        .collect();
    let parsed = file::parse(Path::new("squall.toml"), &uncommented);
    assert_eq!(parsed.problems, []);
    assert_eq!(parsed.entries.len(), ALL.len());
    assert_eq!(parsed.webhooks.len(), 1);
    for entry in parsed.entries {
        let key = entry.setting.key;
        let put = |given: &Given| {
            let mut chosen = Chosen::blank();
            entry
                .setting
                .put(given, Path::new(""), &mut chosen)
                .unwrap();
            format!("{chosen:?}")
        };
        let written = Given::Text(entry.setting.example().to_owned());
        assert_eq!(put(&entry.given), put(&written), "{key}");
    }
}

fn check_text(text: &str) -> Vec<Problem> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("squall.toml");
    fs_err::write(&path, text).unwrap();
    check(&path).unwrap()
}

#[test]
fn a_flag_wins_over_a_variable_over_the_file_over_the_default() {
    let file = "[server]\nlisten = '10.0.0.1:1'\nstop_within = '1m'\n[actions]\nat_a_time = 3\n[queues]\nevents = 5\n";
    let variables = [
        ("SQUALL_SERVER_LISTEN", "10.0.0.2:2"),
        ("SQUALL_ACTIONS_AT_A_TIME", "4"),
        ("SQUALL_ACTIONS_SYSTEM_USER", ""),
    ];
    let words = ["--listen", "10.0.0.3:3", "--no-auth"];
    let chosen = told::<false>(file, &variables, &words).unwrap();
    assert_eq!(chosen.listen.to_string(), "10.0.0.3:3");
    assert_eq!(chosen.server.concurrent_actions, 4);
    assert_eq!(chosen.server.pending_events, 5);
    assert_eq!(chosen.server.stop_within.as_secs(), 60);
    assert_eq!(chosen.server.waiting_executions, 100_000);
    assert_eq!(chosen.server.system_user, "stanley");
    assert!(chosen.open);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let file = r#"
listen = "1.2.3.4:5"
[server]
listen = "localhost"
lisetn = "127.0.0.1:1"
stop_within = 10
[htpp]
body_limit = "1 MiB"
[http]
body_limit = "1 MX"
origins = [1]
[actions]
at_a_time = 0
system_user = {}
"#;
    let variables = [("SQUALL_LOG_FORMAT", "yaml"), ("SQUALL_LOG_LEVLE", "info")];
    let words = ["--tls-cert", "cert.pem", "--public-url", "squall"];
    insta::assert_snapshot!(
        told::<false>(file, &variables, &words)
            .unwrap_err()
            .join("\n")
    );
}

const HOOKS: &str = r#"
[webhooks.github]
style = "github"
secrets = ["file:github.secret", "env:GITHUB_SECRET", "key:github"]

[webhooks."team/deploy"]
header = "X-Signature"
prefix = "v1="
digest = "sha512"
encoding = "base64"
signed = "{id}.{timestamp}.{body}"
timestamp_header = "X-Time"
id_header = "X-Id"
secrets = "env:SQUALL_DEPLOY"
tolerance = "30s"
"#;

#[test]
fn webhooks_have_sections_of_their_own() {
    let variables = [
        ("GITHUB_SECRET", "one"),
        ("SQUALL_DEPLOY", "two"),
        ("HOME", "/"),
    ];
    let chosen = told::<false>(HOOKS, &variables, &["--no-auth"]).unwrap();
    let shown = format!("{chosen:?}");
    assert!(
        !shown.contains("\"one\"") && !shown.contains("\"two\""),
        "{shown}"
    );
    let hooks = &chosen.wire.webhooks;
    assert_eq!(hooks.keys().collect::<Vec<_>>(), ["github", "team/deploy"]);
    let deploy = &hooks["team/deploy"];
    assert_eq!(
        (deploy.tolerance.as_secs(), deploy.remembered.as_secs()),
        (30, 60)
    );
    assert_eq!(hooks["github"].secrets.len(), 3);
    assert_eq!(hooks["github"].remembered.as_secs(), 7 * 86_400);
}

#[test]
fn a_secret_that_is_not_there_is_told() {
    let told = told::<false>(HOOKS, &[("SQUALL_DEPLOY", "two")], &["--no-auth"]).unwrap_err();
    insta::assert_snapshot!(told.join("\n"), @r#"
    error: squall.toml:2:11: webhooks: the variable GITHUB_SECRET with its secret is not set (set it, or name a file with file:PATH)
    "#);
}

#[test]
fn what_is_wrong_with_webhooks_is_told() {
    let file = r#"
[webhooks]
github = "hunter2"
[webhooks.a]
style = "githup"
secrets = ["hunter2"]
[webhooks.b]
style = "github"
secret = "hunter2"
[webhooks.c]
style = "github"
secrets = ["hunter2"]
[webhooks.d]
header = "X Y"
secrets = ["key:a"]
[webhooks.e]
header = "X-Y"
signed = "{timestamp}"
secrets = ["key:a"]
[webhooks.f]
header = "X-Y"
timestamp_header = "X-T"
secrets = ["key:a"]
[webhooks.g]
style = "slack"
prefix = "v0="
secrets = ["key:a"]
[webhooks.h]
secrets = ["key:a"]
[webhooks.i]
style = "github"
secrets = ["key:a"]
remembered = "long"
"#;
    let lines: Vec<String> = check_text(file)
        .iter()
        .map(|problem| {
            problem
                .to_string()
                .rsplit_once("squall.toml:")
                .unwrap()
                .1
                .to_owned()
        })
        .collect();
    assert!(!lines.concat().contains("hunter2"), "{lines:?}");
    insta::assert_snapshot!(lines.join("\n"), @r#"
    3:1: github: a webhook is a section of its own (such as [webhooks.github])
    5:1: webhooks.a.style: "githup" is not one of github, gitlab, slack, standard, stripe (or give a header instead)
    7:11: webhooks.b.secrets: there is no secret (such as ["file:/etc/squall/github.secret"], ["env:VARIABLE"] or ["key:NAME"])
    9:1: webhooks.b.secret: there is no such setting (did you mean secrets?)
    12:1: webhooks.c.secrets: this does not say where a secret is (such as ["file:/etc/squall/github.secret"], ["env:VARIABLE"] or ["key:NAME"])
    14:1: webhooks.d.header: this is no name of a header (such as "X-Signature")
    18:1: webhooks.e.signed: `{body}` is missing (such as "{timestamp}.{body}")
    20:11: webhooks.f.signed: a header is named that is not signed, or none for what is signed (timestamp_header and `signed` belong together: what is not signed proves nothing)
    26:1: webhooks.g.prefix: the style says this already (leave it out, or give a header instead of a style)
    28:11: webhooks.h: it does not say how the sender signs (such as style = "github")
    33:1: webhooks.i.remembered: "long" is not a duration (such as "5m")
    "#);
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let wrong = told::<true>("[server]\nlisten = 127.0.0.1:1\n[log\n", &[], &[]);
    let wrong = wrong.unwrap_err();
    assert!(
        wrong
            .iter()
            .any(|line| line.starts_with("error: squall.toml:2:")),
        "{wrong:?}"
    );
    assert!(
        wrong
            .iter()
            .any(|line| line.starts_with("error: squall.toml:3:")),
        "{wrong:?}"
    );
}

#[test]
fn paths_in_a_file_begin_at_the_file() {
    let file = "[packs]\nfolders = ['packs', '/opt/packs']\n";
    let chosen = told::<true>(file, &[("SQUALL_PACKS_CONFIGS", "configs")], &[]).unwrap();
    let folder = chosen.file.unwrap().parent().unwrap().to_owned();
    let packs = [folder.join("packs"), PathBuf::from("/opt/packs")];
    assert_eq!(chosen.server.packs, packs);
    assert_eq!(chosen.server.configs, Some(PathBuf::from("configs")));
}

#[test]
fn lists_are_separated_in_variables_and_repeated_as_flags() {
    let variables = [
        ("SQUALL_HTTP_HOSTS", "a.example, b.example"),
        ("SQUALL_PACKS_FOLDERS", "/a:/b"),
    ];
    let chosen = told::<true>("", &variables, &["--packs", "/c", "--packs", "/d"]).unwrap();
    assert_eq!(chosen.wire.hosts, ["a.example", "b.example"]);
    assert_eq!(chosen.server.packs, [Path::new("/c"), Path::new("/d")]);
    let chosen = told::<true>("", &variables, &[]).unwrap();
    assert_eq!(chosen.server.packs, [Path::new("/a"), Path::new("/b")]);
}

#[test]
fn sign_in_is_not_forgotten() {
    assert!(told::<false>("", &[], &[]).is_err());
    assert!(told::<false>("[sign_in]\nopen = true\n", &[], &[]).is_ok());
    let both = "[sign_in]\nopen = true\nhtpasswd_file = 'x'\n";
    assert!(told::<false>(both, &[], &[]).is_err());
    assert_eq!(check_text(both).len(), 1);
    let chosen = told::<true>("[sign_in]\nhtpasswd_file = 'x'\n", &[], &[]).unwrap();
    assert!(chosen.htpasswd.is_some());
}

/// `docs/settings.md` is made of the catalogue. With `SQUALL_BLESS` set it is written anew.
#[test]
fn the_reference_is_true() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    let reference = print::reference();
    if std::env::vars_os().any(|(name, _)| name == "SQUALL_BLESS") {
        fs_err::write(&file, &reference).unwrap();
    }
    let written = fs_err::read_to_string(&file).unwrap_or_default();
    assert!(
        written == reference,
        "docs/settings.md is not the catalogue; `cargo xtask bless` writes it anew"
    );
}
