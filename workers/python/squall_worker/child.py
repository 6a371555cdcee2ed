"""One forked child: waits for one request, carries it out, says how it ended, and exits as Python would."""

import atexit
import os
import signal
import sys
import threading
import traceback
from typing import Any, Callable, Dict

from squall_worker import action, channel, frames, playbooks, rehearsal, repository, surroundings, warm

OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep

_KINDS: Dict[str, Callable[[Dict[str, Any], Callable[[Dict[str, Any]], Any]], None]] = {
    "stackstorm_action": action.carry_out,
    "robusta_actions": playbooks.carry_out,
    "robusta_inspect": repository.inspect_repositories,
}
"""What a request may be. Each takes the request and a function that reports one finished piece of work."""


def live(sock: int, out: int, error: int, rehearse: bool) -> None:
    """The whole life of a child. Never returns."""
    code = 1
    try:
        surroundings.stand_alone(out, error, keep=sock)
        line = channel.open_on(sock)
        if rehearse and not line.is_waiting():
            (warm if warm.is_for_playbooks else rehearsal).rehearse(1)
        request = line.receive()
        if request is None:
            os._exit(0)  # Nobody needed this child.
        code = _work(line, request["run"])
        code = _finish(code)
        # The last frame stands for the exit, which takes the system a while; nothing can follow it.
        os.closerange(1, 3)
        line.send({"exit": code})
    finally:
        os._exit(code)


def _work(line: channel.Channel, request: Dict[str, Any]) -> int:
    """Carries out the request and gives the exit code that Python would give."""
    try:
        surroundings.limit(request["limits"])
        surroundings.arrange(request["pack_dir"], request["environment"])
        most = playbooks.MAX_RESULT if request["kind"] == "robusta_actions" else frames.MAX_FRAME
        _KINDS[request["kind"]](request, lambda done: line.send({"done": done}, most))
        return 0
    except SystemExit as leaving:
        return _exit_code(leaving)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _print_exception()
        _finish(1)
        os.kill(os.getpid(), signal.SIGINT)
        return 1
    except BaseException:
        _print_exception()
        return 1


def _exit_code(leaving: SystemExit) -> int:
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code & 0xFF
    print(leaving.code, file=sys.stderr)
    return 1


def _print_exception() -> None:
    """Prints the current exception as Python does, but begins with the action's own code."""
    kind, error, trace = sys.exc_info()
    own = trace
    # The last entry stays, whosever it is: a call that does not fit `run` has no other.
    while own.tb_next is not None and own.tb_frame.f_code.co_filename.startswith(OWN_FOLDER):
        own = own.tb_next
    try:
        sys.excepthook(kind, error.with_traceback(own), own)
    except BaseException:
        traceback.print_exc()


def _finish(code: int) -> int:
    """Does what Python does at exit, up to where it would tear itself down."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # Waits for the action's threads.
    except BaseException:
        traceback.print_exc()
    try:
        atexit._run_exitfuncs()
    except BaseException:
        pass  # It has been printed.
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # The action has closed it or put something else in its place.
    surroundings.flush_libraries()
    return code
