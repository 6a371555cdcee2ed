"""Draws charts with pygal."""

from datetime import datetime
from typing import Any, Dict, List, Optional, Tuple

from robusta.core.model.base_params import ChartValuesFormat
from robusta.core.model.env_vars import FLOAT_PRECISION_LIMIT
from robusta.core.reporting.custom_rendering import charts_style

_SERIES_STYLE = {"width": 8, "dasharray": "8", "linecap": "round", "linejoin": "round"}
_LINE_COLOURS = (("Limit", "#FF5959"), ("Request", "#0DC291"), ("OOM Kill Time", "#FF5959"))
_OTHER_COLOUR = "#2a0065"
_SERIES_COLOUR = "#3F3F3F"
_LABELS = 5


def draw(
    title: str,
    series: List[Tuple[str, Dict[str, Any]]],
    lines: List[Any],
    span: Tuple[datetime, datetime],
    values_format: Optional[ChartValuesFormat],
) -> Any:
    """A chart of series with their labels, and of lines across it."""
    import pygal

    plots = [(label, _points(one)) for label, one in series]
    times = [time for _, points in plots for time, _ in points]
    first, last = (min(times), max(times)) if times else (span[0].timestamp(), span[1].timestamp())
    highest = max([value for _, points in plots for _, value in points] + [0])
    highest = max([highest] + [line.value for line in lines if not _is_vertical(line)])
    colours = [_SERIES_COLOUR] * len(plots) + [_colour(line.label) for line in lines]
    chart = pygal.XY(
        show_dots=True,
        style=charts_style(graph_colors=(*colours, "#1e0047", "#2a0065")),
        truncate_legend=15,
        width=1280,
        height=500,
    )
    _lay_out(chart, title, highest if plots or lines else 0, values_format)
    for label, points in plots:
        chart.add(label, points, stroke_style=_SERIES_STYLE, show_dots=False)
    for line in lines:
        chart.add(line.label, _ends(line, first, last, highest))
    return chart


def _points(series: Dict[str, Any]) -> List[Tuple[float, float]]:
    values = (round(float(value), FLOAT_PRECISION_LIMIT) for value in series["values"])
    return list(zip(series["timestamps"], values))


def _is_vertical(line: Any) -> bool:
    return type(line).__name__ == "YAxisLine"


def _ends(line: Any, first: float, last: float, highest: float) -> List[Tuple[float, float]]:
    if _is_vertical(line):
        return [(line.value, highest), (line.value, 0)]
    return [(first, line.value), (last, line.value)]


def _colour(label: str) -> str:
    return next((colour for word, colour in _LINE_COLOURS if word in label), _OTHER_COLOUR)


def _lay_out(chart: Any, title: str, highest: float, values_format: Optional[ChartValuesFormat]) -> None:
    top = highest * 1.2
    if top:
        chart.range = (0, top)
        steps = [number * top / (_LABELS - 1) for number in range(_LABELS)]
        digits = 2 if values_format == ChartValuesFormat.Percentage else None
        chart.y_labels = [round(step, digits) for step in steps]
        chart.y_labels_major = chart.y_labels
    chart.title = title
    chart.show_x_guides = chart.show_y_guides = True
    chart.spacing, chart.margin_top, chart.margin_bottom = 20, 10, 50
    chart.x_label_rotation, chart.truncate_label = 35, -1
    chart.legend_at_bottom, chart.legend_at_bottom_columns, chart.legend_box_size = True, 5, 8
    chart.x_value_formatter = lambda time: datetime.fromtimestamp(time).strftime("%b %-d %H:%M")
    chart.value_formatter = _FORMATTERS[values_format or ChartValuesFormat.Plain]


def _bytes(value: float) -> str:
    for unit in ("Bytes", "KiB", "MiB", "GiB", "TiB"):
        if abs(value) < 1024:
            break
        value /= 1024
    return "%d %s" % (value, unit) if unit == "Bytes" else "%.1f %s" % (value, unit)


_FORMATTERS = {
    ChartValuesFormat.Plain: str,
    ChartValuesFormat.Bytes: _bytes,
    ChartValuesFormat.Percentage: lambda value: "%.1f%%" % (100 * value),
    ChartValuesFormat.CPUUsage: lambda value: "%.1fm" % (1000 * value),
}
