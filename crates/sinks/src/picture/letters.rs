//! Text of an SVG as shapes, in one font that comes with the program: whole lines, each at its place, as charts have them.

use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};
use ttf_parser::{Face, OutlineBuilder};

/// More letters of one picture are not drawn.
const MOST_LETTERS: usize = 10_000;

/// More elements are none of a picture that could be drawn in time.
const MOST_NODES: u32 = 100_000;

/// The letters are drawn so much narrower than they are: charts leave room for a font that is not of fixed width.
const NARROWER: f32 = 0.85;

/// The size of letters where nothing says it.
const USUAL_SIZE: f32 = 16.0;

/// What says where and how text stands, and has no meaning for a shape.
const OF_TEXT: [&str; 8] = [
    "x",
    "y",
    "dx",
    "dy",
    "rotate",
    "textLength",
    "lengthAdjust",
    "text-anchor",
];

/// The SVG with a shape in the place of each text; nothing if it is no SVG.
pub(super) fn drawn(svg: &str) -> Option<String> {
    let options = ParsingOptions {
        allow_dtd: true,
        nodes_limit: MOST_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(svg, options).ok()?;
    let face = Face::parse(epaint_default_fonts::HACK_REGULAR, 0).ok()?;
    let texts = document.descendants().filter(|node| {
        node.tag_name().name() == "text"
            && !node
                .ancestors()
                .skip(1)
                .any(|above| above.tag_name().name() == "text")
    });
    let mut left = MOST_LETTERS;
    let mut written = String::with_capacity(svg.len());
    let mut copied = 0;
    for text in texts {
        let Range { start, end } = text.range();
        written.push_str(svg.get(copied..start)?);
        written.push_str(&shape(text, &face, &mut left));
        copied = end;
    }
    written.push_str(svg.get(copied..)?);
    Some(written)
}

fn shape(text: Node<'_, '_>, face: &Face<'_>, left: &mut usize) -> String {
    let letters: Vec<char> = text
        .descendants()
        .filter_map(|node| node.text().filter(|_| node.is_text()))
        .flat_map(str::chars)
        .take(*left)
        .collect();
    *left -= letters.len();
    let size = property(text, "font-size")
        .and_then(number)
        .unwrap_or(USUAL_SIZE);
    let scale = size / f32::from(face.units_per_em());
    let place = |name: &str| text.attribute(name).and_then(number).unwrap_or(0.0);
    let advance = |letter: char| {
        let glyph = face.glyph_index(letter).unwrap_or_default();
        f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale * NARROWER
    };
    let length: f32 = letters.iter().map(|letter| advance(*letter)).sum();
    let before = match property(text, "text-anchor") {
        Some("middle") => length / 2.0,
        Some("end") => length,
        _ => 0.0,
    };
    let mut pen = Pen {
        path: String::new(),
        x: place("x") - before,
        y: place("y"),
        scale,
    };
    for letter in letters {
        let glyph = face.glyph_index(letter).unwrap_or_default();
        face.outline_glyph(glyph, &mut pen);
        pen.x += advance(letter);
    }
    let kept = text
        .attributes()
        .filter(|one| one.namespace().is_none() && !OF_TEXT.contains(&one.name()));
    let kept = kept.map(|one| format!(" {}=\"{}\"", one.name(), quoted(one.value())));
    format!("<path{} d=\"{}\"/>", kept.collect::<String>(), pen.path)
}

/// What the text, or the nearest thing around it, says: as an attribute, or in its style.
fn property<'a>(text: Node<'a, '_>, name: &str) -> Option<&'a str> {
    text.ancestors().find_map(|node| {
        let styled = node.attribute("style").and_then(|style| {
            let mut parts = style.split(';').filter_map(|part| part.split_once(':'));
            parts.find(|(known, _)| known.trim() == name)
        });
        styled
            .map(|(_, value)| value.trim())
            .or_else(|| node.attribute(name))
    })
}

/// A number, in pixels if it has a unit.
fn number(text: &str) -> Option<f32> {
    let digits = text.trim().trim_end_matches("px");
    digits
        .parse()
        .ok()
        .filter(|number: &f32| number.is_finite())
}

fn quoted(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('"', "&quot;")
}

/// Writes the outlines of letters as a path of SVG, whose y grows downwards.
struct Pen {
    path: String,
    x: f32,
    y: f32,
    scale: f32,
}

impl Pen {
    fn add(&mut self, command: char, points: &[(f32, f32)]) {
        self.path.push(command);
        for (x, y) in points {
            let (x, y) = (
                x.mul_add(self.scale * NARROWER, self.x),
                y.mul_add(-self.scale, self.y),
            );
            self.path.extend([format!("{x:.2} {y:.2} ")]);
        }
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.add('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.add('L', &[(x, y)]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.add('Q', &[(x1, y1), (x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.add('C', &[(x1, y1), (x2, y2), (x, y)]);
    }

    fn close(&mut self) {
        self.path.push('Z');
    }
}
