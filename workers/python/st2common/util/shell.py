"""Running programs, and quoting for shells."""

import os
import shlex
import signal
import subprocess
from typing import Any, Optional, Tuple, Union

__all__ = ["run_command", "kill_process", "quote_unix", "quote_windows"]


def run_command(
    cmd: Union[str, list],
    stdin: Any = None,
    stdout: Any = subprocess.PIPE,
    stderr: Any = subprocess.PIPE,
    shell: bool = False,
    cwd: Optional[str] = None,
    env: Optional[dict] = None,
    close_fds: Optional[bool] = None,
) -> Tuple[int, Any, Any]:
    """Runs a program to its end; gives its exit code, and what it printed on standard output and standard error."""
    process = subprocess.Popen(
        cmd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=env,
        cwd=cwd,
        shell=shell,
        close_fds=True if close_fds is None else close_fds,
    )
    out, error = process.communicate()
    return process.returncode, out, error


def kill_process(process: Any) -> None:
    """Asks a process and its group to end."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
    except ProcessLookupError:
        pass


def quote_unix(value: Any) -> Any:
    """The text as one word of a POSIX shell."""
    return shlex.quote(value) if value else value


def quote_windows(value: Any) -> Any:
    """The text as one word of the Windows command line."""
    return subprocess.list2cmdline([value]) if value else value
