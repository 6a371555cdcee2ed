"""Reads profiles from programs that serve Go's net/http/pprof."""

import datetime
import os
import re
import tempfile
import urllib.request

SECONDS = 30
MAX_BYTES = 256 * 1024 * 1024
GZIP = b"\x1f\x8b"


def save_heap(pod, config):
    """Saves the pod's heap profile as <pod>-<UTC time>.pb.gz, whole or not at all, and says where."""
    if not pod.get("pprof"):
        return False, f"the pod {pod['name']} serves no profiles"
    url = pod["pprof"].rstrip("/") + "/debug/pprof/heap"
    try:
        profile = download(url)
    except (OSError, ValueError) as failure:
        return False, f"cannot read {url}: {failure}"
    folder = os.path.abspath(os.path.expanduser(config["profiles_dir"]))
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", pod["name"])
    path = os.path.join(folder, f"{name}-{now}.pb.gz")
    try:
        write(path, profile)
    except OSError as failure:
        return False, f"cannot write {path}: {failure}"
    return True, {
        "profile": path,
        "bytes": len(profile),
        "pod": pod["name"],
        "namespace": pod["namespace"],
    }


def download(url):
    """The profile behind the address; refuses what is none, and what is larger than any heap profile."""
    with urllib.request.urlopen(url, timeout=SECONDS) as response:
        profile = response.read(MAX_BYTES + 1)
    if len(profile) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES} bytes")
    if not profile.startswith(GZIP):
        raise ValueError("it is no profile")
    return profile


def write(path, content):
    """Writes a file that is there whole or not at all."""
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError:
        os.unlink(draft)
        raise
