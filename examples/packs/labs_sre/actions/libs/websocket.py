"""As much of a websocket's client (RFC 6455) as reading from one takes."""

import base64
import hashlib
import http.client
import os
import struct

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUED, BINARY, CLOSE, PING, PONG = 0x0, 0x2, 0x8, 0x9, 0xA


class Broken(Exception):
    """What came is no websocket, or too long."""


def agree(socket, host, path, headers, protocol):
    """Asks for a websocket on a connection. Gives none if it is one now, else the status and text of the refusal."""
    key = base64.b64encode(os.urandom(16))
    connection = http.client.HTTPConnection(host)
    connection.sock = socket
    connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    asked = {
        "Host": host,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key.decode(),
        "Sec-WebSocket-Protocol": protocol,
    }
    for name, value in {**asked, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    # Nothing may be read beyond the headers: what follows is the websocket's.
    answer = http.client.HTTPResponse(Unbuffered(socket), method="GET")
    answer.begin()
    if answer.status != 101:
        return answer.status, answer.read(64 * 1024).decode("utf-8", "replace")
    accepted = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
    if answer.headers.get("Sec-WebSocket-Accept") != accepted:
        raise Broken("the server agreed to something else than a websocket")
    return None


class Unbuffered:
    """A connection that is read byte by byte where lines are asked for."""

    def __init__(self, socket):
        self.socket = socket

    def makefile(self, mode):
        return self.socket.makefile(mode, buffering=0)


def messages(socket, longest):
    """The binary messages until the other side closes."""
    stream = socket.makefile("rb")
    message, size = bytearray(), 0
    while True:
        first, second = exactly(stream, 2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", exactly(stream, 2))
        elif length == 127:
            (length,) = struct.unpack("!Q", exactly(stream, 8))
        size += length
        if second & 0x80 or size > longest:
            raise Broken(f"more than {longest} bytes came, or what no server sends")
        content, kind = exactly(stream, length), first & 0x0F
        if kind == CLOSE:
            say(socket, CLOSE, content[:2])
            return
        if kind == PING:
            say(socket, PONG, content)
        elif kind in (BINARY, CONTINUED):
            message += content
            if first & 0x80:
                yield bytes(message)
                message.clear()


def exactly(stream, length):
    content = stream.read(length)
    if len(content) < length:
        raise Broken("the connection ended too early")
    return content


def say(socket, kind, content):
    """A small frame; what clients send is masked."""
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(content[:125]))
    socket.sendall(bytes([0x80 | kind, 0x80 | len(masked)]) + mask + masked)
