//! Where playbooks run: what repositories depend on, and what playbooks import besides. Nothing here needs a network: a
//! program in the place of `uv` puts there what it is asked for.

use super::*;

/// Plays `uv`: makes a virtualenv that sees the packages of the Python with what playbooks import, and in it a module
/// `shop`; leaves word of what it was asked to install.
fn uv(python: &Path, asked: &Path) -> String {
    let python = python.display();
    format!(
        "#!/bin/sh
set -e
if [ \"$1\" = venv ]; then
    shift 4
    {python} -m venv --without-pip \"$1\"
    packages=$({python} -c 'import pydantic, os; print(os.path.dirname(os.path.dirname(pydantic.__file__)))')
    for folder in \"$1\"/lib/python*/site-packages; do
        echo \"$packages\" > \"$folder/those.pth\"
        echo 'price = 12' > \"$folder/shop.py\"
    done
else
    cat \"$7\" >> {}
fi
",
        asked.display()
    )
}

fn stage(change: impl FnOnce(&mut crate::Settings, &Path)) -> Option<(Stage, TempDir)> {
    let python = python()?;
    let programs = tempfile::tempdir().unwrap();
    let script = uv(&python, &programs.path().join("asked"));
    let data = programs.path().join("data");
    let stage = Stage::with(|settings| {
        settings.python.data = data;
        with_program(settings, programs.path(), "uv", &script);
        change(settings, programs.path());
    })?;
    Some((stage, programs))
}

const TELLS: &str = "
@action
def tells(event: PodEvent):
    import shop
    event.add_enrichment([MarkdownBlock('%s %s' % (shop.price, __import__('sys').prefix))])
";

async fn told(stage: &Stage) -> Result<String, End> {
    let performed = stage
        .perform(pod_update(), vec![playbook(&[("tells", json!({}))])])
        .await;
    match performed.end {
        End::Done => Ok(texts(&performed).remove(0)),
        end => Err(end),
    }
}

#[tokio::test]
async fn repositories_have_what_they_depend_on() {
    let Some((stage, programs)) = stage(|_, _| {}) else {
        return;
    };
    stage.module("actions.py", TELLS);
    let project = stage.folder.path().join("repository/pyproject.toml");
    let depends = "[tool.poetry]\nname = 'nobody'\n[tool.poetry.dependencies]\npython = '^3.8'\nshop = '^1.2'\nrobusta-cli = '*'\n";
    fs::write(&project, depends).unwrap();
    let first = told(&stage).await.unwrap();
    let folder = programs.path().join("data/virtualenvs/playbooks_");
    assert!(
        first.starts_with(&format!("12 {}", folder.display())),
        "{first}"
    );
    let asked = || fs::read_to_string(programs.path().join("asked")).unwrap();
    let lines: Vec<String> = asked().lines().map(str::to_owned).collect();
    assert_eq!(lines.first().map(String::as_str), Some("pydantic==1.10.27"));
    assert_eq!(lines.last().map(String::as_str), Some("shop>=1.2,<2.0.0"));
    assert!(!asked().contains("robusta"), "{}", asked());
    // Known by now; and others get another one.
    assert_eq!(told(&stage).await.unwrap(), first);
    assert_eq!(asked().lines().count(), lines.len());
    fs::write(&project, depends.replace("^1.2", "^1.3")).unwrap();
    assert_ne!(told(&stage).await.unwrap(), first);
    assert!(asked().ends_with("shop>=1.3,<2.0.0"), "{}", asked());
}

#[tokio::test]
async fn what_robustas_image_has_need_not_be_asked_for() {
    let Some((stage, programs)) = stage(|_, _| {}) else {
        return;
    };
    stage.module("actions.py", TELLS);
    stage.module("later.py", "def later():\n    import bitmath, json\n");
    told(&stage).await.unwrap();
    let asked = fs::read_to_string(programs.path().join("asked")).unwrap();
    assert!(asked.starts_with("pydantic==1.10.27\n"), "{asked}");
    assert!(asked.ends_with("bitmath>=1.3.3"), "{asked}");
}

#[tokio::test]
async fn what_playbooks_import_is_installed_once() {
    // A Python without any packages.
    let bare = |settings: &mut crate::Settings, folder: &Path| {
        let script = "#!/bin/sh\nexec python3 -S \"$@\"\n";
        with_program(settings, folder, "bare-python", script);
        settings.python.interpreter = folder.join("bare-python");
    };
    let Some((stage, programs)) = stage(bare) else {
        return;
    };
    stage.module("actions.py", TELLS);
    assert!(told(&stage).await.unwrap().starts_with("12 "));
    let asked = || fs::read_to_string(programs.path().join("asked")).unwrap();
    assert!(
        asked().contains("pydantic==1.10.27\nkubernetes==26.1.0\n"),
        "{}",
        asked()
    );
    let count = asked().lines().count();
    stage.host.python.reload_playbooks();
    stage
        .host
        .python
        .warm_playbooks(&stage.repositories())
        .await
        .unwrap();
    assert!(told(&stage).await.is_ok());
    assert_eq!(asked().lines().count(), count);
}

#[tokio::test]
async fn nothing_is_installed_for_a_repository_that_does_not_want_it() {
    let Some((stage, programs)) = stage(|_, _| {}) else {
        return;
    };
    stage.module(
        "actions.py",
        &TELLS.replace(
            "import shop",
            "import types; shop = types.SimpleNamespace(price=13)",
        ),
    );
    fs::write(
        stage.folder.path().join("repository/requirements.txt"),
        "shop\n",
    )
    .unwrap();
    let mut request = stage.request(pod_update(), vec![playbook(&[("tells", json!({}))])]);
    request.repositories[0].install = false;
    let performed = stage
        .host
        .perform_playbooks(&request, &stage.surroundings())
        .await;
    assert!(texts(&performed)[0].starts_with("13 "), "{performed:?}");
    assert!(!programs.path().join("asked").exists());
}

#[tokio::test]
async fn without_a_network_it_says_what_is_missing() {
    let no_network = |_: &mut crate::Settings, folder: &Path| {
        let script = "#!/bin/sh\n[ \"$1\" = venv ] || { echo 'no network here' >&2; exit 1; }\n";
        fs::write(folder.join("uv"), script).unwrap();
    };
    let Some((stage, _programs)) = stage(no_network) else {
        return;
    };
    stage.module("actions.py", TELLS);
    fs::write(
        stage.folder.path().join("repository/requirements.txt"),
        "shop\n",
    )
    .unwrap();
    let expected = "cannot make the virtualenv of the playbook repository `team`: `uv pip install` failed; it said last:\nno network here";
    assert_eq!(
        told(&stage).await,
        Err(End::NotStarted(expected.to_owned()))
    );
    let error = stage
        .host
        .inspect_playbooks(&stage.repositories())
        .await
        .unwrap_err();
    let told = crate::process::explain(&error);
    assert_eq!(
        told,
        format!("cannot look at the playbook repositories: {expected}")
    );
}

#[tokio::test]
async fn dependencies_that_make_no_sense_are_told() {
    let Some((stage, _programs)) = stage(|_, _| {}) else {
        return;
    };
    stage.module("actions.py", TELLS);
    let project = stage.folder.path().join("repository/pyproject.toml");
    fs::write(&project, "[tool.poetry.dependencies]\nshop = '1 || 2'\n").unwrap();
    let End::NotStarted(told) = told(&stage).await.unwrap_err() else {
        panic!("it ran");
    };
    let expected = format!(
        "cannot read what the playbook repository `team` needs: `{}`: the dependency `shop`: pip knows no `||` as in `1 || 2`",
        project.display()
    );
    assert_eq!(told, expected);
}
