//! Files in a card: texts behind a button that opens them, pictures as pictures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use squall_model::Json;
use squall_model::finding::File;

use super::card::{TextFile, text_block};
use crate::blocks::with;
use crate::picture;

const TEXTS: [&str; 4] = [".txt", ".json", ".yaml", ".log"];

/// The elements that show files. `known` files are in the card already; the lines of texts are given to `texts`, the card
/// fills them in.
pub(super) fn elements(files: &[File], known: usize, texts: &mut Vec<TextFile>) -> Vec<Json> {
    let is_text = |file: &&File| {
        let name = file.filename.to_lowercase();
        TEXTS.iter().any(|ending| name.ends_with(ending))
    };
    let shown: Vec<Shown<'_>> = files
        .iter()
        .filter(is_text)
        .enumerate()
        .map(|(number, file)| Shown {
            number: known + number,
            file,
        })
        .collect();
    let mut elements = Vec::new();
    if !shown.is_empty() {
        elements.push(column_set(
            &shown
                .iter()
                .flat_map(|one| one.buttons_above(&shown))
                .collect::<Vec<_>>(),
        ));
        elements.extend(shown.iter().map(Shown::container));
        elements.push(column_set(
            &shown
                .iter()
                .map(|one| one.button_below(&shown))
                .collect::<Vec<_>>(),
        ));
        texts.extend(shown.iter().map(Shown::lines));
    }
    elements.extend(pictures(files));
    elements
}

/// A text file among others.
struct Shown<'a> {
    number: usize,
    file: &'a File,
}

impl Shown<'_> {
    fn id(&self, part: &str) -> String {
        format!("file-{}-{part}", self.number)
    }

    fn label(&self, verb: &str) -> Json {
        let label = text_block(&format!("***{verb} {}***", self.file.filename), "medium");
        with(label, "isSubtle", json!(false))
    }

    fn buttons_above(&self, all: &[Self]) -> [Json; 4] {
        let space = || json!({"type": "Column", "width": "auto", "isVisible": true, "items": [text_block(" ", "medium")]});
        let open = column(&self.label("open"), true, &self.id("open"));
        let open = with(open, "selectAction", self.toggle(all, true));
        let close = column(&self.label("close"), false, &self.id("close"));
        let close = with(close, "selectAction", self.toggle(all, false));
        [open, close, space(), space()]
    }

    fn button_below(&self, all: &[Self]) -> Json {
        let close = column(&self.label("close"), false, &self.id("close-below"));
        with(close, "selectAction", self.toggle(all, false))
    }

    /// Shows this file and no other, or none.
    fn toggle(&self, all: &[Self], is_open: bool) -> Json {
        let mut targets: Vec<(String, bool)> = Vec::new();
        targets.extend(
            all.iter()
                .map(|one| (one.id("open"), !is_open || one.number != self.number)),
        );
        for part in ["close", "close-below", "text"] {
            targets.extend(
                all.iter()
                    .map(|one| (one.id(part), is_open && one.number == self.number)),
            );
        }
        let (visible, hidden): (Vec<_>, Vec<_>) =
            targets.into_iter().partition(|(_, is_visible)| *is_visible);
        let target =
            |(id, is_visible): (String, bool)| json!({"elementId": id, "isVisible": is_visible});
        json!({
            "type": "Action.ToggleVisibility",
            "title": if is_open { "press to open" } else { "press to close" },
            "targetElements": visible.into_iter().chain(hidden).map(target).collect::<Vec<_>>(),
        })
    }

    fn container(&self) -> Json {
        let text = with(text_block("", "medium"), "weight", json!("bolder"));
        json!({
            "type": "Container", "style": "accent", "isVisible": false, "bleed": false,
            "items": [text], "id": self.id("text"),
        })
    }

    fn lines(&self) -> TextFile {
        // Tabs and blanks at the beginning of lines are lost in Teams.
        let text = String::from_utf8_lossy(&self.file.contents).replace('\t', ". . . ");
        TextFile {
            container: self.id("text"),
            lines: text.split('\n').map(|line| format!("{line}\n\n")).collect(),
        }
    }
}

fn column(item: &Json, is_visible: bool, id: &str) -> Json {
    json!({"type": "Column", "width": "auto", "isVisible": is_visible, "items": [item], "id": id})
}

fn column_set(columns: &[Json]) -> Json {
    json!({"type": "ColumnSet", "columns": columns})
}

/// Teams shows neither SVG nor PNG that is in the card itself, so all are JPEG.
fn pictures(files: &[File]) -> Option<Json> {
    let picture = |file: &File| {
        let name = file.filename.to_lowercase();
        let contents = match name.rsplit_once('.')?.1 {
            "jpg" => file.contents.clone(),
            ending @ ("png" | "svg") => picture::jpeg(&file.contents, ending == "svg")?,
            _ => return None,
        };
        let url = format!("data:image/jpeg;base64,{}", STANDARD.encode(contents));
        Some(json!({"type": "Image", "url": url, "width": "700px"}))
    };
    let pictures: Vec<Json> = files.iter().filter_map(picture).collect();
    (!pictures.is_empty())
        .then(|| json!({"type": "ImageSet", "imageSize": "large", "images": pictures}))
}
