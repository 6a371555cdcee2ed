"""Runs all recorders. With --check: records twice, with different hash seeds, and compares with what is committed."""

import argparse
import filecmp
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDED = os.path.join(os.path.dirname(HERE), "recorded")
RECORDERS = [
    *("criteria", "jinja", "render", "jsonpaths", "python_values", "yaml_texts", "schemas", "crypto_texts"),
    *("python_expressions", "python_patterns", "yaml_writing", "python_runs", "shell", "http_requests"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True, help="folder with the StackStorm source tree")
    parser.add_argument("--check", action="store_true", help="write nothing; tell what would differ")
    args = parser.parse_args()
    if not args.check:
        record(args.upstream, RECORDED, seed="0")
        return 0
    differing = set()
    for seed in ("1", "2"):
        with tempfile.TemporaryDirectory() as folder:
            record(args.upstream, folder, seed)
            names = sorted(os.listdir(folder))
            _, changed, missing = filecmp.cmpfiles(RECORDED, folder, names, shallow=False)
            differing.update(changed, missing)
    print("differing:", ", ".join(sorted(differing)) or "nothing")
    return 1 if differing else 0


def record(upstream, out, seed):
    for name in RECORDERS:
        command = [sys.executable, os.path.join(HERE, f"{name}.py"), "--upstream", upstream, "--out", out]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed})


if __name__ == "__main__":
    sys.exit(main())
