//! Line charts as SVG, small and without scripts or fonts of their own.

use chrono::DateTime;

use super::graph::Format;

/// What a chart shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    /// Above it.
    pub(crate) title: String,
    /// What its values count.
    pub(crate) format: Format,
    /// From when to when, in seconds since 1970.
    pub(crate) times: (f64, f64),
    /// From above to below in the legend.
    pub(crate) lines: Vec<Line>,
    /// Whether the lines are named below it.
    pub(crate) has_legend: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Its name.
    pub(crate) label: String,
    /// `#rrggbb`; of its own if it has none.
    pub(crate) color: Option<&'static str>,
    /// Whether it is dashed.
    pub(crate) is_dashed: bool,
    /// Times and values.
    pub(crate) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 1280.0;
const HEIGHT: f64 = 500.0;
const LEFT: f64 = 110.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 100.0;

/// How many marks each axis has.
const MARKS: u32 = 5;

/// The longest name in a legend, and how many names it has at most.
const LONGEST_NAME: usize = 40;
const MOST_NAMES: usize = 10;

/// Colours that are told apart, also by those who see few of them.
const COLORS: [&str; 8] = [
    "#3F6FD8", "#E07B39", "#2A9D8F", "#9747FF", "#8C564B", "#C2185B", "#607D8B", "#B8860B",
];

impl Chart {
    /// The picture.
    pub(crate) fn svg(&self) -> String {
        let mut parts = vec![format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" font-family=\"sans-serif\" font-size=\"14\">\
             <rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>\
             <text x=\"{:.0}\" y=\"28\" text-anchor=\"middle\" font-size=\"18\" fill=\"#11383A\">{}</text>",
            WIDTH / 2.0,
            escaped(&self.title)
        )];
        let highest = self.highest();
        parts.push(self.values_axis(highest));
        parts.push(self.times_axis());
        for (number, line) in self.lines.iter().enumerate() {
            parts.push(self.drawn(line, number, highest));
        }
        if self.has_legend {
            parts.push(self.legend());
        }
        parts.push("</svg>".to_owned());
        parts.concat()
    }

    /// The value at the upper edge: a fifth above the highest.
    fn highest(&self) -> f64 {
        let values = self
            .lines
            .iter()
            .flat_map(|line| &line.points)
            .map(|(_, value)| *value);
        let highest = values
            .filter(|value| value.is_finite())
            .fold(0.0_f64, f64::max);
        if highest > 0.0 { highest * 1.2 } else { 1.0 }
    }

    fn values_axis(&self, highest: f64) -> String {
        let mark = |number: u32| {
            let share = f64::from(number) / f64::from(MARKS - 1);
            let y = TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share);
            format!(
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\" stroke=\"#E7EBEB\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#3F3F3F\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 10.0,
                y + 5.0,
                escaped(&self.format.shown(highest * share)),
            )
        };
        (0..MARKS).map(mark).collect()
    }

    fn times_axis(&self) -> String {
        let (from, to) = self.times;
        let mark = |number: u32| {
            let share = f64::from(number) / f64::from(MARKS - 1);
            let x = LEFT + (WIDTH - LEFT - RIGHT) * share;
            format!(
                "<line x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{:.1}\" stroke=\"#E7EBEB\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#3F3F3F\">{}</text>",
                HEIGHT - BOTTOM,
                HEIGHT - BOTTOM + 22.0,
                moment(from + (to - from) * share),
            )
        };
        (0..MARKS).map(mark).collect()
    }

    fn drawn(&self, line: &Line, number: usize, highest: f64) -> String {
        let place = |(time, value): &(f64, f64)| {
            (time.is_finite() && value.is_finite()).then(|| {
                let (x, y) = (self.x(*time), y(*value, highest));
                format!("{x:.1},{y:.1}")
            })
        };
        let points: Vec<String> = line.points.iter().filter_map(place).collect();
        let dashes = if line.is_dashed {
            " stroke-dasharray=\"6 4\""
        } else {
            ""
        };
        format!(
            "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{dashes} points=\"{}\"/>",
            color(line, number),
            points.join(" "),
        )
    }

    fn x(&self, time: f64) -> f64 {
        let (from, to) = self.times;
        let share = if to > from {
            (time - from) / (to - from)
        } else {
            0.0
        };
        LEFT + (WIDTH - LEFT - RIGHT) * share.clamp(0.0, 1.0)
    }

    fn legend(&self) -> String {
        const COLUMNS: usize = 5;
        let entry = |(number, line): (usize, &Line)| {
            let cell = |count: usize| u32::try_from(count).map_or(0.0, f64::from);
            let x = LEFT + cell(number % COLUMNS) * (WIDTH - LEFT - RIGHT) / cell(COLUMNS);
            let y = HEIGHT - BOTTOM + 54.0 + cell(number / COLUMNS) * 24.0;
            let name: String = line.label.chars().take(LONGEST_NAME).collect();
            format!(
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"10\" height=\"10\" fill=\"{}\"/>\
                 <text x=\"{:.1}\" y=\"{y:.1}\" fill=\"#3F3F3F\">{}</text>",
                y - 10.0,
                color(line, number),
                x + 16.0,
                escaped(&name),
            )
        };
        self.lines
            .iter()
            .enumerate()
            .take(MOST_NAMES)
            .map(entry)
            .collect()
    }
}

fn y(value: f64, highest: f64) -> f64 {
    let share = (value / highest).clamp(0.0, 1.0);
    TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share)
}

fn color(line: &Line, number: usize) -> &'static str {
    let own = COLORS.get(number % COLORS.len()).copied();
    line.color.or(own).unwrap_or("#3F3F3F")
}

fn moment(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "`as` holds at the bounds")]
    let at = DateTime::from_timestamp(seconds as i64, 0).unwrap_or_default();
    at.format("%b %-d %H:%M").to_string()
}

/// The text in XML; what may not stand there at all is left out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(' '),
            _ if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            _ => out.push(letter),
        }
    }
    out
}
