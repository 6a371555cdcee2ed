"""Runs an action that does nothing a few times, in the server.

What Python prepares when code runs for the first time (caches, specialised bytecode) is then there before the first
fork, and no child has to do it again.
"""

import logging
import os
import sys

from squall_worker import action, channel, surroundings
from st2common.runners import utils

IN_SERVER = 20
"""Often enough for Python to specialise the bytecode."""

_REQUEST = {
    "file": os.path.join(os.path.dirname(os.path.abspath(__file__)), "rehearsed.py"),
    "pack": "rehearsal",
    "log_level": "DEBUG",
    "parameters": {"text": "rehearsed"},
    "config": {},
}


def rehearse(times: int) -> None:
    """Leaves nothing behind that an action could see."""
    path, arguments = list(sys.path), list(sys.argv)
    for _ in range(times):
        surroundings.arrange(os.path.dirname(__file__), [])
        action.carry_out(_REQUEST, channel.rehearse)
        for name in utils.LOGGERS:
            logging.Logger.manager.loggerDict.pop("st2." + name, None)
        utils.LOGGERS.clear()
        sys.path[:], sys.argv[:] = path, arguments
