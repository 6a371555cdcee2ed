#!/usr/bin/env python3
"""Prints what apt knows of a package, as JSON. Output that is JSON becomes an object in the action's result."""

import json
import os
import subprocess
import sys


def main(package):
    environment = {**os.environ, "LC_ALL": "C"}
    told = subprocess.run(
        ["apt-cache", "policy", "--", package], capture_output=True, text=True, check=False, env=environment
    )
    if told.returncode != 0:
        sys.stderr.write(told.stderr)
        return told.returncode
    versions = {}
    for line in told.stdout.splitlines():
        key, _, value = line.strip().partition(": ")
        if key in ("Installed", "Candidate"):
            versions[key.lower()] = None if value == "(none)" else value
    json.dump({"package": package, **versions}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
