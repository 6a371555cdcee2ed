"""What all objects of the API have in common."""

from typing import Any, Dict


class Resource:
    """An object of the API: its fields are attributes."""

    def __init__(self, *args: Any, **fields: Any) -> None:
        for values in args:
            self.__dict__.update(values)
        self.__dict__.update(fields)

    @classmethod
    def deserialize(cls, fields: Dict[str, Any]) -> "Resource":
        """The object with these fields."""
        return cls(**fields)

    def serialize(self) -> Dict[str, Any]:
        """Its fields, without those it keeps to itself."""
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    def to_dict(self) -> Dict[str, Any]:
        """Its fields."""
        return self.serialize()

    def __repr__(self) -> str:
        fields = ",".join("%s=%s" % (name, value) for name, value in self.serialize().items())
        return "<%s %s>" % (type(self).__name__, fields)
