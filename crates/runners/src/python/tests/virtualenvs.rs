//! Packs with requirements. Nothing here needs a network: the package that is asked for is a file.

use super::*;

/// Writes a wheel: a package `shop` whose `price` is given, with a program of that name.
const WHEEL: &str = "
import sys, zipfile
folder, version, price = sys.argv[1:]
name = f'shop-{version}.dist-info'
with zipfile.ZipFile(f'{folder}/shop-{version}-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('shop.py', f'price = {price}\\ndef main(): print(\"the shop\")\\n')
    wheel.writestr(f'{name}/METADATA', f'Metadata-Version: 2.1\\nName: shop\\nVersion: {version}\\n')
    wheel.writestr(f'{name}/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(f'{name}/entry_points.txt', '[console_scripts]\\nshop = shop:main\\n')
    wheel.writestr(f'{name}/RECORD', '')
";

fn write_wheel(desk: &Desk, version: &str, price: &str) {
    let written = std::process::Command::new("python3")
        .args(["-c", WHEEL])
        .arg(desk.folder.path())
        .args([version, price])
        .status();
    assert!(written.unwrap().success());
    let wheel = desk
        .folder
        .path()
        .join(format!("shop-{version}-py3-none-any.whl"));
    let wheel = wheel.to_str().unwrap();
    desk.write("requirements.txt", &format!("# what we need\n{wheel}\n"));
}

#[tokio::test]
async fn a_pack_has_what_it_requires() {
    let desk = Desk::new();
    write_wheel(&desk, "1.0", "5");
    let look = "
import shop
ran = subprocess.run(['shop'], capture_output=True, text=True).stdout
again = [sys.executable, '-c', 'import shop; print(shop.price)']
child = subprocess.run(again, capture_output=True, text=True).stdout
return [shop.price, ran, child, 'virtualenvs' in sys.prefix, 'virtualenvs' in sys.path[0]]";
    let pack = desk.pack();
    // Several want it at once; it is built once, and their actions run.
    let (one, other, prepared) = tokio::join!(
        desk.give(look),
        desk.give(look),
        desk.host.python.prepare("tests", &pack),
    );
    prepared.unwrap();
    let expected = json!([5, "the shop\n", "5\n", true, true]);
    assert_eq!((&one, &other), (&expected, &expected));
    assert_eq!(virtualenvs(&desk), 1);

    // Changed requirements make another environment.
    write_wheel(&desk, "2.0.0", "7");
    let price = "import shop; return shop.price";
    assert_eq!(desk.give(price).await, 7);
    assert_eq!(virtualenvs(&desk), 2);

    // And none at all lead back to the plain interpreter.
    desk.write("requirements.txt", "# nothing\n\n");
    let plain = desk.run(&action(price)).await;
    assert!(
        text(&plain, "stderr").contains("No module named 'shop'"),
        "{plain:?}"
    );
}

fn virtualenvs(desk: &Desk) -> usize {
    let folder = desk.folder.path().join("data/virtualenvs");
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.join("squall-ready").is_file())
        .count()
}

#[tokio::test]
async fn what_cannot_be_installed_is_told() {
    let desk = Desk::with(without_uv);
    desk.write("requirements.txt", "./not_there-1.0-py3-none-any.whl\n");
    let outcome = desk.run(&action("return 1")).await;
    assert_eq!(outcome.verdict, Verdict::Failed);
    let error = text(&outcome, "error");
    let begin =
        "cannot make the virtualenv of the pack `tests`: `pip install` failed; it said last:\n";
    assert!(error.starts_with(begin), "{error}");
    assert!(error.contains("not_there-1.0"), "{error}");
    assert_eq!(virtualenvs(&desk), 0);

    // Once repaired, the next action works.
    desk.write("requirements.txt", "#\n");
    assert_eq!(desk.give("return 1").await, 1);
}

#[tokio::test]
async fn uv_is_preferred() {
    let programs = tempfile::tempdir().unwrap();
    let uv = "#!/bin/sh\necho \"uv $*\"; exit 3\n";
    let desk = Desk::with(|settings| with_program(settings, programs.path(), "uv", uv));
    desk.write("requirements.txt", "something\n");
    let outcome = desk.run(&action("return 1")).await;
    let error = text(&outcome, "error");
    assert!(
        error.contains("`uv venv` failed; it said last:\nuv venv --system-site-packages --python "),
        "{error}"
    );
}

/// Takes the folders with `uv` out of the `PATH`.
fn without_uv(settings: &mut crate::Settings) {
    for (name, value) in &mut settings.environment {
        if name == "PATH" {
            let folders: Vec<PathBuf> = std::env::split_paths(value)
                .filter(|folder| !folder.join("uv").exists())
                .collect();
            *value = std::env::join_paths(folders).unwrap();
        }
    }
}
