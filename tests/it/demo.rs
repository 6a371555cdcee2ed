//! `squall demo` plays the story to its end on this machine.

use crate::command;

#[test]
fn the_demo_plays_to_its_end() {
    let place = tempfile::tempdir().unwrap();
    let demo = command::squall(&["demo", "--folder", "story"], place.path());
    assert_eq!(demo.code, Some(0), "{}{}", demo.stdout, demo.stderr);
    let stages = ["pod", "server", "alert", "decision", "execution", "table"];
    let mut rest = demo.stdout.as_str();
    for stage in stages {
        let (_, after) = rest
            .split_once(&format!(" ms  {stage} "))
            .unwrap_or_else(|| panic!("no stage `{stage}`: {}", demo.stdout));
        rest = after;
    }
    let profiles = fs_err::read_dir(place.path().join("story/profiles")).unwrap();
    let names: Vec<String> = profiles
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let [name] = names.as_slice() else {
        panic!("one profile is saved: {names:?}")
    };
    assert!(
        name.starts_with("shop-7c9-") && name.ends_with(".pb.gz"),
        "{name}"
    );
}
