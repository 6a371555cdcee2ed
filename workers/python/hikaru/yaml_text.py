"""Writes YAML in Hikaru's layout: lists indented, innermost lists and maps on one line, texts quoted as ruamel quotes them."""

from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def choose_scalar_style(self) -> Any:
        style = super().choose_scalar_style()
        if style == "'" and not self.event.style and ("'" in self.event.value or "\n" in self.event.value):
            return '"'
        return style


def write(value: Any) -> str:
    """The YAML text of plain JSON."""
    return yaml.dump(value, Dumper=_Dumper, default_flow_style=None, sort_keys=True, allow_unicode=True)
