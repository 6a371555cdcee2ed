//! The packs that come with Squall, and its example packs.

use std::path::PathBuf;
use std::process::Command;

use super::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every runner of StackStorm, with the parameters that shipped actions change.
fn all_kinds() -> Kinds {
    let text = json!({"type": "string"});
    let shell = json!({
        "cmd": text, "cwd": text, "env": {"type": "object"}, "kwarg_op": {"type": "string", "default": "--"},
        "sudo": {"type": "boolean", "default": false}, "sudo_password": {"type": "string", "secret": true, "default": null},
    });
    let windows = json!({"cmd": text, "host": {"type": "string", "required": true}});
    let http = json!({"url": {"type": "string", "required": true}, "headers": {"type": "object"}});
    let announcement =
        json!({"experimental": {"type": "boolean", "default": false}, "route": text});
    let runners = [
        ("announcement", announcement),
        ("cloudevent", json!({})),
        ("http-request", http),
        ("inquirer", json!({})),
        ("local-shell-cmd", shell.clone()),
        ("local-shell-script", shell.clone()),
        ("noop", json!({})),
        ("playbook", json!({})),
        (
            "python-script",
            json!({"timeout": {"type": "integer", "default": 600}}),
        ),
        ("remote-shell-cmd", shell),
        ("winrm-cmd", windows.clone()),
        ("winrm-ps-cmd", windows),
    ];
    Kinds {
        runners: runners
            .into_iter()
            .map(|(name, parameters)| runner(name, &parameters))
            .collect(),
        operators: vec!["equals", "in", "startswith"],
        check_trigger: None,
    }
}

#[test]
fn shipped_packs_have_no_problems() {
    let kinds = all_kinds();
    let site = Site {
        kinds: &kinds,
        configs: None,
        overrides: None,
    };
    let loaded = load_packs(
        &[root().join("packs"), root().join("examples/packs")],
        &site,
    );
    let told: String = loaded
        .problems
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect();
    assert_eq!(told, "");
    let counted = |pack: &PackContent| {
        let (actions, rules, types) = (
            pack.actions.len(),
            pack.rules.len(),
            pack.trigger_types.len(),
        );
        format!(
            "{}: {actions} actions, {rules} rules, {types} trigger types",
            pack.pack.reference
        )
    };
    let counts: Vec<String> = loaded.packs.iter().map(counted).collect();
    assert_snapshot!(counts.join("\n"), @"
    core: 17 actions, 0 rules, 15 trigger types
    default: 0 actions, 0 rules, 0 trigger types
    examples: 16 actions, 4 rules, 1 trigger types
    robusta: 1 actions, 0 rules, 105 trigger types
    labs_sre: 2 actions, 1 rules, 0 trigger types
    ");
}

/// Rules and workflows of others rely on these.
#[test]
fn core_has_the_actions_and_parameters_of_stackstorm() {
    let kinds = all_kinds();
    let site = Site {
        kinds: &kinds,
        configs: None,
        overrides: None,
    };
    let content = read(&root().join("packs/core"), &site).content.unwrap();
    let parameter = |(name, schema): (&String, &squall_model::Object)| {
        let flag = |key| schema.get(key) == Some(&json!(true));
        let needed = if flag("required") { "*" } else { "" };
        let kind = schema
            .get("type")
            .and_then(|kind| kind.as_str())
            .map(|kind| format!(":{kind}"));
        let default = schema.get("default").map(|default| format!("={default}"));
        let choices = schema.get("enum").map(|choices| format!(" enum{choices}"));
        let fixed = if flag("immutable") { "!" } else { "" };
        let position = schema
            .get("position")
            .map(|position| format!("#{position}"));
        let parts = [kind, default, choices]
            .map(Option::unwrap_or_default)
            .concat();
        format!(
            "{name}{needed}{parts}{fixed}{}",
            position.unwrap_or_default()
        )
    };
    let lines: Vec<String> = content
        .actions
        .iter()
        .map(|action| {
            let parameters: Vec<String> = action.parameters.iter().map(parameter).collect();
            let parameters = parameters.join("; ");
            let parts = [
                action.reference.name(),
                &action.runner_type,
                &action.entry_point,
                &parameters,
            ];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            parts.join(" | ")
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @r##"
    announcement | announcement | experimental=true!; message:object
    ask | inquirer
    cloudevent | cloudevent
    echo | local-shell-cmd | message*:string; cmd*:string="echo \"{{message}}\""!; kwarg_op!; sudo=false!; sudo_password!
    error | local-shell-cmd | message*:string; cmd*:string=">&2 echo \"{{message}}\""!; kwarg_op!; sudo=false!; sudo_password!
    http | http-request | auth:string; body:string; file_content:string; file_content_type:string; file_name:string; file_path:string; headers:object; method:string enum["HEAD","GET","POST","PUT","DELETE","OPTIONS","TRACE","PATCH","PURGE"]; params:object; timeout:number=60
    inject_trigger | python-script | inject_trigger.py | trigger:string; trigger_name:string; payload:object; trace_tag:string
    local | local-shell-cmd | cmd*:string; sudo!
    local_sudo | local-shell-cmd | cmd*:string; sudo=true!
    noop | noop
    pause | python-script | pause.py | max_pause*:integer#0; random:boolean=false#1
    remote | remote-shell-cmd | cmd*:string; sudo!
    remote_sudo | remote-shell-cmd | cmd*:string; sudo=true!
    sendmail | local-shell-script | send_mail/send_mail | sendmail_binary:string="None"#0; from:string="stanley"#1; to*:string#2; subject*:string#3; send_empty_body:boolean=true#4; content_type:string="text/html"#5; body*:string#6; attachments:string#7; sudo!
    uuid | python-script | generate_uuid.py | uuid_type:string="uuid4" enum["uuid1","uuid4"]
    winrm_cmd | winrm-cmd | cmd*:string
    winrm_ps_cmd | winrm-ps-cmd | cmd*:string
    "##);
}

fn send_mail(arguments: &[&str]) -> String {
    let script = root().join("packs/core/actions/send_mail/send_mail");
    let done = Command::new("python3")
        .arg(script)
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    let hidden = [
        "Date:",
        "Message-ID:",
        "This mail was sent",
        "Content-Type: multipart",
        "--==",
    ];
    let shown = said
        .lines()
        .filter(|line| !hidden.iter().any(|prefix| line.starts_with(prefix)));
    format!(
        "{}\nexit {}",
        shown.collect::<Vec<_>>().join("\n"),
        done.status.code().unwrap()
    )
}

#[test]
fn mail_is_composed_for_the_command_that_sends_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "notes.txt", "attached\n");
    let notes = folder.path().join("notes.txt").display().to_string();
    let sent = send_mail(&[
        "cat",
        "me@example.com",
        "a@example.com, b@example.com",
        "Grüße",
        "1",
        "text/plain",
        "Hi",
        &notes,
    ]);
    assert_snapshot!(sent, @r#"
    From: me@example.com
    To: a@example.com, b@example.com
    Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
    MIME-Version: 1.0

    Content-Type: text/plain; charset="utf-8"
    Content-Transfer-Encoding: 7bit

    Hi

    Content-Type: text/plain
    Content-Transfer-Encoding: base64
    Content-Disposition: attachment; filename="notes.txt"
    MIME-Version: 1.0

    YXR0YWNoZWQK

    Successfully sent mail to a@example.com, b@example.com
    exit 0
    "#);
    assert_eq!(
        send_mail(&["cat", "me", "a@b.c", "s", "0", "text/html", " "]),
        "Nothing to send\nexit 0"
    );
    let injected = send_mail(&[
        "cat",
        "me@b.c",
        "a@b.c",
        "s\nBcc: spy@example.com",
        "1",
        "text/html",
        "x",
    ]);
    assert!(
        injected.starts_with("Failed to send mail to a@b.c") && injected.ends_with("exit 2"),
        "{injected}"
    );
    assert!(
        send_mail(&["false", "me@b.c", "a@b.c", "s", "1", "text/html", "x"]).ends_with("exit 2")
    );
}
