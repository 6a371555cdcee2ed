"""Doing an action by its alias."""

from st2client.models.core import Resource

__all__ = ["ActionAliasExecution"]


class ActionAliasExecution(Resource):
    """One doing of an action by its alias."""

    _path = "aliasexecution"
    _repr_attributes = ["name", "format", "command", "user", "source_channel"]
