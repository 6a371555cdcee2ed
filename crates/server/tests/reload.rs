//! Packs that change while the server runs.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is tests, where a panic is the verdict"
)]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fs_err as fs;
use serde_json::json;
use squall_model::record::ResourceKind;
use squall_model::{Json, Reference};
use squall_server::registry::{Loaded, Registration};
use squall_server::reload::Reading;
use squall_server::{Handle, Settings};
use tempfile::TempDir;

/// A server with packs of its own, and what is needed to start it again.
struct Desk {
    folder: TempDir,
    watch: bool,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            watch: false,
        };
        desk.write("mine/pack.yaml", &pack("mine", "1.0.0"));
        desk.write("mine/triggers/t.yaml", "name: t\n");
        desk.write(
            "mine/actions/a.yaml",
            "{name: a, runner_type: noop, enabled: true}",
        );
        desk.write("mine/rules/r.yaml", &rule("one"));
        desk
    }

    fn packs(&self) -> PathBuf {
        self.folder.path().join("packs")
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.packs().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    async fn start(&self) -> Handle {
        let data = self.folder.path().join("data");
        let mut settings = Settings::for_development(data);
        settings.packs = vec![self.packs()];
        settings.watch_packs = self.watch;
        squall_server::start(settings, Vec::new()).await.unwrap()
    }
}

fn pack(name: &str, version: &str) -> String {
    format!("{{name: {name}, description: d, version: {version}, author: a, email: a@example.com}}")
}

fn rule(description: &str) -> String {
    format!(
        "name: r\ndescription: {description}\nenabled: true\ntrigger: {{type: mine.t}}\naction: {{ref: mine.a}}\n"
    )
}

fn reference() -> Reference {
    "mine.r".parse().unwrap()
}

fn description(loaded: &Loaded) -> Option<String> {
    let rule = loaded.content.rules.get(&reference())?;
    rule.description.clone()
}

/// Looks again and again at what is in force.
async fn until(handle: &Handle, what: &str, holds: impl Fn(&Loaded) -> bool) -> Arc<Loaded> {
    let looking = async {
        loop {
            let loaded = handle.loaded();
            if holds(&loaded) {
                return loaded;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(30), looking).await;
    found.unwrap_or_else(|_| panic!("waited for {what}; in force is {:?}", handle.loaded().packs))
}

async fn reload(handle: &Handle) -> Arc<Loaded> {
    handle.reload(Reading::Changes).await.unwrap()
}

/// Stops a server whose data is to be used again.
async fn stop(handle: Handle) {
    handle.stop().await;
}

async fn reloaded(handle: &Handle) -> Option<String> {
    description(reload(handle).await.as_ref())
}

#[tokio::test]
async fn a_changed_rule_is_in_force_without_being_asked_for() {
    let mut desk = Desk::new();
    desk.watch = true;
    let handle = desk.start().await;
    assert_eq!(description(&handle.loaded()).as_deref(), Some("one"));
    desk.write("mine/rules/r.yaml", &rule("two"));
    let loaded = until(&handle, "the change", |loaded| {
        description(loaded).as_deref() == Some("two")
    })
    .await;
    assert_eq!(loaded.generation, 2);
    desk.write("other/pack.yaml", &pack("other", "1.0.0"));
    let with_other = |loaded: &Loaded| loaded.packs.contains_key("other");
    let loaded = until(&handle, "the new pack", with_other).await;
    assert_eq!(
        loaded.packs["mine"].generation, 2,
        "only what has changed is new"
    );
    fs::remove_dir_all(desk.packs().join("other")).unwrap();
    until(&handle, "its end", |loaded| !with_other(loaded)).await;
    handle.stop().await;
}

#[tokio::test]
async fn a_pack_that_gets_worse_stays_as_it_was() {
    let desk = Desk::new();
    let handle = desk.start().await;
    desk.write("mine/rules/r.yaml", "name: r\nenabled: yes please\n");
    desk.write("mine/actions/b.yaml", "{name: b, runner_type: noop}");
    let loaded = reload(&handle).await;
    assert_eq!(description(&loaded).as_deref(), Some("one"));
    assert_eq!(loaded.generation, 1);
    let refused = loaded.packs["mine"].refused.as_ref().unwrap();
    assert!(
        refused
            .problems
            .iter()
            .any(|problem| problem.line == Some(2))
    );
    assert!(
        loaded.content.action("mine.b").is_none(),
        "all of a pack, or nothing"
    );
    assert_eq!(handle.metrics().pack_reload_failures.get(), 1);

    // The same again is no news; another fault is.
    reload(&handle).await;
    assert_eq!(handle.metrics().pack_reload_failures.get(), 1);
    desk.write("mine/pack.yaml", "{name: mine");
    let loaded = reload(&handle).await;
    assert_eq!(description(&loaded).as_deref(), Some("one"));
    assert_eq!(handle.metrics().pack_reload_failures.get(), 2);

    desk.write("mine/pack.yaml", &pack("mine", "1.0.1"));
    desk.write("mine/rules/r.yaml", &rule("mended"));
    let loaded = reload(&handle).await;
    assert_eq!(description(&loaded).as_deref(), Some("mended"));
    assert!(loaded.packs["mine"].refused.is_none());
    assert!(loaded.content.action("mine.b").is_some());
    assert_eq!(loaded.generation, 2);
    handle.stop().await;
}

#[tokio::test]
async fn known_faults_do_not_keep_good_changes_out() {
    let desk = Desk::new();
    desk.write("mine/actions/broken.yaml", "name: broken\n");
    let handle = desk.start().await;
    assert_eq!(handle.loaded().packs["mine"].problems.len(), 1);
    desk.write("mine/rules/r.yaml", &rule("two"));
    assert_eq!(reloaded(&handle).await.as_deref(), Some("two"));
    handle.stop().await;
}

#[tokio::test]
async fn what_is_gone_is_given_up_only_if_it_stays_away() {
    let desk = Desk::new();
    let handle = desk.start().await;
    let (there, aside) = (desk.packs().join("mine"), desk.packs().join(".aside"));
    fs::rename(&there, &aside).unwrap();
    assert!(reload(&handle).await.packs.contains_key("mine"));
    fs::rename(&aside, &there).unwrap();
    assert_eq!(reload(&handle).await.generation, 1);

    // Without its pack.yaml a folder is a pack that is being changed, or one that somebody broke.
    fs::remove_file(there.join("pack.yaml")).unwrap();
    let loaded = reload(&handle).await;
    assert_eq!(description(&loaded).as_deref(), Some("one"));
    assert!(loaded.packs["mine"].refused.is_some());

    fs::remove_dir_all(&there).unwrap();
    let loaded = handle.reload(Reading::Everything).await.unwrap();
    assert!(!loaded.packs.contains_key("mine"));
    handle.stop().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_keeps_its_packs() {
    let mut desk = Desk::new();
    desk.watch = true;
    let handle = desk.start().await;
    let aside = desk.folder.path().join("aside");
    fs::rename(desk.packs(), &aside).unwrap();
    let loaded = handle.reload(Reading::Everything).await.unwrap();
    assert_eq!(description(&loaded).as_deref(), Some("one"));
    assert!(loaded.packs["mine"].refused.is_some());
    fs::rename(&aside, desk.packs()).unwrap();
    let mended = |loaded: &Loaded| loaded.packs["mine"].refused.is_none();
    until(&handle, "the folder to be back", mended).await;
    handle.stop().await;
}

/// As git-sync and Argo CD do it: each version in a folder of its own, and a link that is swapped.
#[tokio::test]
async fn a_swapped_link_brings_all_of_the_other_version() {
    let mut desk = Desk::new();
    desk.watch = true;
    for version in ["v1", "v2"] {
        let place = desk.folder.path().join("versions").join(version);
        copy(&desk.packs().join("mine"), &place.join("mine"));
        fs::write(place.join("mine/rules/r.yaml"), rule(version)).unwrap();
    }
    fs::remove_dir_all(desk.packs()).unwrap();
    symlink("versions/v1", desk.packs()).unwrap();
    let handle = desk.start().await;
    assert_eq!(description(&handle.loaded()).as_deref(), Some("v1"));
    let fresh = desk.folder.path().join("fresh");
    symlink("versions/v2", &fresh).unwrap();
    fs::rename(&fresh, desk.packs()).unwrap();
    let loaded = until(&handle, "the other version", |loaded| {
        description(loaded).as_deref() == Some("v2")
    })
    .await;
    // The folder by its lasting name: the first version may be removed now.
    assert_eq!(loaded.packs["mine"].folder, desk.packs().join("mine"));
    assert_eq!(loaded.content.packs["mine"].path, desk.packs().join("mine"));
    handle.stop().await;
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

/// The rule as the wire would change it.
fn changed(handle: &Handle, description: &str) -> Registration {
    let loaded = handle.loaded();
    let document = json!({
        "name": "r", "description": description, "enabled": true,
        "trigger": {"type": "mine.t"}, "action": {"ref": "mine.a"},
    });
    let known = loaded.content.rules.get(&reference());
    let document = with_pack(document);
    let drafted = handle.draft_rule(&document, "ann", known.map(AsRef::as_ref));
    Registration::Rule(Box::new(drafted.unwrap()))
}

fn with_pack(mut document: Json) -> Json {
    document["pack"] = json!("mine");
    document
}

#[tokio::test]
async fn a_change_over_rest_holds_until_the_file_says_something_else() {
    let desk = Desk::new();
    let handle = desk.start().await;
    handle.register(changed(&handle, "by rest")).await.unwrap();
    assert_eq!(description(&handle.loaded()).as_deref(), Some("by rest"));

    // What does not change what the rule says leaves it, and so does a restart.
    desk.write("mine/actions/b.yaml", "{name: b, runner_type: noop}");
    desk.write(
        "mine/rules/r.yaml",
        &format!("# a comment\n{}", rule("one")),
    );
    assert_eq!(reloaded(&handle).await.as_deref(), Some("by rest"));
    let changes = [(ResourceKind::Rule, "mine.r".to_owned())];
    assert_eq!(handle.loaded().changed_over_rest("mine"), changes);
    stop(handle).await;
    let handle = desk.start().await;
    assert_eq!(description(&handle.loaded()).as_deref(), Some("by rest"));

    // A file that cannot be read says nothing.
    desk.write("mine/rules/r.yaml", "name: [\n");
    assert_eq!(reloaded(&handle).await.as_deref(), Some("by rest"));

    // Another file wins, for good.
    desk.write("mine/rules/r.yaml", &rule("two"));
    assert_eq!(reloaded(&handle).await.as_deref(), Some("two"));
    desk.write("mine/rules/r.yaml", &rule("one"));
    assert_eq!(reloaded(&handle).await.as_deref(), Some("one"));
    assert_eq!(handle.loaded().changed_over_rest("mine"), []);
    handle.stop().await;
}

#[tokio::test]
async fn what_the_file_became_while_the_server_was_down_wins() {
    let desk = Desk::new();
    let handle = desk.start().await;
    handle.register(changed(&handle, "by rest")).await.unwrap();
    stop(handle).await;
    desk.write("mine/rules/r.yaml", &rule("two"));
    let handle = desk.start().await;
    assert_eq!(description(&handle.loaded()).as_deref(), Some("two"));
    assert_eq!(handle.store().resources().await.unwrap(), []);
    handle.stop().await;
}

#[tokio::test]
async fn a_deleted_rule_of_a_pack_stays_deleted_until_its_file_changes() {
    let desk = Desk::new();
    let handle = desk.start().await;
    let deleted = || Registration::Deleted(ResourceKind::Rule, reference());
    handle.register(deleted()).await.unwrap();
    assert_eq!(description(&handle.loaded()), None);
    let loaded = handle.reload(Reading::Everything).await.unwrap();
    assert_eq!(description(&loaded), None);
    stop(handle).await;
    let handle = desk.start().await;
    assert_eq!(description(&handle.loaded()), None);
    desk.write("mine/rules/r.yaml", &rule("two"));
    assert_eq!(reloaded(&handle).await.as_deref(), Some("two"));

    // A rule whose file is gone is gone, changed or not.
    handle.register(changed(&handle, "by rest")).await.unwrap();
    fs::remove_file(desk.packs().join("mine/rules/r.yaml")).unwrap();
    assert_eq!(reloaded(&handle).await, None);
    assert_eq!(handle.store().resources().await.unwrap(), []);
    handle.stop().await;
}

#[tokio::test]
async fn a_rule_of_a_pack_takes_the_place_of_one_made_over_rest() {
    let desk = Desk::new();
    fs::remove_file(desk.packs().join("mine/rules/r.yaml")).unwrap();
    let handle = desk.start().await;
    handle.register(changed(&handle, "by rest")).await.unwrap();
    let id = handle.loaded().content.rules[&reference()].id;
    assert_eq!(reloaded(&handle).await.as_deref(), Some("by rest"));
    desk.write("mine/rules/r.yaml", &rule("one"));
    let loaded = reload(&handle).await;
    assert_eq!(description(&loaded).as_deref(), Some("one"));
    assert_eq!(loaded.content.rules[&reference()].id, id, "history goes on");
    assert_eq!(handle.store().resources().await.unwrap(), []);

    // Deleting what no file brings leaves nothing behind.
    fs::remove_file(desk.packs().join("mine/rules/r.yaml")).unwrap();
    reload(&handle).await;
    handle.register(changed(&handle, "by rest")).await.unwrap();
    let deleted = Registration::Deleted(ResourceKind::Rule, reference());
    handle.register(deleted).await.unwrap();
    assert_eq!(handle.store().resources().await.unwrap(), []);
    handle.stop().await;
}

/// A pack that is not there says nothing: its disk may not be mounted.
#[tokio::test]
async fn changes_of_a_pack_that_is_away_wait_for_it() {
    let desk = Desk::new();
    let handle = desk.start().await;
    handle.register(changed(&handle, "by rest")).await.unwrap();
    stop(handle).await;
    let (there, aside) = (desk.packs().join("mine"), desk.folder.path().join("aside"));
    fs::rename(&there, &aside).unwrap();
    let handle = desk.start().await;
    assert_eq!(description(&handle.loaded()), None);
    fs::rename(&aside, &there).unwrap();
    assert_eq!(reloaded(&handle).await.as_deref(), Some("by rest"));
    handle.stop().await;
}

#[tokio::test]
async fn triggers_come_and_go_with_the_rules_that_want_them() {
    let desk = Desk::new();
    let schema = "{type: object, properties: {n: {type: integer}}}";
    desk.write(
        "mine/triggers/p.yaml",
        &format!("name: p\nparameters_schema: {schema}\n"),
    );
    let wanting = |name: &str, n: u32| {
        format!(
            "name: {name}\nenabled: true\ntrigger: {{type: mine.p, parameters: {{n: {n}}}}}\naction: {{ref: mine.a}}\n"
        )
    };
    desk.write("mine/rules/x.yaml", &wanting("x", 1));
    desk.write("mine/rules/y.yaml", &wanting("y", 1));
    let handle = desk.start().await;
    let of_type = |loaded: &Loaded| {
        let all = loaded.content.triggers.values();
        let wanted = all.filter(|trigger| trigger.trigger_type.as_str() == "mine.p");
        wanted
            .map(|trigger| trigger.reference.clone())
            .collect::<Vec<_>>()
    };
    let shared = of_type(&handle.loaded());
    assert_eq!(
        shared.len(),
        1,
        "the same type and parameters are the same trigger"
    );
    desk.write("mine/rules/y.yaml", &wanting("y", 2));
    let both = of_type(reload(&handle).await.as_ref());
    assert!(both.len() == 2 && both.contains(&shared[0]), "{both:?}");
    fs::remove_file(desk.packs().join("mine/rules/x.yaml")).unwrap();
    let left = of_type(reload(&handle).await.as_ref());
    assert!(left.len() == 1 && left != shared, "{left:?}");
    handle.stop().await;
}
