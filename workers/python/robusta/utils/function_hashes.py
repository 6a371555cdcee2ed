"""Hashes that change when an action or its parameters do."""

import hashlib
import inspect
import json
from typing import Any, Callable


def get_function_hash(func: Callable[..., Any]) -> str:
    """Changes with the arguments and the bytecode of a function."""
    return hashlib.sha256(str(inspect.getfullargspec(func)).encode() + func.__code__.co_code).hexdigest()


def action_hash(func: Callable[..., Any], action_params: Any, additional_data: Any) -> str:
    """Changes with the function, its parameters and more data."""
    parts = [
        get_function_hash(func),
        "None" if additional_data is None else json.dumps(additional_data),
        "None" if action_params is None else action_params.json(),
    ]
    return hashlib.md5("".join(parts).encode()).hexdigest()
