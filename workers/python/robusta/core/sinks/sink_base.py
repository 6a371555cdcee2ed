"""What sinks are."""

from abc import ABC, abstractmethod
from typing import Any

from robusta.core.reporting.base import Finding
from robusta.core.sinks.sink_base_params import SinkBaseParams


class SinkBase(ABC):
    """Takes findings to people."""

    def __init__(self, sink_params: SinkBaseParams, registry: Any) -> None:
        self.sink_name = sink_params.name
        self.params = sink_params
        self.default = sink_params.default
        self.registry = registry
        global_config = registry.get_global_config()
        self.account_id: str = global_config.get("account_id", "")
        self.cluster_name: str = global_config.get("cluster_name", "")
        self.signing_key: str = global_config.get("signing_key", "")

    def stop(self) -> None:
        """Called when the sink is not needed any more."""

    @abstractmethod
    def write_finding(self, finding: Finding, platform_enabled: bool) -> None:
        """Tells a finding."""

    def is_healthy(self) -> bool:
        """Whether it can tell findings."""
        return True
