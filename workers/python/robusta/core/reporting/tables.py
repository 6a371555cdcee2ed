"""Lays out tables as text."""

from typing import Any, Callable, List, Optional, Sequence, Set

LEAST_COLUMN_WIDTH = 4
"""A narrower column of text cannot be read."""


class Layout:
    """The rows of a table, with columns as wide as they may be. Numbers are never broken over lines."""

    def __init__(self, headers: Sequence[str], rows: List[List[str]], most: int, style: str) -> None:
        self.headers, self.rows, self.style = headers, rows, style
        self.widths = _widths(headers, rows, most)

    def text(self, count: Optional[int] = None) -> str:
        """The table with its first `count` rows."""
        try:
            from tabulate import tabulate
        except ImportError:
            raise ImportError("Please install tabulate to use the TableBlock")
        rows = self.rows if count is None else self.rows[:count]
        if not rows:
            return tabulate(rows, headers=self.headers, tablefmt=self.style)
        return tabulate(rows, headers=self.headers, tablefmt=self.style, maxcolwidths=self.widths)

    def text_within(self, most: int, note: Callable[[List[List[str]]], str]) -> str:
        """The table with as many whole rows as `most` characters hold, and a note about the others."""
        whole = self.text()
        if len(whole) <= most:
            return whole
        best, low, high = None, 0, len(self.rows)
        while low <= high:
            middle = (low + high) // 2
            candidate = self.text(middle)
            if middle < len(self.rows):
                candidate += "\n" + note(self.rows[middle:])
            if len(candidate) <= most:
                best, low = candidate, middle + 1
            else:
                high = middle - 1
        return _whole_lines(whole, most) if best is None else best


def _widths(headers: Sequence[str], rows: List[List[str]], most: int) -> List[int]:
    count = max([len(headers), *map(len, rows)])
    widths = [0] * count
    for row in [headers, *rows]:
        for index, value in enumerate(row):
            widths[index] = max(widths[index], len(str(value)))
    texts = [index for index in range(count) if index not in _numeric(rows, count)]
    while sum(widths) > most:
        candidates = [index for index in texts if widths[index] > LEAST_COLUMN_WIDTH]
        if not candidates:
            break
        widths[max(candidates, key=lambda index: widths[index])] -= 1
    return widths


def _numeric(rows: List[List[str]], count: int) -> Set[int]:
    found = set()
    for index in range(count):
        values = [row[index] for row in rows if index < len(row) and str(row[index]).strip()]
        if values and all(map(_is_number, values)):
            found.add(index)
    return found


def _is_number(value: Any) -> bool:
    try:
        float(str(value))
    except (TypeError, ValueError):
        return False
    return True


def _whole_lines(text: str, most: int) -> str:
    end = "\n..."
    left, kept = most - len(end), []
    for line in text.splitlines():
        left -= len("\n") + len(line)
        if left < 0:
            break
        kept.append(line)
    return "\n".join(kept) + end
