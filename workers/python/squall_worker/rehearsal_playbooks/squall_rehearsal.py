"""The playbook action of the rehearsal."""

from typing import Any

from robusta.api import ActionParams, FileBlock, MarkdownBlock, PodChangeEvent, TableBlock, action


class RehearsedParams(ActionParams):
    """
    :var text: What to tell.
    """

    text: str


@action
def rehearsed(event: PodChangeEvent, params: RehearsedParams) -> None:
    """Reads a little, compares a little, tells a little."""
    pod: Any = event.get_pod()
    rows = [[diff.formatted_path, diff.value] for diff in pod.diff(event.old_obj)]
    blocks = [MarkdownBlock(params.text), FileBlock("a.log", pod.metadata.name), TableBlock(rows, ["path", "value"])]
    event.add_enrichment(blocks)
