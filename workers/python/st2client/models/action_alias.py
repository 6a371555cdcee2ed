"""Actions by the names people chat about them."""

from st2client.models.core import Resource

__all__ = ["ActionAlias", "ActionAliasMatch"]


class ActionAlias(Resource):
    """An alias of an action."""

    _path = "actionalias"
    _repr_attributes = ["name", "pack", "action_ref"]


class ActionAliasMatch(Resource):
    """A command that is to be matched against aliases."""

    _path = "actionalias"
    _repr_attributes = ["command"]
