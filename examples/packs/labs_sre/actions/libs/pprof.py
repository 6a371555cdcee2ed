"""Takes heap profiles of pods that serve Go's net/http/pprof, and keeps them."""

import datetime
import os
import re
import tempfile

from libs import k8s

GZIP = b"\x1f\x8b"


def save_heap(config, pod, namespace):
    """Saves the pod's heap profile as <pod>-<UTC time>.pb.gz, whole or not at all, and says where."""
    command = ["wget", "-q", "-O", "-", config["profiler"]]
    ret, profile = k8s.exec_pod(config, pod, namespace, command)
    if not ret:
        return ret, profile
    if not profile.startswith(GZIP):
        return False, f"what {config['profiler']} serves in the pod {pod} is no profile"
    folder = os.path.abspath(os.path.expanduser(config["profiles_dir"]))
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%S.%fZ")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", pod)
    path = os.path.join(folder, f"{name}-{now}.pb.gz")
    try:
        write(path, profile)
    except OSError as failure:
        return False, f"cannot write {path}: {failure}"
    return True, {"profile": path, "bytes": len(profile), "pod": pod, "namespace": namespace}


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
