"""The classes that sinks are made of. Squall itself sends findings; these are here for code that names them."""

from robusta.core.sinks.sink_base import SinkBase
from robusta.core.sinks.sink_base_params import SinkBaseParams
from robusta.core.sinks.sink_config import SinkConfigBase

__all__ = ["SinkBase", "SinkBaseParams", "SinkConfigBase"]
