"""A sink as configuration files have it."""

from abc import abstractmethod

from pydantic import BaseModel

from robusta.core.sinks.sink_base_params import SinkBaseParams


class SinkConfigBase(BaseModel):
    """One sink, under the name of its type."""

    def get_name(self) -> str:
        """The sink's name."""
        return self.get_params().name

    @abstractmethod
    def get_params(self) -> SinkBaseParams:
        """The sink's parameters."""
