"""The fork server as Squall sees it: through its sockets and pipes."""

import array
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import sysconfig
import tempfile
import unittest
from typing import Any, Dict, List, Optional, Tuple

from squall_worker import frames

FORK_SERVER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fork_server.py")
BEGIN = "from st2common.runners.base_action import Action\nimport os, sys, signal, time\nclass A(Action):\n    def run(self):\n        "
SECONDS = 20


class Child:
    """A child's ends."""

    def __init__(self, pid: int, descriptors: List[int]) -> None:
        self.pid = pid
        self.socket = socket.socket(fileno=descriptors[0])
        self.socket.settimeout(SECONDS)
        self.out, self.error = (os.fdopen(descriptor, "rb") for descriptor in descriptors[1:])

    def close(self) -> None:
        self.socket.close()
        self.out.close()
        self.error.close()


class WithServer(unittest.TestCase):
    def options(self) -> List[str]:
        """What the server is started with."""
        return []

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.pack = folder.name
        os.mkdir(os.path.join(self.pack, "actions"))
        self.control, theirs = socket.socketpair()
        self.control.settimeout(SECONDS)
        self.addCleanup(self.control.close)
        self.process = subprocess.Popen([sys.executable, "-u", FORK_SERVER, *self.options()], stdin=theirs)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.control.close)
        theirs.close()
        self.assertIn("ready", self.told()[0])

    def told(self) -> Tuple[Dict[str, Any], List[int]]:
        """The next notice and its descriptors."""
        head, ancillary, _, _ = self.control.recvmsg(4, socket.CMSG_SPACE(3 * array.array("i").itemsize))
        descriptors = array.array("i")
        for _, _, data in ancillary:
            descriptors.frombytes(data)
        (length,) = struct.unpack(">I", head)
        return json.loads(self.control.recv(length, socket.MSG_WAITALL)), list(descriptors)

    def child(self, rehearse: bool = False) -> Child:
        frames.send(self.control, {"fork": 1, "rehearse": rehearse})
        told, descriptors = self.told()
        child = Child(told["forked"], descriptors)
        self.addCleanup(child.close)
        return child


class ServerTest(WithServer):
    def start(self, body: str, rehearse: bool = False) -> Child:
        """A child that carries out an action whose `run` has this body."""
        path = os.path.join(self.pack, "actions", "it.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(BEGIN + body + "\n")
        child = self.child(rehearse)
        request = {
            "kind": "stackstorm_action",
            "file": path,
            "pack": "tests",
            "pack_dir": self.pack,
            "log_level": "DEBUG",
            "parameters": {},
            "config": {},
            "environment": [["ST2_ACTION_PACK_NAME", "tests"], ["PYTHONPATH", "/nowhere"]],
            "limits": {"open_files": 200},
        }
        frames.send(child.socket, {"run": request})
        return child

    def run_to_end(self, body: str) -> Tuple[Optional[Any], int]:
        """What the action gave, and its exit code."""
        child = self.start(body, rehearse=True)
        done, code = None, None
        while True:
            frame = frames.receive(child.socket)
            if frame is None:
                break
            done = frame.get("done", done)
            code = frame.get("exit", code)
        exited = self.told()[0]
        self.assertEqual(exited["exited"], child.pid)
        self.assertIn(code, (None, exited["code"]), "the child says how it will exit")
        frames.send(self.control, {"release": child.pid})
        self.stdout, self.stderr = child.out.read(), child.error.read()
        return done, exited["code"]

    def test_ends(self) -> None:
        result = {"result": 1, "status": True}
        for body, expected in [
            ("return True, 1", (result, 0)),
            ("sys.exit()", (None, 0)),
            ("sys.exit(3)", (None, 3)),
            ("sys.exit(-1)", (None, 255)),
            ("sys.exit('so')", (None, 1)),
            ("raise ValueError('so')", (None, 1)),
            ("os._exit(4)", (None, 4)),
            ("os.kill(os.getpid(), signal.SIGSEGV)", (None, -signal.SIGSEGV)),
            ("raise KeyboardInterrupt", (None, -signal.SIGINT)),
            ("return 'yes', 1", (None, 220)),
            ("import atexit; atexit.register(os._exit, 5); return True, 1", (result, 5)),
            ("import threading; threading.Thread(target=lambda: (time.sleep(0.05), os._exit(6))).start(); return True, 1", (result, 6)),
            ("os.close(1); os.close(2); return True, 1", (result, 0)),
            ("os.fork(); return True, 1", (result, 0)),
        ]:
            with self.subTest(body=body):
                self.assertEqual(self.run_to_end(body), expected)

    def test_a_traceback_begins_with_the_actions_own_code(self) -> None:
        self.run_to_end("raise ValueError('so')")
        self.assertRegex(self.stderr.decode(), r"^Traceback [^\n]*\n  File \"[^\"]*/actions/it.py\", line 5, in run\n")
        self.assertTrue(self.stderr.endswith(b"ValueError: so\n"))

    def test_surroundings(self) -> None:
        body = """return True, {
            "fds": sorted(int(fd) for fd in os.listdir('/proc/self/fd'))[:-1],
            "stdin": sys.stdin.read(), "sid": os.getsid(0) == os.getpid(), "group": os.getpgid(0) == os.getpid(),
            "argv": sys.argv, "name": os.environ["ST2_ACTION_PACK_NAME"], "path": os.environ["PYTHONPATH"].split(":")[:2],
            "signals": [str(signal.getsignal(n)) for n in (signal.SIGTERM, signal.SIGCHLD)],
            "sys_path": sys.path[:2] + sys.path[-1:], "left": [m for m in sys.modules if "rehears" in m],
        }"""
        (done, code) = self.run_to_end(body)
        actions = os.path.join(self.pack, "actions")
        lib = [os.path.join(actions, "lib"), os.path.join(self.pack, "lib")]
        if sys.prefix != sys.base_prefix:
            # The packages of a virtual environment come before all else.
            packages = sysconfig.get_path("platlib")
            lib = [packages, os.path.dirname(packages)]
        result = done["result"]
        self.assertEqual(code, 0)
        self.assertEqual(result.pop("fds")[:3], [0, 1, 2])
        self.assertEqual(result.pop("left"), ["squall_worker.rehearsal"])
        self.assertEqual(
            result,
            {
                "stdin": "",
                "sid": True,
                "group": True,
                "argv": [os.path.join(actions, "it.py")],
                "name": "tests",
                "path": lib,
                "signals": [str(signal.SIG_DFL)] * 2,
                "sys_path": lib + [os.path.realpath(actions)],
            },
        )

    def test_a_child_that_is_not_needed_ends(self) -> None:
        child = self.child()
        child.close()
        self.assertEqual(self.told()[0], {"exited": child.pid, "code": 0})

    def test_stop_ends_the_whole_session(self) -> None:
        body = (
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n        if os.fork() == 0:\n            os.setpgid(0, 0)\n"
            "        os.write(1, b'up\\n')\n        time.sleep(1000)"
        )
        child = self.start(body)
        self.assertEqual(child.out.read(6), b"up\nup\n")
        frames.send(self.control, {"stop": child.pid, "grace": 0.05})
        self.assertEqual(self.told()[0], {"exited": child.pid, "code": -signal.SIGKILL})
        self.assertEqual(child.out.read(), b"", "nobody holds the pipe any more")

    def test_what_stays_in_the_group_ends_with_the_child(self) -> None:
        child = self.start("import subprocess; subprocess.Popen(['sleep', '1000'])")
        self.assertEqual(self.told()[0], {"exited": child.pid, "code": 0})
        self.assertEqual(select.select([child.out], [], [], 0)[0], [], "the sleeper holds the pipe")
        frames.send(self.control, {"release": child.pid})
        self.assertEqual(child.out.read(), b"")

    def test_everything_ends_with_the_control_socket(self) -> None:
        body = "signal.signal(signal.SIGTERM, signal.SIG_IGN); os.fork(); os.write(1, b'up\\n'); time.sleep(1000)"
        child = self.start(body)
        self.assertEqual(child.out.read(6), b"up\nup\n")
        self.control.close()
        self.assertEqual(child.out.read(), b"")
        self.assertEqual(self.process.wait(SECONDS), 0)

    def test_children_die_with_the_server(self) -> None:
        child = self.start("os.write(1, b'up\\n'); time.sleep(1000)")
        self.assertEqual(child.out.read(3), b"up\n")
        self.process.kill()
        self.assertEqual(child.out.read(), b"")
