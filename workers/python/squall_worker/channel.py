"""A child's line to Squall: it answers requests on it, and asks on it what only Squall knows."""

import os
import select
import socket
import threading
from typing import Any, Dict, Optional

from squall_worker import frames


class Refused(Exception):
    """Squall did not do what was asked; the message says why."""


class Channel:
    """The child's end of its socket. Threads of an action may ask at the same time; its forks may not ask at all."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._turn = threading.Lock()
        self._owner = os.getpid()

    @property
    def is_mine(self) -> bool:
        """Whether this process is the child itself, and not something that the action forked."""
        return os.getpid() == self._owner

    def is_waiting(self) -> bool:
        """Whether there is something to receive."""
        return bool(select.select([self._sock], [], [], 0)[0])

    def receive(self) -> Optional[Dict[str, Any]]:
        """The next frame; none when Squall has hung up."""
        return frames.receive(self._sock)

    def send(self, frame: Dict[str, Any], most: int = frames.MAX_FRAME) -> int:
        """Sends one frame, if this process may. How long it was."""
        if not self.is_mine:
            return 0
        with self._turn:
            return frames.send(self._sock, frame, most)

    def ask(self, question: Dict[str, Any]) -> Any:
        """Asks one question and waits for the answer."""
        if not self.is_mine:
            raise Refused("only the process that Squall started can ask Squall, not one that it forked")
        with self._turn:
            frames.send(self._sock, {"call": question})
            reply = frames.receive(self._sock)
        if reply is None:
            raise Refused("Squall has hung up")
        if "refusal" in reply:
            raise Refused(reply["refusal"])
        return reply["answer"]


def rehearse(done: Dict[str, Any]) -> None:
    """What reporting `done` takes, but for sending it."""
    frames.encode({"done": done})


_current: Optional[Channel] = None


def open_on(descriptor: int) -> Channel:
    """Makes the channel of this process."""
    global _current
    _current = Channel(socket.socket(fileno=descriptor))
    return _current


def tell(progress: Dict[str, Any]) -> int:
    """Tells on the channel of this process how far its work is. How long that was."""
    return 0 if _current is None else _current.send({"progress": progress})


def ask(question: Dict[str, Any]) -> Any:
    """Asks on the channel of this process."""
    if _current is None:
        raise Refused("this only works in an action that Squall runs")
    return _current.ask(question)
