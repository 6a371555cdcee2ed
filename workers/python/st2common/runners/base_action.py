"""The class that Python actions inherit from."""

import abc
import logging
import sys
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
        self._log = (getattr(wrapper, "_log_level", "debug"), sys.stderr)
        if type(self).logger is not Action.logger:
            # A class has something else under this name, over which the instance's own wins.
            self.__dict__["logger"] = self._make_logger()

    @property
    def logger(self) -> logging.Logger:
        """Writes to standard error. It is made when it is first asked for: many actions never do."""
        if "_logger" not in self.__dict__:
            self.__dict__["_logger"] = self._make_logger()
        return self.__dict__["_logger"]

    @logger.setter
    def logger(self, logger: logging.Logger) -> None:
        self.__dict__["_logger"] = logger

    def _make_logger(self) -> logging.Logger:
        level, stream = self._log
        return get_logger_for_python_runner_action(type(self).__name__, level, stream)

    @abc.abstractmethod
    def run(self, **kwargs: Any) -> Any:
        """Does it. Returns a result, or a pair of a status (true or false) and a result."""
