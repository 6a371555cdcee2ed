"""Models whose docstring says what their fields mean."""

import inspect
import json
import logging
import re
from typing import Any, Dict, Iterator, Tuple

from pydantic import BaseModel

_FIELD = re.compile(r"^:(var|example)\s+(\w+):[ \t]*(.*(?:\n(?:[ \t]+\S.*|[ \t]*(?=\n[ \t]+\S)))*)", re.M)


class DocumentedModel(BaseModel):
    """`:var name: text` in the docstring describes a field, `:example name: value` gives an example of it."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        text = inspect.getdoc(cls)
        if text:
            cls._take_over(text)

    @classmethod
    def _take_over(cls, text: str) -> None:
        for kind, name, value in _documented(text):
            field = cls.__fields__.get(name)
            if field is None:
                logging.warning("the class %s has no field `%s` that its docstring describes", cls.__name__, name)
            elif kind == "example":
                field.field_info.extra["example"] = _example(value)
            else:
                field.field_info.description = value
        cls.__doc__ = _FIELD.sub("", text).strip()


def _documented(text: str) -> Iterator[Tuple[str, str, str]]:
    for found in _FIELD.finditer(text):
        yield found.group(1), found.group(2), " ".join(found.group(3).split())


def _example(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def described(model: Any) -> Dict[str, Any]:
    """The JSON schema of a model, for people who write playbooks."""
    return model.schema()
