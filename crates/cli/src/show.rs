//! How answers are shown: a table for people, JSON or YAML for programs.

pub(crate) mod cell;
mod table;
mod yaml;

use std::io;

use clap::ValueEnum;
use squall_model::Json;
use squall_model::problem::{Problem, Severity};

pub(crate) use cell::Column;

use crate::console::{Console, Paint};

/// How an answer is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// As the server sent it
    Json,
    /// As the server sent it
    Yaml,
}

/// A list, with one line for each item.
pub(crate) fn list(
    console: &mut Console,
    format: Format,
    items: &[Json],
    columns: &[Column],
) -> io::Result<()> {
    match format {
        Format::Table => table::write(console, items, columns),
        Format::Json | Format::Yaml => value(console, format, &Json::Array(items.to_vec())),
    }
}

/// One item, with one line (or block) for each row that it has.
pub(crate) fn item(
    console: &mut Console,
    format: Format,
    item: &Json,
    rows: &[Column],
) -> io::Result<()> {
    match format {
        Format::Table => record(console, item, rows),
        Format::Json | Format::Yaml => value(console, format, item),
    }
}

/// A value as it is; in a table's place as YAML, which people read best.
pub(crate) fn value(console: &mut Console, format: Format, value: &Json) -> io::Result<()> {
    match format {
        Format::Json => console.line(format!("{value:#}")),
        Format::Table | Format::Yaml => console.write(&yaml::text(value)),
    }
}

/// Writes a problem, its severity in colour.
pub(crate) fn problem(console: &mut Console, problem: &Problem) -> io::Result<()> {
    let text = problem.to_string();
    let paint = match problem.severity {
        Severity::Error => Paint::Red,
        Severity::Warning => Paint::Yellow,
    };
    let line = match text.split_once(':') {
        Some((severity, rest)) => format!("{}:{rest}", console.paint(paint, severity)),
        None => text,
    };
    console.line(line)
}

/// `no rules`, `1 rule`, `2 rules`.
pub(crate) fn counted(number: usize, thing: &str) -> String {
    let things = match thing.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{thing}s"),
    };
    match number {
        0 => format!("no {things}"),
        1 => format!("1 {thing}"),
        number => format!("{number} {things}"),
    }
}

fn record(console: &mut Console, item: &Json, rows: &[Column]) -> io::Result<()> {
    let rows: Vec<(&Column, &Json)> = rows
        .iter()
        .filter_map(|row| Some((row, row.find(item)?)))
        .filter(|(_, value)| value.as_str() != Some(""))
        .collect();
    let width = rows
        .iter()
        .map(|(row, _)| row.title.len())
        .max()
        .unwrap_or(0);
    for (row, value) in rows {
        let title = console.paint(Paint::Dim, &format!("{:width$}", row.title));
        match value {
            Json::Object(_) | Json::Array(_) => {
                let block = yaml::text(value);
                let title = console.paint(Paint::Dim, row.title);
                console.line(title)?;
                for line in block.lines() {
                    console.line(format!("  {line}"))?;
                }
            }
            value => {
                let text = console.paint(row.paint(value), &row.text(value));
                console.line(format!("{title}  {text}"))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
