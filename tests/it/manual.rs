//! What the manual tells people to type works as it stands there, and shows what it is said to show.
//!
//! A page is played from its top to its end, in a folder and with a server of its own. `<!-- file: PATH -->` makes a file
//! of the block that follows. A block marked `console` is typed: a line after `$ ` is a command, the lines below it are
//! lines of what it says, in their order, some left out; `…` stands for any text. `console fails` is for commands that end
//! with an error. `ID` and `EVENT` are the newest execution and event.

mod page;
mod player;

use std::path::{Path, PathBuf};
use std::thread;

use page::{Page, Step};
use player::Player;

/// How many pages are played side by side.
const AT_A_TIME: usize = 3;

#[test]
fn the_commands_of_the_manual_work() {
    let pages: Vec<Page> = files()
        .iter()
        .map(|file| Page::read(file))
        .filter(Page::has_commands)
        .collect();
    assert!(pages.len() >= 8, "only {} pages have commands", pages.len());
    let faults: Vec<String> = pages
        .chunks(AT_A_TIME)
        .flat_map(|chunk| {
            thread::scope(|scope| {
                let played: Vec<_> = chunk
                    .iter()
                    .map(|page| scope.spawn(|| play(page)))
                    .collect();
                let joined = played.into_iter().map(|thread| thread.join().unwrap());
                joined.filter_map(Result::err).collect::<Vec<_>>()
            })
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Every page can be found: mdBook shows only what is in the summary.
#[test]
fn the_summary_names_every_page() {
    let summary = fs_err::read_to_string(folder().join("SUMMARY.md")).unwrap();
    let missing: Vec<PathBuf> = files()
        .into_iter()
        .filter(|file| !file.ends_with("SUMMARY.md"))
        .filter(|file| {
            let name = file.strip_prefix(folder()).unwrap().display();
            !summary.contains(&format!("({name})"))
        })
        .collect();
    assert!(missing.is_empty(), "not in docs/SUMMARY.md: {missing:?}");
}

/// Links from page to page lead somewhere.
#[test]
fn the_links_of_the_manual_lead_somewhere() {
    let mut broken = Vec::new();
    for file in files() {
        let page = Page::read(&file);
        for link in page.links() {
            let target = file.parent().unwrap().join(link);
            if !target.exists() {
                broken.push(format!("{}: {link}", page.name()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn play(page: &Page) -> Result<(), String> {
    let mut player = Player::new();
    for step in page.steps() {
        match step {
            Step::File { path, text } => player.write(path, text),
            Step::Command { line, shows, fails } => player
                .type_in(line, shows, *fails)
                .map_err(|fault| format!("{}: $ {line}\n{fault}", page.name()))?,
        }
    }
    Ok(())
}

fn folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap().join("docs")
}

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in [folder(), folder().join("decisions")] {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
