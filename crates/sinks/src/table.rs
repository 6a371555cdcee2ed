//! Tables as text of fixed width, in the layout that Python's `tabulate` calls presto: columns of numbers are never
//! broken over lines, and whole rows are left out where there is no room for all.

mod number;
mod wrap;

use squall_model::finding::{File, MARKDOWN_LIMIT, Table};

use number::{afterpoint, general, is_float, is_whole};

/// How wide a table in a message may be.
const WIDTH_IN_MESSAGES: usize = 70;

/// How wide a table in a file may be.
pub(crate) const WIDTH_IN_FILES: usize = 250;

/// A narrower column of text cannot be read.
const NARROWEST: usize = 4;

/// The table in a code block that fits in one block of a message.
pub(crate) fn fenced(table: &Table) -> String {
    fenced_with(table, MARKDOWN_LIMIT - 1, &|omitted| {
        format!("... {} more rows not shown", omitted.len())
    })
    .0
}

/// The table in a code block of at most `most` characters, and how many of its rows are not in it. `note` says what
/// stands in their place.
pub(crate) fn fenced_with(
    table: &Table,
    most: usize,
    note: &dyn Fn(&[Vec<String>]) -> String,
) -> (String, usize) {
    let (begin, end) = ("```\n", "\n```");
    let mut name = String::new();
    if !table.table_name.is_empty() {
        let room = most.saturating_sub(begin.len() + end.len());
        name = format!("{}\n", table.table_name)
            .chars()
            .take(room)
            .collect();
    }
    let room = most.saturating_sub(name.chars().count() + begin.len() + end.len());
    let (text, omitted) = if room > 0 {
        Layout::of(table, WIDTH_IN_MESSAGES).within(room, note)
    } else {
        (String::new(), table.rows.len())
    };
    (format!("{name}{begin}{text}{end}"), omitted)
}

/// The whole table, at most so wide if that can be.
pub(crate) fn plain(table: &Table, width: usize) -> String {
    let layout = Layout::of(table, width);
    layout.text(layout.rows.len())
}

/// The whole table, as wide as in a message.
pub(crate) fn plain_for_message(table: &Table) -> String {
    plain(table, WIDTH_IN_MESSAGES)
}

/// The whole table as a file, as wide as files may be.
pub(crate) fn as_file(table: &Table) -> File {
    let name = if table.table_name.is_empty() {
        "data"
    } else {
        &table.table_name
    };
    File {
        filename: format!("{name}.txt"),
        contents: plain(table, WIDTH_IN_FILES).into_bytes(),
        ..File::default()
    }
}

struct Layout<'a> {
    headers: &'a [String],
    rows: &'a [Vec<String>],
    widths: Vec<usize>,
}

impl<'a> Layout<'a> {
    fn of(table: &'a Table, most: usize) -> Self {
        Self {
            headers: &table.headers,
            rows: &table.rows,
            widths: widths(&table.headers, &table.rows, most),
        }
    }

    /// The first `count` rows.
    fn text(&self, count: usize) -> String {
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .take(count)
            .map(|row| self.wrapped(row))
            .collect();
        presto(self.headers, &rows)
    }

    fn wrapped(&self, row: &[String]) -> Vec<String> {
        let columns = self.rows.first().map_or(0, Vec::len);
        let cells = row.iter().zip(&self.widths).take(columns);
        let wrap = |(cell, width): (&String, &usize)| {
            if is_float(cell) {
                cell.clone()
            } else {
                wrap::lines(cell, *width).join("\n")
            }
        };
        cells.map(wrap).collect()
    }

    /// As many rows as fit, with a note about the others.
    fn within(&self, most: usize, note: &dyn Fn(&[Vec<String>]) -> String) -> (String, usize) {
        let whole = self.text(self.rows.len());
        if whole.chars().count() <= most {
            return (whole, 0);
        }
        let mut best = None;
        let (mut low, mut high) = (0, self.rows.len());
        while low <= high {
            let middle = usize::midpoint(low, high);
            let mut candidate = self.text(middle);
            let omitted = self.rows.get(middle..).unwrap_or_default();
            if !omitted.is_empty() {
                candidate = format!("{candidate}\n{}", note(omitted));
            }
            if candidate.chars().count() <= most {
                best = Some((candidate, omitted.len()));
                low = middle + 1;
            } else if middle == 0 {
                break;
            } else {
                high = middle - 1;
            }
        }
        best.unwrap_or_else(|| (whole_lines(&whole, most), self.rows.len()))
    }
}

/// How wide each column may be, so that all of them are at most so wide. The widest column of text gives way first.
fn widths(headers: &[String], rows: &[Vec<String>], most: usize) -> Vec<usize> {
    let count = rows
        .iter()
        .map(Vec::len)
        .chain([headers.len()])
        .max()
        .unwrap_or(0);
    let mut widths = vec![0_usize; count];
    for row in std::iter::once(headers).chain(rows.iter().map(Vec::as_slice)) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let numeric: Vec<bool> = (0..count).map(|column| is_numeric(rows, column)).collect();
    let mut surplus = widths.iter().sum::<usize>().saturating_sub(most);
    while surplus > 0 {
        let mut widest: Option<&mut usize> = None;
        for (width, numeric) in widths.iter_mut().zip(&numeric) {
            let is_wider = widest.as_ref().is_none_or(|widest| *width > **widest);
            if !numeric && *width > NARROWEST && is_wider {
                widest = Some(width);
            }
        }
        let Some(widest) = widest else {
            break;
        };
        *widest -= 1;
        surplus -= 1;
    }
    widths
}

fn is_numeric(rows: &[Vec<String>], column: usize) -> bool {
    let cells = rows.iter().filter_map(|row| row.get(column));
    let mut cells = cells.filter(|cell| !cell.trim().is_empty()).peekable();
    cells.peek().is_some() && cells.all(|cell| number::is_python_float(cell))
}

fn whole_lines(text: &str, most: usize) -> String {
    let end = "\n...";
    let mut left = most.saturating_sub(end.len());
    let mut kept = Vec::new();
    for line in text.lines() {
        let length = line.chars().count() + 1;
        if length > left {
            break;
        }
        left -= length;
        kept.push(line);
    }
    format!("{}{end}", kept.join("\n"))
}

/// How the values of a column are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Flag,
    Whole,
    Float,
    Text,
}

struct Column {
    kind: Kind,
    cells: Vec<String>,
    width: usize,
}

fn presto(headers: &[String], rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let missing = if rows.is_empty() {
        0
    } else {
        rows.first()
            .map_or(0, Vec::len)
            .saturating_sub(headers.len())
    };
    let mut named: Vec<&str> = Vec::new();
    if !headers.is_empty() {
        named.extend(std::iter::repeat_n("", missing));
        named.extend(headers.iter().map(String::as_str));
    }
    if rows.is_empty() {
        let columns: Vec<(usize, Kind)> = named
            .iter()
            .map(|header| (widest_line(header) + 2, Kind::Text))
            .collect();
        return lines(&named, &columns, &[]);
    }
    let is_multiline = has_many_lines(&named, rows);
    let column = |index| column(rows, index, named.get(index).copied(), is_multiline);
    let columns: Vec<Column> = (0..count).map(column).collect();
    let shapes: Vec<(usize, Kind)> = columns
        .iter()
        .map(|column| (column.width, column.kind))
        .collect();
    let padded: Vec<Vec<String>> = (0..rows.len())
        .map(|row| {
            columns
                .iter()
                .map(|column| column.cells.get(row).cloned().unwrap_or_default())
                .collect()
        })
        .collect();
    lines(&named, &shapes, &padded)
}

fn column(rows: &[Vec<String>], index: usize, header: Option<&str>, is_multiline: bool) -> Column {
    let cells: Vec<Option<&str>> = rows
        .iter()
        .map(|row| row.get(index).map(String::as_str))
        .collect();
    let kind = cells
        .iter()
        .flatten()
        .map(|cell| kind_of(cell))
        .max()
        .unwrap_or(Kind::Flag);
    let mut shown: Vec<String> = cells
        .iter()
        .map(|cell| shown(cell.unwrap_or_default(), kind))
        .collect();
    let is_number = matches!(kind, Kind::Whole | Kind::Float);
    if is_number {
        let decimals: Vec<Option<usize>> = shown.iter().map(|cell| afterpoint(cell)).collect();
        let places = |decimals: Option<usize>| decimals.map_or(0, |count| count + 1);
        let most = decimals.iter().copied().map(places).max().unwrap_or(0);
        for (cell, decimals) in shown.iter_mut().zip(decimals) {
            cell.push_str(&" ".repeat(most - places(decimals)));
        }
    } else {
        shown = shown.iter().map(|cell| cell.trim().to_owned()).collect();
    }
    let least = header.map_or(0, |header| widest_line(header) + 2);
    let width = shown
        .iter()
        .map(|cell| widest_line(cell))
        .max()
        .unwrap_or(0)
        .max(least);
    Column {
        kind,
        cells: shown
            .iter()
            .map(|cell| {
                if is_multiline {
                    // An empty cell has no line, and a row of them vanishes, as `tabulate` has it.
                    pad(cell, width, is_number)
                } else {
                    pad_line(cell, width, is_number)
                }
            })
            .collect(),
        width,
    }
}

fn kind_of(cell: &str) -> Kind {
    if cell == "True" || cell == "False" {
        Kind::Flag
    } else if is_whole(cell) {
        Kind::Whole
    } else if is_float(cell) {
        Kind::Float
    } else {
        Kind::Text
    }
}

fn shown(cell: &str, kind: Kind) -> String {
    match kind {
        Kind::Float => general(cell).unwrap_or_else(|| cell.to_owned()),
        Kind::Flag | Kind::Whole | Kind::Text => cell.to_owned(),
    }
}

fn widest_line(text: &str) -> usize {
    text.split(['\n', '\r'])
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0)
}

fn pad(cell: &str, width: usize, is_number: bool) -> String {
    let lines = cell.lines().map(|line| pad_line(line, width, is_number));
    lines.collect::<Vec<_>>().join("\n")
}

fn has_many_lines(headers: &[&str], rows: &[Vec<String>]) -> bool {
    let has_many = |cell: &str| cell.contains(['\n', '\r']);
    headers.iter().any(|header| has_many(header))
        || rows.iter().flatten().any(|cell| has_many(cell))
}

fn lines(headers: &[&str], columns: &[(usize, Kind)], rows: &[Vec<String>]) -> String {
    let is_multiline = has_many_lines(headers, rows);
    let mut lines = Vec::new();
    if !headers.is_empty() {
        let padded = headers.iter().zip(columns).map(|(header, (width, kind))| {
            let is_number = matches!(kind, Kind::Whole | Kind::Float);
            let lines = header
                .split(['\n', '\r'])
                .map(|line| pad_line(line, *width, is_number));
            lines.collect::<Vec<_>>().join("\n")
        });
        row(
            &mut lines,
            &padded.collect::<Vec<_>>(),
            columns,
            is_multiline,
        );
        let rules: Vec<String> = columns
            .iter()
            .map(|(width, _)| "-".repeat(width + 2))
            .collect();
        lines.push(rules.join("+").trim_end().to_owned());
    }
    for cells in rows {
        row(&mut lines, cells, columns, is_multiline);
    }
    lines.join("\n")
}

fn pad_line(line: &str, width: usize, is_number: bool) -> String {
    if is_number {
        format!("{line:>width$}")
    } else {
        format!("{line:<width$}")
    }
}

fn row(lines: &mut Vec<String>, cells: &[String], columns: &[(usize, Kind)], is_multiline: bool) {
    let split: Vec<Vec<&str>> = cells
        .iter()
        .map(|cell| {
            if is_multiline {
                cell.lines().collect()
            } else {
                vec![cell.as_str()]
            }
        })
        .collect();
    let height = split.iter().map(Vec::len).max().unwrap_or(0);
    for number in 0..height {
        let line = split
            .iter()
            .zip(columns)
            .map(|(cell, (width, _))| match cell.get(number) {
                Some(text) => format!(" {text} "),
                None => " ".repeat(width + 2),
            });
        lines.push(line.collect::<Vec<_>>().join("|").trim_end().to_owned());
    }
}
