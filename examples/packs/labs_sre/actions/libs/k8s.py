"""Finds pods.

The pods stand in a file, the inventory: a list of objects with `namespace`, `name`, `status`, and the address of the
pod's Go profiler in `pprof`. So the pack can be tried without a cluster; only this file knows where pods come from.
"""

import json
import os

PACK = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COLUMNS = ["namespace", "name", "status"]


def list_pods(config):
    """A table of all pods with its heading, or what went wrong."""
    ret, pods = read_inventory(config)
    if not ret:
        return ret, pods
    return True, [COLUMNS] + [[pod.get(column, "") for column in COLUMNS] for pod in pods]


def find_pod(config, name, namespace):
    """One pod, or what went wrong."""
    ret, pods = read_inventory(config)
    if not ret:
        return ret, pods
    for pod in pods:
        if (pod.get("namespace"), pod.get("name")) == (namespace, name):
            return True, pod
    return False, f"there is no pod {name} in the namespace {namespace}"


def read_inventory(config):
    """All pods, or what went wrong."""
    path = os.path.join(PACK, os.path.expanduser(config["inventory"]))
    try:
        with open(path, encoding="utf-8") as inventory:
            pods = json.load(inventory)
    except (OSError, ValueError) as failure:
        return False, f"cannot read the inventory {path}: {failure}"
    if not isinstance(pods, list) or not all(isinstance(pod, dict) for pod in pods):
        return False, f"the inventory {path} must be a list of objects"
    return True, pods
