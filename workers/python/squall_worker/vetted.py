"""Imports ahead of the first action what most actions need, so that each child finds it done.

Only modules known to be safe to fork after import: they start no thread, open nothing and keep no state that one action
could leave for another. A module that starts a thread here after all is left out: the server starts itself again
without it.
"""

import importlib
import os
import sys
import threading
from typing import List

STANDARD = (
    "abc argparse ast base64 calendar collections concurrent.futures copy csv ctypes datetime decimal email.message "
    "enum fnmatch functools getpass glob hashlib hmac html http.client importlib.util inspect io itertools json locale "
    "logging logging.handlers math operator os pathlib pickle platform pprint queue random re resource secrets select shlex "
    "shutil signal socket ssl stat statistics string struct subprocess tempfile textwrap threading time traceback "
    "types typing unicodedata urllib.error urllib.parse urllib.request uuid warnings weakref xml.etree.ElementTree "
    "zlib"
).split()
"""Of the standard library."""

OUTSIDE = ("yaml", "six", "requests")
"""From the environment, where it has them."""

SHIMS = ("st2common.log", "st2common.runners.base_action", "st2common.exceptions")
"""Squall's own."""


class StartedThread(Exception):
    """A module started a thread when it was imported."""

    def __init__(self, module: str):
        super().__init__("importing %s starts a thread" % module)
        self.module = module


def import_all(without: List[str]) -> List[str]:
    """Imports what is vetted and there; gives the names of the modules from outside the standard library."""
    for name in STANDARD + list(SHIMS):
        _import(name)
    return [name for name in OUTSIDE if name not in without and _import(name)]


def forget_shadowed(folders: List[str]) -> None:
    """Forgets modules that a pack brings in a version of its own, so that an import finds the pack's."""
    for folder in folders:
        try:
            entries = os.listdir(folder)
        except OSError:
            continue
        for name in {entry.partition(".")[0] for entry in entries}.intersection(OUTSIDE):
            for module in [known for known in sys.modules if known == name or known.startswith(name + ".")]:
                del sys.modules[module]


def _import(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:
        return False  # A broken package of the environment is the affair of the action that needs it.
    demand_no_thread(name)
    return True


def demand_no_thread(name: str) -> None:
    """Raises `StartedThread` if what was imported last, `name`, has started a thread."""
    if threading.active_count() > 1 or _kernel_threads() > 1:
        raise StartedThread(name)


def _kernel_threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1
