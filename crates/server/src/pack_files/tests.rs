//! Paths that lead out of a pack lead nowhere.

use std::os::unix::fs::symlink;

use squall_model::{Id, Object};

use super::*;

/// Every way out that was ever tried; `secret.txt` lies beside the pack.
const OUT: [&str; 14] = [
    "../secret.txt",
    "actions/../../secret.txt",
    "actions/../../lab/../secret.txt",
    "./../secret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "link.txt",
    "linked/secret.txt",
    "linked/../secret.txt",
    "..",
    ".",
    "",
    "actions",
    "pack.yaml\0.png",
];

fn pack() -> (tempfile::TempDir, Pack) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab");
    fs::create_dir_all(path.join("actions/lib")).unwrap();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    fs::write(path.join("pack.yaml"), "name: lab\n").unwrap();
    fs::write(path.join("icon.png"), b"\x89PNG\0").unwrap();
    fs::write(path.join("large.txt"), vec![b'x'; 500_001]).unwrap();
    symlink("../secret.txt", path.join("link.txt")).unwrap();
    symlink("..", path.join("linked")).unwrap();
    symlink("pack.yaml", path.join("same.yaml")).unwrap();
    let files = ["pack.yaml", "icon.png", "large.txt", "link.txt", "gone.txt"];
    let pack = Pack {
        id: Id::of("pack:lab"),
        reference: "lab".to_owned(),
        name: "lab".to_owned(),
        description: String::new(),
        keywords: Vec::new(),
        version: "1.0.0".to_owned(),
        stackstorm_version: None,
        python_versions: Vec::new(),
        author: String::new(),
        email: None,
        contributors: Vec::new(),
        dependencies: Vec::new(),
        system: Object::new(),
        files: files.map(str::to_owned).into(),
        path,
    };
    (folder, pack)
}

#[test]
fn a_file_is_read_only_inside_its_pack() {
    let (_folder, pack) = pack();
    assert_eq!(read(&pack, "pack.yaml").unwrap().content, b"name: lab\n");
    assert_eq!(read(&pack, "./pack.yaml").unwrap().content, b"name: lab\n");
    assert_eq!(read(&pack, "same.yaml").unwrap().content, b"name: lab\n");
    for path in OUT {
        let refused = read(&pack, path).unwrap_err();
        assert!(matches!(refused, Error::NotFound(_)), "{path}: {refused}");
    }
    assert_eq!(
        read(&pack, "large.txt").unwrap_err().to_string(),
        "File large.txt exceeds maximum allowed file size (500000 bytes)"
    );
}

#[test]
fn only_texts_are_shown_together() {
    let (_folder, pack) = pack();
    assert_eq!(
        texts(&pack),
        [("pack.yaml".to_owned(), "name: lab\n".to_owned())]
    );
}

#[test]
fn a_file_is_written_only_inside_its_folder() {
    let (folder, pack) = pack();
    let actions = pack.path.join(ACTIONS);
    symlink("../..", actions.join("up")).unwrap();
    symlink("../../secret.txt", actions.join("over.txt")).unwrap();
    let written = write(&actions, "lib/deep/er/a.py", b"one").unwrap();
    assert_eq!(fs::read(written).unwrap(), b"one");
    write(&actions, "lib/deep/er/a.py", b"two").unwrap();
    for path in ["up/a.txt", "up/new/a.txt", "over.txt", "lib"]
        .iter()
        .chain(&OUT)
    {
        // Some of these names are free here, and harmless.
        if ["link.txt", "linked/secret.txt", "actions"].contains(path) {
            continue;
        }
        assert!(write(&actions, path, b"mine").is_err(), "{path}");
    }
    let beside: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
    assert_eq!(
        fs::read(folder.path().join("secret.txt")).unwrap(),
        b"secret"
    );
}
