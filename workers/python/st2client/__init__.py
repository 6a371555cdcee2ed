"""The part of StackStorm's Python client that actions of packs use. Written for Squall.

It stands last on the import path: an environment that has the real `st2client` uses that.
"""

__version__ = "3.9.0"
