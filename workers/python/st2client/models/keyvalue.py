"""A key of the datastore."""

from st2client.models.resource import Resource


class KeyValuePair(Resource):
    """A name and its value, as text."""

    def get_id(self) -> str:
        """The name: keys are found by it."""
        return self.name  # type: ignore[attr-defined]
