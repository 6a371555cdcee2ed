"""Starts the fork server: `python3 -u fork_server.py`, with the control socket as standard input.

It stands beside the packages it imports, so that Python itself puts their folder on `sys.path`.
"""

from squall_worker.server import main

if __name__ == "__main__":
    main()
