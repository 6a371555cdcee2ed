"""What every recorder shares: loading the original, its stand-ins for a database, and the two file formats.

Only what reaches outside a function is replaced: key look-ups read a dict, failed
enforcements are noted in a list. The code whose behaviour is recorded stays as it is.
"""

import argparse
import base64
import contextlib
import datetime
import json
import logging
import os
import re
import signal
import sys
import tempfile
import types
import warnings

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(HERE)
SYSTEM_USER = "stanley"
LONGEST_SECONDS = 20

# Characters that are legal in JSON text but invisible or line-breaking in an editor.
UNSEEN = re.compile("[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


def arguments(description):
    """Parses the command line that all recorders have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--upstream", required=True, help="folder with the StackStorm source tree")
    parser.add_argument("--out", default=os.path.join(HOME, "recorded"), help="folder for the recordings")
    return parser.parse_args()


def load(upstream):
    """Makes the original importable and puts the stand-ins in place."""
    os.environ["TZ"] = "UTC"
    for part in ("st2common", "st2reactor", "contrib/runners/python_runner"):
        sys.path.insert(0, os.path.join(upstream, part))
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    from oslo_config import cfg
    import st2common.config

    st2common.config.register_opts(ignore_errors=True)
    cfg.CONF(args=[])
    cfg.CONF.set_override("user", SYSTEM_USER, group="system_user")

    from st2common.rbac import backends
    from st2common.rbac.backends.noop import NoOpRBACBackend

    backends.BACKENDS_CACHE[cfg.CONF.rbac.backend] = NoOpRBACBackend()

    from st2common.persistence.keyvalue import KeyValuePair

    KeyValuePair.get_by_scope_and_name = staticmethod(read_key)


KEYS = {}


def read_key(scope, name):
    """Stands in for the one database read of a key look-up."""
    from st2common.exceptions.db import StackStormDBObjectNotFoundError

    stored = KEYS.get(scope.rsplit(".", 1)[-1], {})
    if name not in stored:
        raise StackStormDBObjectNotFoundError(f"no key {name} in {scope}")
    return types.SimpleNamespace(value=stored[name])


@contextlib.contextmanager
def world(case):
    """The datastore and the crypto key of one case, for the time of that case."""
    from oslo_config import cfg

    KEYS.clear()
    KEYS.update(case.get("keys") or {})
    with tempfile.NamedTemporaryFile("w", suffix=".json") as key_file:
        key_file.write(case.get("crypto_key") or "")
        key_file.flush()
        cfg.CONF.set_override("encryption_key_path", key_file.name, group="keyvalue")
        signal.signal(signal.SIGALRM, lambda *_: endless(case))
        signal.alarm(LONGEST_SECONDS)
        yield key_file.name
        signal.alarm(0)


def endless(case):
    """Ends the recording: a case on which the original never returns has no place in the data."""
    os.write(2, f"{case['id']} did not end\n".encode())
    os._exit(1)


def groups(name):
    """Reads cases/<name>.yaml: a list of groups, each with its own defaults for its cases."""
    with open(os.path.join(HOME, "cases", f"{name}.yaml"), encoding="utf-8") as source:
        return yaml.load(source, Loader=yaml.CSafeLoader)


def cases(name):
    """Yields each case of a file with its id (group, number in group) and its group's defaults."""
    for group in groups(name):
        title = group.pop("group")
        own = group.pop("cases")
        for number, case in enumerate(own, 1):
            if not isinstance(case, dict):
                case = {"value": case}
            yield {"id": f"{title}-{number:02}", **group, **case}


def write(out, name, rows):
    """Writes recorded/<name>.jsonl, one case a line, after checking that ids are unique."""
    rows = list(rows)
    ids = [row["id"] for row in rows]
    doubles = sorted({one for one in ids if ids.count(one) > 1})
    if doubles:
        raise SystemExit(f"{name}: ids used twice: {doubles}")
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, f"{name}.jsonl"), "w", encoding="utf-8", newline="\n") as target:
        for row in rows:
            text = json.dumps(row, ensure_ascii=False, allow_nan=False)
            target.write(UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", text) + "\n")
    print(f"{name}: {len(rows)}")


def without_addresses(text):
    """Replaces what differs from run to run: Python shows where in memory an object lies."""
    return re.sub(r"\bat 0x[0-9a-f]+>", "at 0x0>", text)


def error_of(raised):
    """The class and text of an exception, without what differs from run to run."""
    text = without_addresses(str(raised))
    text = re.sub(r"/[^ '\"]*/tmp[a-z0-9_]+\.json|/tmp/tmp[a-z0-9_]+\.json", "<key file>", text)
    return {"error": type(raised).__name__, "message": text}


def tagged(value):
    """Turns a Python value into JSON; what JSON cannot hold becomes a one-member object `__kind__`."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else {"__int__": str(value)}
    if isinstance(value, float):
        odd = value != value or value in (float("inf"), float("-inf"))
        return {"__float__": repr(value)} if odd else value
    if isinstance(value, (bytes, bytearray)):
        return {"__bytes__": base64.b64encode(value).decode("ascii")}
    if isinstance(value, datetime.datetime):
        return {"__datetime__": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"__date__": value.isoformat()}
    if isinstance(value, complex):
        return {"__complex__": repr(value)}
    if isinstance(value, list):
        return [tagged(one) for one in value]
    if isinstance(value, tuple):
        return {"__tuple__": [tagged(one) for one in value]}
    if isinstance(value, (set, frozenset)):
        return {"__set__": sorted((tagged(one) for one in value), key=lambda one: json.dumps(one))}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: tagged(one) for key, one in value.items()}
        return {"__dict__": [[tagged(key), tagged(one)] for key, one in value.items()]}
    if value is Ellipsis:
        return {"__ellipsis__": True}
    raise TypeError(f"no JSON form for {type(value).__name__}")


def untagged(value):
    """The reverse of `tagged`, for the few inputs that need it."""
    if isinstance(value, list):
        return [untagged(one) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (kind, inner), = value.items()
        if kind == "__int__":
            return int(inner)
        if kind == "__float__":
            return float(inner)
        if kind == "__tuple__":
            return tuple(untagged(one) for one in inner)
        if kind == "__set__":
            return {untagged(one) for one in inner}
        if kind == "__bytes__":
            return base64.b64decode(inner)
        if kind == "__datetime__":
            return datetime.datetime.fromisoformat(inner)
        if kind == "__date__":
            return datetime.date.fromisoformat(inner)
        if kind == "__dict__":
            return {untagged(key): untagged(one) for key, one in inner}
    return {key: untagged(one) for key, one in value.items()}
