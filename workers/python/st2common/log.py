"""Logging with StackStorm's names: loggers below `st2`, a level AUDIT, and `extra` that cannot clash."""

import logging
from typing import Any, Callable, Dict

__all__ = ["getLogger"]

AUDIT = logging.CRITICAL + 10
logging.AUDIT = AUDIT  # type: ignore[attr-defined]
logging.addLevelName(AUDIT, "AUDIT")

_METHODS = ("debug", "info", "warning", "error", "critical", "exception", "log", "audit")


def _audit(logger: logging.Logger, message: Any, *args: Any, **kwargs: Any) -> None:
    if logger.isEnabledFor(AUDIT):
        logger._log(AUDIT, message, args, **kwargs)


logging.Logger.audit = _audit  # type: ignore[attr-defined]


def getLogger(name: str) -> logging.Logger:
    """The logger `st2.<name>`. Keys of `extra` get a leading underscore, so that none clashes with a record's own."""
    logger = logging.getLogger(name if name.startswith("st2.") else "st2." + name)
    for method in _METHODS:
        original = getattr(logger, method)
        if not hasattr(original, "prefixes_extra"):
            setattr(logger, method, _prefixing_extra(original))
    return logger


def _prefixing_extra(method: Callable[..., None]) -> Callable[..., None]:
    def call(*args: Any, **kwargs: Any) -> None:
        if kwargs.get("extra"):
            kwargs["extra"] = _prefixed(kwargs["extra"])
        # Two levels up is where the action called, as far as the record is concerned.
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + 1
        method(*args, **kwargs)

    call.prefixes_extra = True  # type: ignore[attr-defined]
    return call


def _prefixed(extra: Dict[str, Any]) -> Dict[str, Any]:
    return {"_" + str(key): value for key, value in extra.items()}
