//! Lines under headings, columns apart by two blanks.

use std::io;

use squall_model::Json;

use super::cell::Column;
use crate::console::{Console, Paint};

const GAP: &str = "  ";

/// What a cell says when its item has nothing there.
const NOTHING: &str = "-";

struct Cell {
    text: String,
    paint: Paint,
}

/// Writes a table; on a terminal no line is longer than the terminal is wide.
pub(super) fn write(console: &mut Console, items: &[Json], columns: &[Column]) -> io::Result<()> {
    let titles: Vec<Cell> = columns
        .iter()
        .map(|column| Cell {
            text: column.title.to_uppercase(),
            paint: Paint::Bold,
        })
        .collect();
    let rows = items
        .iter()
        .map(|item| columns.iter().map(|column| cell(item, column)).collect());
    let lines: Vec<Vec<Cell>> = std::iter::once(titles).chain(rows).collect();
    let widths = widths(&lines, columns.len());
    for line in &lines {
        write_line(console, line, &widths)?;
    }
    Ok(())
}

fn cell(item: &Json, column: &Column) -> Cell {
    match column.find(item) {
        None => Cell {
            text: NOTHING.to_owned(),
            paint: Paint::Dim,
        },
        Some(value) => Cell {
            text: one_line(&column.text(value)),
            paint: column.paint(value),
        },
    }
}

/// Control characters would break the table, or do worse things to the terminal.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The widest cell of each column; the last column is as wide as it likes.
fn widths(lines: &[Vec<Cell>], columns: usize) -> Vec<usize> {
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(|cell| length(&cell.text))
            .max()
    };
    let last = columns.saturating_sub(1);
    (0..columns)
        .map(|column| {
            if column == last {
                0
            } else {
                width(column).unwrap_or(0)
            }
        })
        .collect()
}

fn write_line(console: &mut Console, line: &[Cell], widths: &[usize]) -> io::Result<()> {
    let mut room = console.width().unwrap_or(usize::MAX);
    let mut text = String::new();
    for (position, (cell, width)) in line.iter().zip(widths).enumerate() {
        if position > 0 {
            text.push_str(GAP);
            room = room.saturating_sub(GAP.len());
        }
        let shown = cut(&cell.text, room);
        let padding = width
            .saturating_sub(length(&shown))
            .min(room.saturating_sub(length(&shown)));
        room = room.saturating_sub(length(&shown)).saturating_sub(padding);
        text.push_str(&console.paint(cell.paint, &shown));
        text.push_str(&" ".repeat(padding));
    }
    console.line(text.trim_end())
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn cut(text: &str, room: usize) -> String {
    if length(text) <= room {
        return text.to_owned();
    }
    text.chars()
        .take(room.saturating_sub(1))
        .chain(std::iter::once('…'))
        .take(room)
        .collect()
}
