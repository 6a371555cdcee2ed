"""The fork server: one thread, one loop. It forks children, says when they end, and ends them when asked.

A child that has ended stays unreaped until Squall releases it, so its process id keeps meaning the same session for as
long as somebody may ask to stop it.
"""

import argparse
import gc
import os
import platform
import select
import signal
import socket
import sys
import time
from typing import Any, Dict, List, Optional

from squall_worker import child, frames, rehearsal, sessions, surroundings, vetted, warm

CONTROL = 0
"""The control socket arrives as standard input."""


class _Child:
    """What the server remembers of one child."""

    def __init__(self) -> None:
        self.exited = False
        self.released = False
        self.kill_at: Optional[float] = None


class _Server:
    def __init__(self, control: socket.socket, wakeup: int) -> None:
        self.control = control
        self.wakeup = wakeup
        self.children: Dict[int, _Child] = {}

    def serve(self) -> None:
        """Answers until Squall is gone."""
        while True:
            readable, _, _ = select.select([self.control, self.wakeup], [], [], self._patience())
            if self.wakeup in readable:
                os.read(self.wakeup, 4096)
            self._notice_exits()
            self._kill_the_overdue()
            if self.control in readable:
                command = frames.receive(self.control)
                if command is None:
                    return
                self._obey(command)

    def kill_all(self) -> None:
        """Kills the sessions of all children that nobody released."""
        for pid in self.children:
            sessions.kill_session(pid)

    def _obey(self, command: Dict[str, Any]) -> None:
        if "fork" in command:
            for _ in range(command["fork"]):
                self._fork(command["rehearse"])
        elif "stop" in command:
            self._stop(command["stop"], command["grace"])
        elif "release" in command:
            self._release(command["release"])
        else:
            raise ValueError("unknown command: %s" % ", ".join(command))

    def _fork(self, rehearse: bool) -> None:
        """Forks one child, or says why it cannot."""
        mine: List[int] = []
        childs: List[int] = []
        try:
            try:
                _open_channels(mine, childs)
                pid = os.fork()
            except OSError as error:
                frames.send(self.control, {"not_forked": str(error)})
                return
            if pid == 0:
                child.live(*childs, rehearse)
            self.children[pid] = _Child()
            frames.send_with_descriptors(self.control, {"forked": pid}, mine)
        finally:
            for descriptor in mine + childs:
                os.close(descriptor)

    def _stop(self, pid: int, grace: float) -> None:
        known = self.children.get(pid)
        if known is None:
            return
        if grace > 0:
            sessions.signal_session(pid, signal.SIGTERM)
            known.kill_at = time.monotonic() + grace
        else:
            sessions.kill_session(pid)

    def _release(self, pid: int) -> None:
        known = self.children.get(pid)
        if known is None:
            return
        known.released = True
        if known.exited:
            self._reap(pid)

    def _notice_exits(self) -> None:
        for pid, known in list(self.children.items()):
            if known.exited:
                continue
            ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                continue
            known.exited = True
            if known.released:
                self._reap(pid)
            else:
                code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
                frames.send(self.control, {"exited": pid, "code": code})

    def _reap(self, pid: int) -> None:
        """Forgets a child that has ended, and ends what it left in its group."""
        sessions.kill_group(pid)
        os.waitpid(pid, 0)
        del self.children[pid]

    def _kill_the_overdue(self) -> None:
        now = time.monotonic()
        for pid, known in self.children.items():
            if known.kill_at is not None and known.kill_at <= now:
                known.kill_at = None
                sessions.kill_session(pid)

    def _patience(self) -> Optional[float]:
        deadlines = [known.kill_at for known in self.children.values() if known.kill_at is not None]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None


def _open_channels(mine: List[int], childs: List[int]) -> None:
    """Adds to both lists: socket, standard output, standard error; the ends that read to `mine`."""
    left, right = socket.socketpair()
    mine.append(left.detach())
    childs.append(right.detach())
    for _ in ("standard output", "standard error"):
        reading, writing = os.pipe()
        mine.append(reading)
        childs.append(writing)


def main() -> None:
    """Serves until the control socket ends; then kills what still runs."""
    arguments = _arguments()
    control = socket.socket(fileno=os.dup(CONTROL))
    try:
        outside = vetted.import_all(arguments.without)
        if arguments.playbooks:
            warm.for_playbooks(warm.repositories_of(arguments.repository), arguments.without)
    except vetted.StartedThread as error:
        _start_again(arguments, error.module)
    surroundings.remember()
    rehearsal.rehearse(rehearsal.IN_SERVER)
    gc.collect()
    gc.freeze()
    # A collection in the server would touch pages that its children share.
    gc.disable()
    server = _Server(control, _wake_on_signals())
    surroundings.remember_descriptors()
    try:
        frames.send(control, {"ready": {"python": platform.python_version(), "modules": outside}})
        server.serve()
    except OSError:
        pass  # Squall is gone: its end of the socket is closed.
    finally:
        server.kill_all()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fork server of Squall's Python runner")
    parser.add_argument("--without", action="append", default=[], help="a module or repository not to import ahead")
    parser.add_argument("--playbooks", action="store_true", help="import ahead what playbooks need")
    parser.add_argument("--repository", action="append", default=[], help="a playbook repository, as name=folder")
    return parser.parse_args()


def _start_again(arguments: argparse.Namespace, also_without: str) -> None:
    options = ["--without=" + name for name in [*arguments.without, also_without]]
    options += ["--repository=" + one for one in arguments.repository]
    options += ["--playbooks"] if arguments.playbooks else []
    os.execv(sys.executable, [sys.executable, "-u", sys.argv[0]] + options)


def _wake_on_signals() -> int:
    """A descriptor that becomes readable when a child ends."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    # Whoever asks Squall to stop asks Squall, not its fork servers: they end with its socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return reading
