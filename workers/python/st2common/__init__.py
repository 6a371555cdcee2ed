"""The part of StackStorm's `st2common` that actions and sensors of packs import. Written for Squall."""

__version__ = "3.9.0"
