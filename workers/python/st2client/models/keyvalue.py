"""Keys of the datastore."""

from typing import Any

from st2client.models.core import Resource

__all__ = ["KeyValuePair"]


class KeyValuePair(Resource):
    """A name and its value, as text. The API finds it by its name."""

    _path = "keys"
    _repr_attributes = ["name", "value"]
    name: str

    def get_id(self) -> str:
        """The name."""
        return self.name

    def set_id(self, value: Any) -> None:
        """Does nothing: the name is the id."""

    id = property(get_id, set_id)
