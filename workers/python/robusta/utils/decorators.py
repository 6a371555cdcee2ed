"""Decorators for decorators."""

from functools import wraps
from typing import Any, Callable


def doublewrap(decorator: Callable[..., Any]) -> Callable[..., Any]:
    """Lets a decorator be written with and without brackets."""

    @wraps(decorator)
    def either(*args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and callable(args[0]):
            return decorator(args[0])
        return lambda function: decorator(function, *args, **kwargs)

    return either
