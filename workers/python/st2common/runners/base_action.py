"""The class that Python actions inherit from."""

import abc
from typing import Any, Dict, Optional

from st2common.runners.utils import PackConfigDict, get_logger_for_python_runner_action

__all__ = ["Action"]


class Action(metaclass=abc.ABCMeta):
    """Something a pack can do. Inherit from it and write `run`; its parameters are the action's."""

    description: Optional[str] = None

    def __init__(self, config: Optional[Dict[str, Any]] = None, action_service: Any = None) -> None:
        wrapper = getattr(action_service, "_action_wrapper", None)
        pack = getattr(wrapper, "_pack", "unknown")
        self.config = PackConfigDict(pack, config or {})
        self.action_service = action_service
        self.logger = get_logger_for_python_runner_action(
            action_name=type(self).__name__, log_level=getattr(wrapper, "_log_level", "debug")
        )

    @abc.abstractmethod
    def run(self, **kwargs: Any) -> Any:
        """Does it. Returns a result, or a pair of a status (true or false) and a result."""
