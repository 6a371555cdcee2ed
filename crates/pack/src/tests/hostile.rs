//! Files that would harm a careless reader.

use super::*;

#[test]
fn hostile_files_are_problems_like_others() {
    let deep = "[".repeat(10_000);
    let huge = format!("name: {}\n", "x".repeat(6 * 1024 * 1024));
    let bomb: String = (0..12)
        .map(|level| {
            let inner = if level == 0 {
                "x".to_owned()
            } else {
                format!("*a{}", level - 1)
            };
            format!("a{level}: &a{level} [{}]\n", vec![inner; 9].join(","))
        })
        .collect();
    let many: String = (0..5000).map(|key| format!("k{key}: x\n")).collect();
    let wide: String = (0..20_000).map(|key| format!("k{key}: x\n")).collect();
    let long = format!("name: a\nrunner_type: {}\n", "x".repeat(100_000));
    let folder = pack(&[
        ("actions/long.yaml", &long),
        ("actions/many.yaml", &many),
        ("actions/wide.yaml", &wide),
        ("actions/bomb.yaml", &bomb),
        ("actions/control.yaml", "name: \u{0}\n"),
        ("actions/deep.yaml", &deep),
        ("actions/huge.yaml", &huge),
        ("actions/folder.yaml/x", ""),
        ("actions/.hidden.yaml", "name: ["),
        ("actions/ignored.txt", "name: ["),
        ("actions/config.yaml", "name: ["),
        (
            "actions/tag.yaml",
            "name: !!python/object/apply:os.system [ls]\n",
        ),
        ("actions/two.yaml", "name: a\n---\nname: b\n"),
    ]);
    fs_err::write(
        folder.path().join("demo/actions/utf8.yaml"),
        b"name: ok\nx: \xff\n",
    )
    .unwrap();
    let problems = read_in(&folder).problems;
    let (of_many, others): (Vec<_>, Vec<_>) = problems
        .into_iter()
        .partition(|problem| problem.file.ends_with("many.yaml"));
    assert_eq!(of_many.len(), 201);
    let told = told(&others, &folder).replace(&"x".repeat(200), "<x>");
    assert_snapshot!(told, @r"
    error: demo/actions/bomb.yaml:7:10: more than 1000000 values, aliases counted in full
    error: demo/actions/control.yaml:1:7: control characters are not allowed
    error: demo/actions/deep.yaml:1:101: lists and mappings more than 100 deep
    error: demo/actions/folder.yaml: is a folder, but must be a file
    error: demo/actions/huge.yaml: is larger than 5 MiB
    error: demo/actions/long.yaml:2:14: runner_type: there is no runner `<x>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
    error: demo/actions/tag.yaml:1:39: the tag `tag:yaml.org,2002:python/object/apply:os.system` has no meaning here
    error: demo/actions/two.yaml:2:1: a second document begins here, but one file holds one document
    error: demo/actions/utf8.yaml: line 2 is not UTF-8 text (save it as UTF-8)
    error: demo/actions/wide.yaml:1:1: has more than 10000 entries in one mapping
    ");
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere_outside() {
    use std::os::unix::fs::symlink;

    let folder = pack(&[
        (
            "actions/a.yaml",
            "name: a\nrunner_type: python-script\nentry_point: outside.py\n",
        ),
        ("shared/inside.yaml", "name: inside\nrunner_type: noop\n"),
    ]);
    write(
        folder.path(),
        "secret.yaml",
        "name: secret\nrunner_type: noop\n",
    );
    write(
        folder.path(),
        "rules/r.yaml",
        "name: r\ntrigger: {type: a.b}\naction: {ref: a.b}\n",
    );
    let demo = folder.path().join("demo");
    symlink("../../secret.yaml", demo.join("actions/link.yaml")).unwrap();
    symlink("../../secret.yaml", demo.join("actions/outside.py")).unwrap();
    symlink("../shared/inside.yaml", demo.join("actions/within.yaml")).unwrap();
    symlink("nowhere.yaml", demo.join("actions/dangling.yaml")).unwrap();
    symlink("loop.yaml", demo.join("actions/loop.yaml")).unwrap();
    symlink("../rules", demo.join("rules")).unwrap();
    let read = read_in(&folder);
    let content = read.content.unwrap();
    let names: Vec<_> = content
        .actions
        .iter()
        .map(|action| action.reference.name())
        .collect();
    assert_eq!(names, ["a", "inside"]);
    assert_eq!(
        content.pack.files,
        [
            "actions/a.yaml",
            "actions/within.yaml",
            "pack.yaml",
            "shared/inside.yaml"
        ]
    );
    assert_snapshot!(told(&read.problems, &folder), @r"
    warning: demo/actions/a.yaml:3:14: entry_point: `actions/outside.py` lies outside the pack
    error: demo/actions/dangling.yaml: does not exist
    error: demo/actions/link.yaml: the link leads out of the pack
    error: demo/actions/loop.yaml: cannot be read: filesystem loop or indirection limit (e.g. symlink loop)
    error: demo/rules: cannot be read: the link leads out of the pack
    ");
}

#[cfg(unix)]
#[test]
fn a_pipe_does_not_hold_the_reader_up() {
    let folder = pack(&[("actions/a.yaml", "name: a\nrunner_type: noop\n")]);
    let pipe = folder.path().join("demo/actions/pipe.yaml");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .unwrap();
    assert!(made.success());
    assert_snapshot!(told(&read_in(&folder).problems, &folder), @"error: demo/actions/pipe.yaml: is not a regular file");
}

#[test]
fn a_folder_that_is_no_pack_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let read = read_in(&folder);
    assert!(read.content.is_none());
    assert_snapshot!(told(&read.problems, &folder), @"error: demo: does not exist");
    write(folder.path(), "demo/README.md", "");
    let read = read_in(&folder);
    assert!(read.content.is_some());
    assert_snapshot!(told(&read.problems, &folder), @"error: demo/pack.yaml: does not exist");
}
