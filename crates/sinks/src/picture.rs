//! Pictures for services that show no SVG: an SVG becomes a PNG, and either becomes a JPEG.
//!
//! Nothing outside the SVG is read: no file, no address, no font of the machine. What would be larger than a screen can
//! show, or cannot be drawn, has no picture.

mod letters;

use std::sync::Arc;

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree};
use squall_model::finding::File;

/// A larger SVG is not drawn.
const MOST_OF_SVG: usize = 4_000_000;

/// The longest side of a picture.
const LONGEST_SIDE: u32 = 4_000;

/// How well a JPEG shows what it shows, of 100: lines and letters stay sharp.
const QUALITY: u8 = 90;

/// The files with a PNG beside each SVG that has none. The SVGs themselves go, unless they are wanted or could not be drawn.
pub(crate) fn drawn(mut files: Vec<File>, keep_svg: bool) -> Vec<File> {
    let has = |files: &[File], name: &str| files.iter().any(|file| file.filename == name);
    let mut pictures = Vec::new();
    for file in &files {
        if let Some(name) = name_of_png(file).filter(|name| !has(&files, name))
            && let Some(contents) = png(&file.contents)
        {
            pictures.push(File {
                filename: name,
                contents,
                ..File::default()
            });
        }
    }
    files.extend(pictures);
    if !keep_svg {
        let drawn: Vec<bool> = files
            .iter()
            .map(|file| name_of_png(file).is_some_and(|name| has(&files, &name)))
            .collect();
        let mut drawn = drawn.into_iter();
        files.retain(|_| !drawn.next().unwrap_or_default());
    }
    files
}

fn name_of_png(file: &File) -> Option<String> {
    let name = file.filename.strip_suffix(".svg")?;
    Some(format!("{name}.png"))
}

/// The SVG as a PNG.
fn png(svg: &[u8]) -> Option<Vec<u8>> {
    pixels(svg)?.encode_png().ok()
}

/// An SVG or a PNG as a JPEG, on white.
pub(crate) fn jpeg(contents: &[u8], is_svg: bool) -> Option<Vec<u8>> {
    let picture = if is_svg {
        pixels(contents)?
    } else {
        bounded_png(contents)?
    };
    let mut page = Pixmap::new(picture.width(), picture.height())?;
    page.fill(Color::WHITE);
    let paint = resvg::tiny_skia::PixmapPaint::default();
    page.draw_pixmap(0, 0, picture.as_ref(), &paint, Transform::identity(), None);
    let mut written = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut written, QUALITY);
    let side = |length: u32| u16::try_from(length).ok();
    let (width, height) = (side(page.width())?, side(page.height())?);
    encoder
        .encode(page.data(), width, height, jpeg_encoder::ColorType::Rgba)
        .ok()?;
    Some(written)
}

/// A PNG says in its first bytes how large it is; that is looked at before it is unpacked.
fn bounded_png(contents: &[u8]) -> Option<Pixmap> {
    let side = |from: usize| {
        let bytes = contents.get(from..from + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    };
    let is_small = side(16)? <= LONGEST_SIDE && side(20)? <= LONGEST_SIDE;
    is_small.then(|| Pixmap::decode_png(contents).ok())?
}

fn pixels(svg: &[u8]) -> Option<Pixmap> {
    if svg.len() > MOST_OF_SVG {
        return None;
    }
    let written = letters::drawn(std::str::from_utf8(svg).ok()?)?;
    let options = Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _: Arc<Vec<u8>>, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_str(&written, &options).ok()?;
    let size = tree.size().to_int_size();
    if size.width() > LONGEST_SIDE || size.height() > LONGEST_SIDE {
        return None;
    }
    let mut pixels = Pixmap::new(size.width(), size.height())?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    Some(pixels)
}

#[cfg(test)]
mod tests;
