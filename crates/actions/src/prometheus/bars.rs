//! Bars as SVG, one below the other, small and without scripts or fonts of their own.

use super::chart::escaped;

/// What a picture shows.
pub(crate) struct Bars {
    /// Above it.
    pub(crate) title: String,
    /// What the bars of a row are, where there are several.
    pub(crate) legend: Vec<&'static str>,
    /// From above to below.
    pub(crate) rows: Vec<Row>,
    /// How a value is written.
    pub(crate) shown: fn(f64) -> String,
}

/// The bars of one name.
pub(crate) struct Row {
    /// What they belong to.
    pub(crate) name: String,
    /// How long they are.
    pub(crate) values: Vec<f64>,
}

const WIDTH: f64 = 1280.0;
const LEFT: f64 = 420.0;
const RIGHT: f64 = 120.0;
const TOP: f64 = 80.0;

/// How high a bar is, and the room below those of a row.
const BAR: f64 = 14.0;
const BETWEEN: f64 = 10.0;

/// The longest name.
const LONGEST_NAME: usize = 48;

const COLORS: [&str; 2] = ["#3F6FD8", "#E07B39"];

impl Bars {
    /// The picture.
    pub(crate) fn svg(&self) -> String {
        let height = self.rows.iter().map(Row::height).sum::<f64>() + TOP + BETWEEN;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"14\">\
             <rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>\
             <text x=\"{:.0}\" y=\"28\" text-anchor=\"middle\" font-size=\"18\" fill=\"#11383A\">{}</text>",
            WIDTH / 2.0,
            escaped(&self.title)
        );
        let mut x = LEFT;
        for (name, color) in self.legend.iter().zip(COLORS) {
            svg.extend([format!(
                "<rect x=\"{x:.1}\" y=\"46\" width=\"10\" height=\"10\" fill=\"{color}\"/>\
                 <text x=\"{:.1}\" y=\"56\" fill=\"#3F3F3F\">{}</text>",
                x + 16.0,
                escaped(name)
            )]);
            x += 220.0;
        }
        let values = self.rows.iter().flat_map(|row| &row.values).copied();
        let longest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let mut y = TOP;
        for row in &self.rows {
            svg.push_str(&self.row(row, y, longest));
            y += row.height();
        }
        svg.push_str("</svg>");
        svg
    }

    fn row(&self, row: &Row, y: f64, longest: f64) -> String {
        let name: String = row.name.chars().take(LONGEST_NAME).collect();
        let mut parts = format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#3F3F3F\">{}</text>",
            LEFT - 10.0,
            y + 12.0,
            escaped(&name)
        );
        let mut top = y;
        for (value, color) in row.values.iter().zip(COLORS) {
            let share = if longest > 0.0 && value.is_finite() {
                (value / longest).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let length = share * (WIDTH - LEFT - RIGHT);
            parts.extend([format!(
                "<rect x=\"{LEFT}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"{BAR}\" fill=\"{color}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" fill=\"#3F3F3F\">{}</text>",
                LEFT + length + 8.0,
                top + 12.0,
                escaped(&(self.shown)(*value))
            )]);
            top += BAR;
        }
        parts
    }
}

impl Row {
    fn height(&self) -> f64 {
        let bars = u32::try_from(self.values.len()).map_or(0.0, f64::from);
        bars.max(1.0) * BAR + BETWEEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values() {
        let row = |name: &str, values: [f64; 2]| Row {
            name: name.to_owned(),
            values: values.to_vec(),
        };
        let bars = Bars {
            title: "a < b".to_owned(),
            legend: vec!["one", "two"],
            rows: vec![row("web", [2.0, 1.0]), row("db", [f64::NAN, 0.0])],
            shown: |value| format!("{value:.1}"),
        };
        let svg = bars.svg();
        assert!(
            svg.contains("a &lt; b") && svg.contains("height=\"166\""),
            "{svg}"
        );
        for length in ["740.0", "370.0", "0.0"] {
            assert!(svg.contains(&format!("width=\"{length}\"")), "{svg}");
        }
    }
}
