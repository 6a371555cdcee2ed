"""What the API gives and takes, as objects."""

from st2client.models.keyvalue import KeyValuePair
from st2client.models.resource import Resource

__all__ = ["KeyValuePair", "Resource"]
