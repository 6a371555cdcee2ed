//! The pack `labs_sre` reaches clusters as real ones are reached: over TLS, by certificates, tokens and programs.

use std::process::Command;

use crate::command;
use crate::packs::examples;

#[test]
fn the_pack_passes_its_own_tests() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    fs_err::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
    let key = made.signing_key.serialize_pem();
    fs_err::write(folder.path().join("key.pem"), key).unwrap();
    let mut tests = Command::new("python3");
    tests.args(["-B", "-m", "unittest", "discover", "tests"]);
    tests.current_dir(examples().join("labs_sre"));
    let ended = command::run(tests.env("LABS_SRE_TLS", folder.path()));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("Ran 3 tests"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("skipped"), "{}", ended.stderr);
}
