//! Pictures are looked at dot by dot.

use super::*;

const SVG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100" width="200" height="100" font-size="14">
<rect width="100%" height="100%" fill="#FFFFFF"/>
<polyline fill="none" stroke="#E07B39" stroke-width="4" points="0,90 100,50 200,10"/>
<text x="100" y="30" text-anchor="middle" fill="#11383A">CPU &amp; <tspan>more</tspan></text>
</svg>"##;

fn dot(picture: &Pixmap, x: u32, y: u32) -> (u8, u8, u8) {
    let dot = picture.pixel(x, y).unwrap().demultiply();
    (dot.red(), dot.green(), dot.blue())
}

fn file(name: &str, contents: &str) -> File {
    File {
        filename: name.to_owned(),
        contents: contents.as_bytes().to_vec(),
        ..File::default()
    }
}

#[test]
fn lines_and_letters_are_where_they_belong() {
    let picture = Pixmap::decode_png(&png(SVG.as_bytes()).unwrap()).unwrap();
    assert_eq!((picture.width(), picture.height()), (200, 100));
    for (x, y) in [(50, 70), (100, 50), (150, 30)] {
        assert_eq!(dot(&picture, x, y), (0xe0, 0x7b, 0x39), "{x} {y}");
    }
    assert_eq!(dot(&picture, 50, 50), (255, 255, 255));
    let dark = |from: u32, to: u32| {
        let columns = (from..to).flat_map(|x| (15..36).map(move |y| (x, y)));
        columns
            .filter(|(x, y)| dot(&picture, *x, *y).0 < 0xa0)
            .count()
    };
    // Letters of about seven dots each, around the middle.
    assert!(dark(62, 138) > 60, "{}", dark(62, 138));
    assert_eq!((dark(0, 60), dark(145, 200)), (0, 0));
}

#[test]
fn a_jpeg_shows_the_same_on_white() {
    let see_through = SVG.replace(r##"<rect width="100%" height="100%" fill="#FFFFFF"/>"##, "");
    let of_svg = jpeg(see_through.as_bytes(), true).unwrap();
    assert!(of_svg.starts_with(&[0xff, 0xd8, 0xff]) && of_svg.ends_with(&[0xff, 0xd9]));
    let of_png = jpeg(&png(see_through.as_bytes()).unwrap(), false).unwrap();
    assert_eq!(of_svg, of_png);
}

#[test]
fn pictures_stand_in_for_their_svg() {
    let names = |files: Vec<File>, keep_svg| -> Vec<String> {
        let files = drawn(files, keep_svg);
        files.into_iter().map(|file| file.filename).collect()
    };
    let files = || {
        vec![
            file("a.svg", SVG),
            file("a.log", "x"),
            file("bad.svg", "<svg"),
        ]
    };
    assert_eq!(names(files(), false), ["a.log", "bad.svg", "a.png"]);
    assert_eq!(names(files(), true), ["a.svg", "a.log", "bad.svg", "a.png"]);
    let both = vec![file("a.svg", SVG), file("a.png", "there")];
    assert_eq!(names(both, false), ["a.png"]);
}

#[test]
fn what_is_no_picture_or_too_large_is_not_drawn() {
    let large = SVG.replace(
        "width=\"200\" height=\"100\"",
        "width=\"99999\" height=\"99999\"",
    );
    let deep = format!("{}{}", "<g>".repeat(50_000), "</g>".repeat(50_000));
    let deep = SVG.replace("</svg>", &format!("{deep}</svg>"));
    let loops = r##"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><g id="a"><use href="#a"/></g></svg>"##;
    for svg in ["", "text", "<html/>", &large, &"x".repeat(MOST_OF_SVG + 1)] {
        assert_eq!(png(svg.as_bytes()), None);
    }
    for svg in [deep.as_str(), loops] {
        drop(png(svg.as_bytes()));
    }
    let mut huge = png(SVG.as_bytes()).unwrap();
    huge.splice(16..20, 1_000_000_u32.to_be_bytes());
    assert_eq!(jpeg(&huge, false), None);
}

#[test]
fn nothing_outside_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("black.svg");
    fs_err::write(
        &secret,
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>"##,
    )
    .unwrap();
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10" fill="#fff"/><image width="10" height="10" href="{}"/></svg>"##,
        secret.display()
    );
    let picture = Pixmap::decode_png(&png(svg.as_bytes()).unwrap()).unwrap();
    assert_eq!(dot(&picture, 5, 5), (255, 255, 255));
}
