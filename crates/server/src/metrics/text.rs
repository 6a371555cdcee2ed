//! Prometheus' text form, version 0.0.4.

use std::fmt::{Display, Write as _};

use squall_model::histogram::Counted;

/// Metrics as they are written.
#[derive(Debug, Default)]
pub(super) struct Text(String);

/// The labels of one sample.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

impl Text {
    /// Begins a family; all its samples follow.
    pub(super) fn family(&mut self, name: &str, about: &str, kind: &str) {
        self.0.extend([
            "# HELP ",
            name,
            " ",
            about,
            "\n# TYPE ",
            name,
            " ",
            kind,
            "\n",
        ]);
    }

    /// One sample.
    pub(super) fn sample(&mut self, name: &str, labels: Labels<'_>, value: impl Display) {
        self.0.push_str(name);
        for (place, (label, text)) in labels.iter().enumerate() {
            self.0.push(if place == 0 { '{' } else { ',' });
            let text = text
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            self.0.extend([label, "=\"", &text, "\""]);
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        // Writing to a text cannot fail.
        writeln!(self.0, " {value}").unwrap_or_default();
    }

    /// A family of one counter.
    pub(super) fn counter(&mut self, name: &str, about: &str, value: impl Display) {
        self.family(name, about, "counter");
        self.sample(name, &[], value);
    }

    /// A family of one gauge.
    pub(super) fn gauge(&mut self, name: &str, about: &str, value: impl Display) {
        self.family(name, about, "gauge");
        self.sample(name, &[], value);
    }

    /// The samples of one histogram.
    pub(super) fn histogram(&mut self, name: &str, labels: Labels<'_>, counted: &Counted) {
        let bucket = format!("{name}_bucket");
        let beyond = ("+Inf".to_owned(), counted.total);
        let bounds = counted
            .up_to
            .iter()
            .map(|(bound, count)| (bound.to_string(), *count));
        for (bound, count) in bounds.chain([beyond]) {
            let labels: Vec<_> = labels
                .iter()
                .copied()
                .chain([("le", bound.as_str())])
                .collect();
            self.sample(&bucket, &labels, count);
        }
        self.sample(&format!("{name}_sum"), labels, counted.sum.as_secs_f64());
        self.sample(&format!("{name}_count"), labels, counted.total);
    }

    /// The whole text.
    pub(super) fn end(self) -> String {
        self.0
    }
}
