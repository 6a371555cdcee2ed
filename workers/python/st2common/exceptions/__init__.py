"""Exceptions that packs catch."""


class StackStormBaseException(Exception):
    """Above all others."""


class StackStormPluginException(StackStormBaseException):
    """Something is wrong with a pack's code."""
