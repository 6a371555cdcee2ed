//! Words as people type them, and what is sent for them.

use fs_err as fs;
use serde_json::json;

use super::*;

fn takes(action: &str) -> Takes {
    let schema = json!({
        "name": {"type": "string"}, "count": {"type": "integer"}, "ratio": {"type": "number"},
        "force": {"type": "boolean"}, "hosts": {"type": "array"}, "labels": {"type": "object"}, "any": {},
        "disks": {"type": "array", "properties": {"size": {"type": "integer"}}},
    });
    let runner = json!({"timeout": {"type": "integer"}, "env": {"type": "object"}, "cmd": {"type": "string"}});
    let parameters = |schema: Json| Parameters(schema.as_object().cloned().unwrap());
    Takes {
        action: action.to_owned(),
        of_action: parameters(schema),
        of_runner: parameters(runner),
    }
}

fn given(words: &[&str]) -> Json {
    let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    Json::Object(read(&words, &takes("examples.all"), false).unwrap())
}

fn refused(word: &str) -> String {
    read(&[word.to_owned()], &takes("examples.all"), false)
        .unwrap_err()
        .to_string()
}

#[test]
fn values_become_what_the_schema_says() {
    let words = [
        "name=5",
        "count= 1_000 ",
        "ratio=2",
        "force=TRUE",
        "timeout=60",
        "any=5",
        "unknown=x=y",
    ];
    let expected = json!({
        "name": "5", "count": 1000, "ratio": 2.0, "force": true, "timeout": 60, "any": "5", "unknown": "x=y",
    });
    assert_eq!(given(&words), expected);
}

#[test]
fn arrays_are_json_or_items_between_commas() {
    for (word, expected) in [
        ("hosts=a, b,c", json!(["a", "b", "c"])),
        ("hosts=a", json!(["a"])),
        ("hosts=", json!([""])),
        ("hosts=51", json!([51])),
        ("hosts=1.5", json!([1.5])),
        ("hosts=1,2", json!(["1", "2"])),
        ("hosts=[1, \"x\"]", json!([1, "x"])),
        ("hosts=null", json!(null)),
    ] {
        assert_eq!(given(&[word]), json!({ "hosts": expected }), "{word}");
    }
}

#[test]
fn an_array_given_twice_is_joined_and_anything_else_replaced() {
    let words = ["hosts=a", "hosts=b,c", "name=one", "name=two"];
    assert_eq!(
        given(&words),
        json!({"hosts": ["a", "b", "c"], "name": "two"})
    );
}

#[test]
fn objects_are_json_or_pairs() {
    assert_eq!(
        given(&["labels={\"a\": [1]}"]),
        json!({"labels": {"a": [1]}})
    );
    assert_eq!(
        given(&["labels=a=1,b=x=y,alone"]),
        json!({"labels": {"a": "1", "b": "x=y"}})
    );
}

#[test]
fn pairs_with_colons_are_an_object_if_that_is_asked_for() {
    let words = ["disks=name:root,size:20".to_owned()];
    let read = |auto_dict| Json::Object(read(&words, &takes("examples.all"), auto_dict).unwrap());
    assert_eq!(read(true), json!({"disks": [{"name": "root", "size": 20}]}));
    assert_eq!(read(false), json!({"disks": ["name:root", "size:20"]}));
}

#[test]
fn the_first_word_without_a_sign_begins_a_command() {
    assert_eq!(
        given(&["timeout=5", "ls", "-l", "a=b"]),
        json!({"timeout": 5, "cmd": "ls -l a=b"})
    );
}

#[test]
fn without_a_command_the_words_are_the_parameters_with_a_position() {
    let schema = json!({
        "loudly": {"type": "boolean", "position": 1}, "times": {"type": "integer"}, "who": {"type": "string", "position": 0},
        "cmd": {"default": "greet {{ who }}", "immutable": true},
    });
    let takes = Takes {
        action: "greeter.greet".to_owned(),
        of_action: Parameters(schema.as_object().cloned().unwrap()),
        of_runner: Parameters::default(),
    };
    let given = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        read(&words, &takes, false)
    };
    assert_eq!(
        Json::Object(given(&["Ann", "times=2", "true"]).unwrap()),
        json!({"who": "Ann", "times": 2, "loudly": true})
    );
    assert_eq!(
        given(&["Ann", "true", "5"]).unwrap_err().to_string(),
        "cannot tell which parameter `5` is for; write NAME=5"
    );
}

#[test]
fn a_wrong_value_is_told_with_what_would_be_right() {
    assert_eq!(
        refused("count=many"),
        "the parameter `count` takes a whole number, not `many`"
    );
    assert_eq!(
        refused("count=99999999999999999999"),
        "the parameter `count` takes a whole number, not `99999999999999999999`"
    );
    assert_eq!(
        refused("ratio=nan"),
        "the parameter `ratio` takes a number, not `nan`"
    );
    assert_eq!(
        refused("force=yes"),
        "the parameter `force` takes true or false, not `yes`"
    );
    assert_eq!(
        refused("labels={"),
        "the parameter `labels` takes an object: JSON, or name=value,name=value, not `{`"
    );
}

#[test]
fn a_file_gives_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.txt");
    fs::write(&file, "größe\n").unwrap();
    let word = [format!("@name={}", file.display())];
    let read = |action: &str| Json::Object(read(&word, &takes(action), false).unwrap());
    assert_eq!(read("examples.all"), json!({"name": "größe\n"}));
    assert_eq!(
        read("core.http"),
        json!({"file_content": "größe\n", "file_name": "body.txt", "method": "POST"})
    );
    let missing = refused("@name=no/such/file");
    assert_eq!(missing, "cannot read the file for the parameter `name`");
}
