"""What an action finds around it: a process of its own, its descriptors, its environment and its import path."""

import ctypes
import gc
import os
import resource
import signal
import sys
import sysconfig
import time
from typing import Dict, List, Optional

from squall_worker import vetted

_PR_SET_PDEATHSIG = 1
_libc: Optional[ctypes.CDLL] = None
_highest = 1023
_first: List[str] = []
_rest: List[str] = []
_inherited: List[str] = []


def remember() -> None:
    """Sets in the server what is the same for all its children."""
    global _libc
    try:
        _libc = ctypes.CDLL(None)
    except OSError:
        _libc = None
    if sys.prefix != sys.base_prefix:
        # An environment of a pack: its packages come before everything else, also before Python's own modules.
        site_packages = sysconfig.get_path("platlib")
        _first[:] = [site_packages, os.path.dirname(site_packages)]
        programs = [folder for folder in os.environ.get("PATH", "").split(":") if folder]
        os.environ["PATH"] = ":".join([os.path.join(sys.prefix, "bin/")] + programs)
    _rest[:] = sys.path
    _inherited[:] = [folder for folder in os.environ.get("PYTHONPATH", "").split(":") if folder] + sys.path[:1]


def remember_descriptors() -> None:
    """Notes which descriptor is the server's highest. Those of a child's channels may be higher, others are not."""
    global _highest
    _highest = _highest_descriptor()


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
    os.closerange(keep + 1, max(_highest, nothing, out, error, keep) + 1)
    gc.enable()


_LIMITS = (
    ("memory", resource.RLIMIT_DATA, 0),
    # The hard limit comes a second later, and with it SIGKILL.
    ("processor_seconds", resource.RLIMIT_CPU, 1),
    ("processes", resource.RLIMIT_NPROC, 0),
    ("open_files", resource.RLIMIT_NOFILE, 0),
    ("file_size", resource.RLIMIT_FSIZE, 0),
)
"""The names of limits, what they are to the system, and how far above the soft limit the hard one is."""


def limit(limits: Dict[str, Optional[int]]) -> None:
    """Limits what this process, and each that it starts, may use. A limit that is lower already stays."""
    for name, which, room in _LIMITS:
        most = limits.get(name)
        if most is not None:
            _, ours = resource.getrlimit(which)
            within = [wanted if ours == resource.RLIM_INFINITY else min(wanted, ours) for wanted in (most, most + room)]
            resource.setrlimit(which, (within[0], within[1]))


def arrange(pack_dir: Optional[str], variables: List[List[str]]) -> None:
    """Sets the environment and the import path as StackStorm does for an action of a pack.

    `variables` come last and win, except over the import path, which no action may change.
    """
    own = _pack_libraries(pack_dir)
    sys.path[:] = _first + own + _rest
    vetted.forget_shadowed(own)
    for name, value in variables:
        if name.lower() != "pythonpath":
            os.environ[name] = value
            if name == "TZ":
                time.tzset()
    os.environ["PYTHONPATH"] = ":".join(_first + own + _inherited)


def flush_libraries() -> None:
    """Writes out what C libraries have printed and still hold."""
    if _libc is not None:
        _libc.fflush(None)


def _pack_libraries(pack_dir: Optional[str]) -> List[str]:
    # The pack's own `lib` comes last, so that it adds modules but hides none.
    return [os.path.join(pack_dir, "actions", "lib"), os.path.join(pack_dir, "lib")] if pack_dir else []


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
