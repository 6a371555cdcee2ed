"""Ends what an action started: its whole session, not just its process group.

Each child leads a session of its own. What it starts stays in that session, also after a fork, a double fork or a new
process group, unless it leaves on purpose with `setsid`.
"""

import os
import signal
from typing import Iterator

_ROUNDS = 8


def signal_session(leader: int, number: int) -> None:
    """Sends a signal to every process of the session that `leader` leads. The caller must not have reaped the leader."""
    _quietly(os.killpg, leader, number)
    for pid in _members(leader):
        _quietly(os.kill, pid, number)


def kill_group(leader: int) -> None:
    """Kills what is left in the process group of a leader that has ended."""
    _quietly(os.killpg, leader, signal.SIGKILL)


def kill_session(leader: int) -> None:
    """Kills every process of the session, and those that are forked while it does."""
    for _ in range(_ROUNDS):
        signal_session(leader, signal.SIGKILL)
        if not any(True for _ in _members(leader)):
            return


def _members(leader: int) -> Iterator[int]:
    """The living processes of a session, where the system tells (`/proc`)."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in names:
        if name.isdigit() and _session_if_alive(name) == leader:
            yield int(name)


def _session_if_alive(pid: str) -> int:
    try:
        with open("/proc/%s/stat" % pid, "rb") as stat:
            # The command's name stands in brackets and may hold anything; what follows it is: state, parent, group, session.
            fields = stat.read().rpartition(b")")[2].split()
        return 0 if fields[0] in (b"Z", b"X") else int(fields[3])
    except (OSError, IndexError, ValueError):
        return 0


def _quietly(kill, pid: int, number: int) -> None:
    try:
        kill(pid, number)
    except OSError:
        pass  # It is gone already.
