"""The pieces that messages are made of. Sinks decide how each looks."""

import gzip
import json
import logging
import textwrap
from copy import deepcopy
from enum import Enum
from typing import Any, Callable, Dict, List, Optional, Sequence

import hikaru
from hikaru import DiffDetail, DiffType
from pydantic import BaseModel

from robusta.core.model.base_params import ChartValuesFormat
from robusta.core.model.env_vars import PRINTED_TABLE_MAX_WIDTH
from robusta.core.reporting.base import BaseBlock
from robusta.core.reporting.custom_rendering import render_value
from robusta.core.reporting.tables import Layout

BLOCK_SIZE_LIMIT = 2997
"""Slack takes 3000 characters in a block."""


class MarkdownBlock(BaseBlock):
    """Text in Markdown. With `dedent`, what all lines are indented by is taken away."""

    text: str

    def __init__(self, text: str, dedent: bool = False) -> None:
        if dedent:
            text = textwrap.dedent(text[1:] if text[0] == "\n" else text)
        if len(text) >= BLOCK_SIZE_LIMIT:
            text = text[:BLOCK_SIZE_LIMIT] + "..."
        super().__init__(text=text)


class DividerBlock(BaseBlock):
    """A line between other blocks."""


class FileBlock(BaseBlock):
    """A file of any kind."""

    filename: str
    contents: bytes

    def __init__(self, filename: str, contents: bytes, **kwargs: Any) -> None:
        super().__init__(filename=filename, contents=contents, **kwargs)

    def is_text_file(self) -> bool:
        """Whether it is read as text: only logs and `.txt` are."""
        return self.filename.endswith((".txt", ".log"))

    def zip(self) -> None:
        """Compresses the contents."""
        try:
            self.contents = gzip.compress(self.contents)
            self.filename += ".gz"
        except Exception:
            logging.exception("Unexpected error occurred while zipping file %s", self.filename)

    def truncate_content(self, max_file_size_bytes: int) -> bytes:
        """The contents without as many first lines as make it too long. Only texts are cut."""
        if not self.is_text_file():
            return self.contents
        text = self.contents.decode("utf-8")
        left = len(text)
        if left <= max_file_size_bytes:
            return self.contents
        lines = text.splitlines()
        for index, line in enumerate(lines):
            left -= len(line) + 1
            if left <= max_file_size_bytes:
                return "\n".join(lines[index + 1:]).encode("utf-8")
        return b""


class EmptyFileBlock(BaseBlock):
    """A file that has nothing in it, and why."""

    metadata: dict = {}
    filename: str

    def __init__(self, filename: str, remarks: str, metadata: Optional[dict] = None, **kwargs: Any) -> None:
        super().__init__(filename=filename, metadata=metadata or {}, **kwargs)
        self.metadata["is_empty"] = True
        self.metadata["remarks"] = remarks


class HeaderBlock(BaseBlock):
    """Text as a heading."""

    text: str

    def __init__(self, text: str) -> None:
        super().__init__(text=text)


class ListBlock(BaseBlock):
    """A list of texts."""

    items: List[str]

    def __init__(self, items: List[str]) -> None:
        super().__init__(items=items)

    def to_markdown(self) -> MarkdownBlock:
        """The list as Markdown."""
        return MarkdownBlock("\n".join("* " + item for item in self.items))


class KubernetesDiffBlock(BaseBlock):
    """What changed between two versions of an object. `interesting_diffs` may be a part of all differences."""

    diffs: List[DiffDetail]
    old_obj: Optional[hikaru.HikaruBase]
    new_obj: Optional[hikaru.HikaruBase]
    resource_name: Optional[str]
    num_additions: Optional[int]
    num_deletions: Optional[int]
    num_modifications: Optional[int]
    kind: str

    def __init__(
        self,
        interesting_diffs: List[DiffDetail],
        old: Any,
        new: Any,
        name: str,
        kind: str,
        namespace: Optional[str] = None,
    ) -> None:
        kinds = [difference.diff_type for difference in interesting_diffs]
        added, removed = kinds.count(DiffType.ADDED), kinds.count(DiffType.REMOVED)
        super().__init__(
            diffs=interesting_diffs,
            old_obj=old,
            new_obj=new,
            resource_name=_file_name(old, name, namespace) or _file_name(new, name, namespace),
            num_additions=added,
            num_deletions=removed,
            num_modifications=len(interesting_diffs) - added - removed,
            kind=kind,
        )

    @property
    def old(self) -> str:
        """The old version as YAML; nothing if there was none."""
        return "" if self.old_obj is None else hikaru.get_yaml(self.old_obj)

    @property
    def new(self) -> str:
        """The new version as YAML; nothing if there is none."""
        return "" if self.new_obj is None else hikaru.get_yaml(self.new_obj)

    def get_description(self) -> str:
        """What happened, in a line or two."""
        if self.old_obj is None:
            return "%s created" % self.kind
        if self.new_obj is None:
            return "%s deleted" % self.kind
        paths = [[str(part) for part in diff.path if not str(part).isdigit()] for diff in self.diffs]
        names = [path[-1] for path in paths if path]
        if not names:
            return "%s updated" % self.kind
        shown = ", ".join(names)
        if len(names) >= 5:
            shown = "%s ... (and %d more)" % (", ".join(names[:5]), len(names) - 5)
        return "%s updated\n ● Attributes: %s" % (self.kind, shown)


def _file_name(obj: Any, name: str, namespace: Optional[str]) -> str:
    if obj is None:
        return ""
    parts = [getattr(obj, "kind", "").lower(), namespace, name + ".yaml"]
    return "/".join(part for part in parts if part)


class JsonBlock(BaseBlock):
    """JSON as text."""

    json_str: str

    def __init__(self, json_str: str) -> None:
        super().__init__(json_str=json_str)


class TableBlockFormat(Enum):
    """How a table is laid out."""

    vertical = "vertical"


class TableBlock(BaseBlock):
    """
    A table.

    :var column_width: How the width is shared out, where the sink can. [1, 1, 1, 2]: the last column gets twice as much.
    """

    rows: List[List]
    headers: Sequence[str] = ()
    column_renderers: Dict = {}
    table_name: str = ""
    column_width: List[int] = None  # type: ignore[assignment]
    metadata: Dict[str, Any] = {}
    table_format: Optional[TableBlockFormat] = None

    def __init__(
        self,
        rows: List[List],
        headers: Sequence[str] = (),
        column_renderers: Optional[Dict] = None,
        table_name: str = "",
        column_width: Optional[List[int]] = None,
        metadata: Optional[Dict[str, Any]] = None,
        table_format: Optional[TableBlockFormat] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            rows=rows,
            headers=headers,
            column_renderers={} if column_renderers is None else column_renderers,
            table_name=table_name,
            column_width=column_width,
            metadata={} if metadata is None else metadata,
            **kwargs,
        )
        if table_format:
            self.metadata["format"] = TableBlockFormat.vertical.value

    @staticmethod
    def default_omission_note(omitted_rows: List[List[str]]) -> str:
        """What stands below a table that was too long."""
        return "... %d more rows not shown" % len(omitted_rows)

    def to_markdown(
        self,
        max_chars: Optional[int] = None,
        add_table_header: bool = True,
        omission_note: Optional[Callable[[List[List[str]]], str]] = None,
    ) -> MarkdownBlock:
        """The table as fixed-width text that fits in a block."""
        most = BLOCK_SIZE_LIMIT - 1 if max_chars is None else min(max_chars, BLOCK_SIZE_LIMIT - 1)
        name = self.table_name + "\n" if self.table_name and add_table_header else ""
        begin, end = "```\n", "\n```"
        begin = name[: max(0, most - len(begin) - len(end))] + begin
        room = most - len(begin) - len(end)
        note = omission_note or self.default_omission_note
        text = self._layout(PRINTED_TABLE_MAX_WIDTH, "presto").text_within(room, note) if room > 0 else ""
        return MarkdownBlock(begin + text + end)

    def to_table_string(self, table_max_width: int = PRINTED_TABLE_MAX_WIDTH, table_fmt: str = "presto") -> str:
        """The table as fixed-width text."""
        return self._layout(table_max_width, table_fmt).text()

    def render_rows(self) -> List[List]:
        """The rows, with values shown as the columns' renderers say."""
        if self.column_renderers is None:
            return self.rows
        rows = deepcopy(self.rows)
        for name, renderer in self.column_renderers.items():
            index = list(self.headers).index(name)
            for row in rows:
                row[index] = render_value(renderer, row[index])
        return rows

    def _layout(self, most: int, style: str) -> Layout:
        return Layout(self.headers, [list(map(str, row)) for row in self.render_rows()], most, style)


class KubernetesFieldsBlock(TableBlock):
    """Some fields of an object, by their dotted paths, with explanations if there are any."""

    def __init__(self, k8s_obj: Any, fields: List[str], explanations: Optional[Dict[str, str]] = None) -> None:
        rows = [[path, k8s_obj.object_at_path(path.split("."))] for path in fields]
        headers = ["field", "value"]
        if explanations:
            rows = [row + [explanations.get(row[0], "")] for row in rows]
            headers.append("explanation")
        super().__init__(rows=rows, headers=headers)


class CallbackChoice(BaseModel):
    """What a button does: it runs an action, on an object if one is given."""

    action: Callable
    action_params: Optional[BaseModel]
    kubernetes_object: Optional[Any]

    class Config:
        arbitrary_types_allowed = True


class CallbackBlock(BaseBlock):
    """Buttons, by their texts."""

    choices: Dict[str, CallbackChoice]

    def __init__(self, choices: Dict[str, CallbackChoice]) -> None:
        super().__init__(choices=choices)


class LinkProp(BaseModel):
    """A link among others."""

    text: str
    url: str


class LinksBlock(BaseBlock):
    """Links."""

    links: List[LinkProp] = []


class PrometheusBlockLineData(BaseBlock):
    """A line in a graph."""

    legend: str
    value: Any


class PrometheusBlock(BaseBlock):
    """What Prometheus answered, with the question."""

    data: Any
    metadata: Dict[str, str]
    vertical_lines: Optional[List[PrometheusBlockLineData]]
    horizontal_lines: Optional[List[PrometheusBlockLineData]]
    y_axis_type: Optional[ChartValuesFormat]
    graph_name: Optional[str]

    class Config:
        arbitrary_types_allowed = True

    def __init__(
        self,
        data: Any,
        query: str,
        vertical_lines: Optional[List[PrometheusBlockLineData]] = None,
        horizontal_lines: Optional[List[PrometheusBlockLineData]] = None,
        y_axis_type: Optional[ChartValuesFormat] = None,
        graph_name: Optional[str] = None,
        metrics_legends_labels: Optional[List[str]] = None,
    ) -> None:
        super().__init__(
            data=data,
            metadata={"query-result-version": "1.0", "query": query},
            vertical_lines=vertical_lines,
            horizontal_lines=horizontal_lines,
            y_axis_type=y_axis_type,
            graph_name=graph_name,
        )
        if metrics_legends_labels:
            self.metadata["metrics_legends_labels"] = json.dumps(metrics_legends_labels)

    def dict(self, *args: Any, **kwargs: Any) -> Dict[str, Any]:
        """Its members, with the name of the axis' format."""
        members = super().dict()
        members["y_axis_type"] = str(self.y_axis_type) if self.y_axis_type else None
        return members


class EventRow(BaseModel):
    """An event in a table."""

    type: Optional[str]
    reason: Optional[str]
    message: Optional[str]
    kind: str
    name: str
    namespace: Optional[str]
    time: Optional[str]


class EventsBlock(TableBlock):
    """A table of events, and the events themselves."""

    events: List[EventRow] = []

    def __init__(
        self,
        events: List[EventRow],
        rows: List[List],
        headers: Sequence[str] = (),
        column_renderers: Optional[Dict] = None,
        table_name: str = "",
        column_width: Optional[List[int]] = None,
    ) -> None:
        super().__init__(
            events=events,
            rows=rows,
            headers=headers,
            column_renderers=column_renderers,
            table_name=table_name,
            column_width=column_width,
        )


class EventsRef(BaseBlock):
    """Where events of an object are found."""

    namespace: Optional[str]
    name: str
    kind: str


class GraphBlock(FileBlock):
    """A graph as a picture, and its data."""

    graph_data: Optional[PrometheusBlock]

    def __init__(
        self, filename: str, contents: bytes, graph_data: Optional[PrometheusBlock] = None, **kwargs: Any
    ) -> None:
        super().__init__(filename=filename, contents=contents, graph_data=graph_data, **kwargs)


from robusta.core.reporting.scans import (  # noqa: E402
    KRRScanReportBlock,
    PopeyeScanReportBlock,
    ScanReportBlock,
    ScanReportRow,
)
