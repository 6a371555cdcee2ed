"""What an action finds around it: a process of its own, its descriptors, its environment and its import path."""

import ctypes
import gc
import os
import signal
import sys
import sysconfig
import time
from typing import Dict, List, Optional

from squall_worker import vetted

_PR_SET_PDEATHSIG = 1
_libc: Optional[ctypes.CDLL] = None
_environment: Dict[str, str] = {}
_path: List[str] = []


def remember() -> None:
    """Notes in the server what every child starts from."""
    global _libc  # pylint: disable=global-statement
    try:
        _libc = ctypes.CDLL(None)
    except OSError:
        _libc = None
    _environment.update(os.environ)
    _path.extend(sys.path)


def stand_alone(out: int, error: int, keep: int) -> None:
    """Makes the process a session of its own that dies with the server and holds no descriptors but its own."""
    server = os.getppid()
    os.setsid()
    if _libc is not None and sys.platform.startswith("linux"):
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:
            os._exit(1)  # The server died before it could be noticed.
    _reset_signals()
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(out, 1)
    os.dup2(error, 2)
    os.closerange(3, keep)
    os.closerange(keep + 1, _highest_descriptor() + 1)
    gc.enable()


def arrange(pack_dir: Optional[str], variables: List[List[str]]) -> None:
    """Sets the environment and the import path as StackStorm does for an action of a pack.

    `variables` come last and win, except over the import path, which no action may change.
    """
    libraries = _libraries(pack_dir)
    sys.path[:] = libraries + _path
    vetted.forget_shadowed(libraries)

    environment = dict(_environment)
    virtualenv = _virtualenv()
    if virtualenv:
        folders = [folder for folder in environment.get("PATH", "").split(":") if folder]
        environment["PATH"] = ":".join([os.path.join(virtualenv, "bin/")] + folders)
    inherited = [folder for folder in environment.get("PYTHONPATH", "").split(":") if folder]
    environment.update((name, value) for name, value in variables if name.lower() != "pythonpath")
    environment["PYTHONPATH"] = ":".join(libraries + inherited + _path[:1])
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()


def flush_libraries() -> None:
    """Writes out what C libraries have printed and still hold."""
    if _libc is not None:
        _libc.fflush(None)


def _virtualenv() -> Optional[str]:
    return sys.prefix if sys.prefix != sys.base_prefix else None


def _libraries(pack_dir: Optional[str]) -> List[str]:
    folders = []
    virtualenv = _virtualenv()
    if virtualenv:
        site_packages = sysconfig.get_path("platlib")
        folders += [site_packages, os.path.dirname(site_packages)]
    if pack_dir:
        # The pack's own `lib` comes last, so that it adds modules but hides none.
        folders += [os.path.join(pack_dir, "actions", "lib"), os.path.join(pack_dir, "lib")]
    return folders


def _reset_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _highest_descriptor() -> int:
    try:
        return max(int(name) for name in os.listdir("/proc/self/fd"))
    except OSError:
        return 1023
