"""An action's config and its log."""

import logging
from typing import Any, Dict, Optional, TextIO

from st2common import log

__all__ = ["PackConfigDict", "get_logger_for_python_runner_action", "get_action_class_instance"]

LOGGERS: Dict[str, logging.Logger] = {}


class PackConfigDict(dict):
    """A pack's config. Asking for a key that it lacks tells what to do about it."""

    def __init__(self, pack_name: str, *args: Any) -> None:
        super().__init__(*args)
        self._pack_name = pack_name

    def __getitem__(self, key: Any) -> Any:
        try:
            return super().__getitem__(key)
        except KeyError:
            raise ValueError(
                'Config for pack "%s" is missing key "%s". Add it to the file configs/%s.yaml, '
                "then have the pack's configs registered again." % (self._pack_name, key, self._pack_name)
            ) from None


def get_logger_for_python_runner_action(
    action_name: str, log_level: str = "debug", stream: Optional[TextIO] = None
) -> logging.Logger:
    """The logger of an action's class: it writes to standard error what is at least of `log_level`."""
    name = "actions.python.%s" % action_name
    if name not in LOGGERS:
        level = getattr(logging, log_level.upper(), logging.DEBUG)
        console = logging.StreamHandler(stream)
        console.setLevel(level)
        console.setFormatter(logging.Formatter("%(name)-12s: %(levelname)-8s %(message)s"))
        logger = log.getLogger(name)
        logger.addHandler(console)
        logger.setLevel(level)
        LOGGERS[name] = logger
    return LOGGERS[name]


def get_action_class_instance(action_cls: Any, config: Any = None, action_service: Any = None) -> Any:
    """Makes an action of a class."""
    from squall_worker import lookup

    return lookup.instantiate(action_cls, config, action_service)
