"""How values are shown, and how charts look."""

from datetime import datetime
from typing import Any, Tuple

from robusta.core.model.env_vars import DEFAULT_TIMEZONE


class RendererType:
    """Ways to show a value."""

    DATETIME = "DATETIME"


def render_value(renderer: str, value: Any) -> str:
    """The value as text; a time is given in milliseconds."""
    if renderer != RendererType.DATETIME:
        raise Exception("Unsupported renderer type %s" % renderer)
    return datetime.fromtimestamp(value / 1000.0).astimezone(DEFAULT_TIMEZONE).strftime("%b %d, %Y, %I:%M:%S %p")


def charts_style(graph_colors: Tuple = ("#9747FF", "#FF5959", "#0DC291", "#2a0065", "#1e0047")) -> Any:
    """The colours of charts, for pygal."""
    from pygal.style import Style

    return Style(
        background="#FFFFFF",
        plot_background="#FFFFFF",
        value_background="rgba(229, 229, 229, 1)",
        foreground="#607D8B",
        foreground_strong="#607D8B",
        foreground_subtle="#607D8B",
        guide_stroke_dasharray="0,0",
        major_guide_stroke_dasharray="0,0",
        guide_stroke_color="#E7EBEB",
        major_guide_stroke_color="#E7EBEB",
        opacity=".6",
        opacity_hover=".9",
        transition="400ms ease-in",
        colors=graph_colors,
    )
