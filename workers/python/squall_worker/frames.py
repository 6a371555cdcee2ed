"""Frames: how the two sides talk over a unix socket. Four bytes of length, big end first, then JSON in UTF-8.

On the control socket, between Squall and the fork server:

* to the server: `{"fork": n, "rehearse": true|false}`, `{"stop": pid, "grace": seconds}`, `{"release": pid}`; the end of the stream means that
  Squall is gone: everything is killed.
* to Squall: `{"ready": {...}}` once, `{"forked": pid}` with three descriptors (the child's socket, the read ends of its
  standard output and standard error), `{"not_forked": reason}`, `{"exited": pid, "code": n}` (below zero: the signal).

On a child's socket:

* to the child: `{"run": {...}}`, and `{"answer": value}` or `{"refusal": message}` to what it asked.
* to Squall: `{"call": {...}}`, `{"progress": {"next": ..., "result": ...}}` (what comes next, and perhaps what has come of
  the work so far), then `{"done": {"result": ..., "status": ...}}` for each piece of work, and at last
  `{"exit": code}` when the child has nothing more to say. One request is one piece of work; a kind of request that is
  several pieces in order answers with as many `done` frames.
"""

import array
import json
import socket
import struct
from typing import Any, List, Optional

MAX_FRAME = 128 * 1024 * 1024
"""No frame may be longer than this, in bytes."""

_LENGTH = struct.Struct(">I")
# Made before any action can lay hands on the module.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_DECODER = json.JSONDecoder()


class FrameTooLong(ValueError):
    """A frame is longer than it may be."""


def encode(value: Any, most: int = MAX_FRAME) -> bytes:
    """The frame that carries `value`, which must be plain JSON."""
    body = _ENCODER.encode(value).encode("utf-8")
    if len(body) > most:
        raise FrameTooLong("%d bytes; at most %d are possible" % (len(body), most))
    return _LENGTH.pack(len(body)) + body


def send(sock: socket.socket, value: Any, most: int = MAX_FRAME) -> int:
    """Sends one frame whole. How long it was."""
    frame = encode(value, most)
    sock.sendall(frame)
    return len(frame)


def send_with_descriptors(sock: socket.socket, value: Any, descriptors: List[int]) -> None:
    """Sends one small frame; the descriptors travel with its first byte."""
    frame = encode(value)
    rights = array.array("i", descriptors)
    sent = sock.sendmsg([frame], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    if sent < len(frame):
        sock.sendall(frame[sent:])


def receive(sock: socket.socket) -> Optional[Any]:
    """The next frame's value; none at the end of the stream."""
    head = _receive_exactly(sock, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_FRAME:
        raise FrameTooLong("%d bytes; at most %d are possible" % (length, MAX_FRAME))
    body = _receive_exactly(sock, length)
    return None if body is None else _DECODER.decode(body.decode("utf-8"))


def _receive_exactly(sock: socket.socket, length: int) -> Optional[bytearray]:
    buffer = bytearray(length)
    view = memoryview(buffer)
    while view:
        count = sock.recv_into(view)
        if count == 0:
            return None
        view = view[count:]
    return buffer
