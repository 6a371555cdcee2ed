//! A repository as teams keep them, with several modules, helpers, nested models and validators, one module broken: loaded
//! through a file of playbooks, and its actions held against them.

#![cfg(test)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use squall_pack::read_playbook_text;
use squall_runners::{Host, Settings, python};
use squall_server::playbooks::repositories::Fetcher;
use squall_server::playbooks::{Loaded, load};

const NOT_INSTALLED: &str = "playbooks: what they import is not installed; name a Python that has it in SQUALL_PLAYBOOKS_PYTHON";

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shop_playbooks")
}

/// The Python that has what playbooks import; said where there is none.
fn python() -> Option<PathBuf> {
    let variable = |wanted: &str| std::env::vars_os().find(|(name, _)| name == wanted);
    let told = variable("SQUALL_PLAYBOOKS_PYTHON").map(|(_, value)| PathBuf::from(value));
    let python = told.unwrap_or_else(|| PathBuf::from("python3"));
    let imports = "import kubernetes, pydantic, pygal, requests, tabulate, yaml";
    let mut asking = Command::new(&python);
    let asked = asking.args(["-c", imports]).stderr(Stdio::null()).status();
    if asked.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    writeln!(std::io::stderr(), "skipped: {NOT_INSTALLED}").unwrap();
    if let Some((_, list)) = variable("SQUALL_SKIPPED") {
        let mut options = fs_err::OpenOptions::new();
        let mut list = options.create(true).append(true).open(list).unwrap();
        writeln!(list, "{NOT_INSTALLED}").unwrap();
    }
    None
}

/// What comes of a text with the repository in it; nothing where Python has not what playbooks import.
async fn loaded(text: &str) -> Option<Loaded> {
    let interpreter = python()?;
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let host = Host::start(Settings {
        environment: vec![("PATH".into(), path)],
        python: python::Settings {
            interpreter,
            data: folder.path().join("python"),
            ..python::Settings::default()
        },
        ..Settings::default()
    });
    let host: Arc<Host> = host.unwrap();
    let fetcher = Fetcher::new(folder.path().join("repositories"), &host);
    let shop = format!("file://{}", shop().display());
    let environment = |name: &str| (name == "SHOP").then(|| shop.clone());
    let read = read_playbook_text(text, Path::new("values.yaml"), &environment);
    let loaded = load(read, &fetcher, &host).await;
    host.python.stop().await;
    Some(loaded)
}

/// Problems as users see them, without where this repository is.
fn told(loaded: &Loaded) -> Vec<String> {
    let here = format!("{}/", shop().display());
    let problems = loaded.problems.iter();
    problems
        .map(|problem| problem.to_string().replace(&here, ""))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_repository_is_found_and_its_actions_fit() {
    let text = fs_err::read_to_string(shop().join("values.yaml")).unwrap();
    let Some(loaded) = loaded(&text).await else {
        return;
    };
    assert_eq!(
        told(&loaded),
        [
            "warning: shop_playbooks/broken.py:2: shop_playbooks.broken: ModuleNotFoundError: No module named 'shop_playbooks.nowhere' (what it brings is left out)"
        ]
    );
    let own = loaded
        .actions
        .iter()
        .filter(|action| action.module.is_some());
    let mut names: Vec<&str> = own.map(|action| action.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["pod_owner_finding", "pod_report", "scale_guard"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_its_actions_is_told_with_what_would() {
    let text = fs_err::read_to_string(shop().join("values.yaml")).unwrap();
    let text = text
        .replace("on_pod_update", "on_deployment_update")
        .replace("max_replicas: 5", "max_replica: 5")
        .replace("style: long", "style: longer")
        .replace("- regex: \"password=\\\\S+\"", "- name: secret")
        .replace(
            "- scale_guard:",
            "- scale_gard: {}\n  - never_there: {}\n  - scale_guard:",
        );
    let Some(loaded) = loaded(&text).await else {
        return;
    };
    let told = told(&loaded).split_off(1);
    let wanted = [
        "warning: values.yaml:18: customPlaybooks[0].actions[0].pod_report.style: `longer` is not among what may stand here (there are `short`, `long`)",
        "warning: values.yaml:19: customPlaybooks[0].actions[0].pod_report.redactions[0].regex: is missing",
        "error: values.yaml:26: customPlaybooks[1].actions[0].pod_owner_finding: `pod_owner_finding` takes a PodChangeEvent; `on_deployment_update` gives a DeploymentChangeEvent (it fits on_pod_create, on_pod_update, on_pod_delete, on_pod_all_changes, on_pod_crash_loop, on_image_pull_backoff, on_pod_oom_killed, on_container_oom_killed, on_pod_evicted)",
        "error: values.yaml:32: customPlaybooks[2].actions[0].scale_gard: unknown action `scale_gard` (did you mean `scale_guard`?)",
        "error: values.yaml:33: customPlaybooks[2].actions[1].never_there: unknown action `never_there` (give the repository with its code below `playbookRepos`, or with --repo)",
        "error: values.yaml:34: customPlaybooks[2].actions[2].scale_guard.max_replicas: is missing (`scale_guard` needs it; the global config may give it too)",
        "warning: values.yaml:35: customPlaybooks[2].actions[2].scale_guard.max_replica: is not a known parameter and has no effect (did you mean `max_replicas`?)",
    ];
    assert_eq!(told, wanted);
}
