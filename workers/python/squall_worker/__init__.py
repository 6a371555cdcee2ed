"""The Python side of Squall's `python-script` runner.

A fork server (`server`) imports what it can once and forks a child (`child`) for each action. The child waits on a
socket of its own for one request, sets up its surroundings (`surroundings`), runs the action (`action`) and answers
with what it gave. The Rust side is `crates/runners/src/python`; `frames` says what travels between the two.
"""
