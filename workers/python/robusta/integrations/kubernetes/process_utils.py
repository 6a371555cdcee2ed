"""Finds a process in a pod, or lets people choose one."""

from enum import Enum
from typing import Any, Callable, List, Optional

from robusta.core.model.base_params import ProcessParams
from robusta.core.reporting.base import BaseBlock, Finding
from robusta.core.reporting.blocks import CallbackBlock, CallbackChoice, MarkdownBlock, TableBlock
from robusta.integrations.kubernetes.custom_models import Process


class ProcessType(Enum):
    """What is looked for in a process' executable."""

    PYTHON = "python3"
    JAVA = "java"


class ProcessFinder:
    """The processes of a pod, and those of them that fit."""

    def __init__(self, pod: Any, filters: ProcessParams, process_type: ProcessType) -> None:
        if process_type not in ProcessType:
            raise Exception("Unsupported process type: %s" % process_type)
        self.pod = pod
        self.filters = filters
        self.process_type = process_type
        self.all_processes: List[Process] = pod.get_processes(custom_annotations=filters.custom_annotations)
        self.matching_processes = [process for process in self.all_processes if self._fits(process)]

    def get_match_or_report_error(
        self, finding: Finding, retrigger_text: str, retrigger_action: Callable, debug_action: Callable
    ) -> Optional[Process]:
        """The one process that fits. If it is not one, the finding tells so, with a button for each that it may be."""
        if self.has_exactly_one_match():
            return self.get_exact_match()
        if self.matching_processes:
            text, shown = "More than one matching process. The matching processes are:", self.matching_processes
        else:
            text, shown = "No matching processes. The processes in the pod are:", self.all_processes
        blocks: List[BaseBlock] = [MarkdownBlock(text)]
        finding.add_enrichment(blocks + self._choices(shown, retrigger_text, retrigger_action, debug_action))
        return None

    def has_exactly_one_match(self) -> bool:
        """Whether one fits, and no other."""
        return len(self.matching_processes) == 1

    def get_pids(self) -> List[int]:
        """The ids of those that fit."""
        return [process.pid for process in self.matching_processes]

    def get_lowest_relevant_pid(self) -> int:
        """The lowest of these ids: most likely the parent of the others."""
        return min(self.get_pids())

    def get_exact_match(self) -> Process:
        """The one that fits."""
        if not self.has_exactly_one_match():
            raise Exception("Only one match is expected")
        return self.matching_processes[0]

    def _fits(self, process: Process) -> bool:
        if self.filters.pid is not None:
            return process.pid == self.filters.pid
        is_kind = self.process_type.value in process.exe
        return is_kind and self.filters.process_substring in " ".join(process.cmdline)

    def _choices(
        self, processes: List[Process], text: str, action: Callable, debug_action: Callable
    ) -> List[BaseBlock]:
        if not processes:
            return [MarkdownBlock("No processes")]
        rows = [[process.pid, process.exe, " ".join(process.cmdline)] for process in processes]
        blocks: List[BaseBlock] = [TableBlock(rows, ["pid", "exe", "cmdline"])]
        if self.filters.interactive:
            choices = {}
            for process in processes:
                params = self.filters.copy(update={"process_substring": "", "pid": process.pid})
                choices["%s %s" % (text, process.pid)] = self._choice(action, params)
            choices["Still can't choose?"] = self._choice(debug_action, self.filters)
            blocks.append(CallbackBlock(choices))
            blocks.append(MarkdownBlock("*After clicking a button please wait up to 120 seconds for a response*"))
        return blocks

    def _choice(self, action: Callable, params: ProcessParams) -> CallbackChoice:
        return CallbackChoice(action=action, action_params=params, kubernetes_object=self.pod)
