"""Odds and ends."""

from typing import Any, Dict

__all__ = ["prefix_dict_keys", "sanitize_output", "strip_shell_chars", "rstrip_last_char", "deep_update", "lowercase_value"]


def prefix_dict_keys(dictionary: Dict[str, Any], prefix: str = "_") -> Dict[str, Any]:
    """The dictionary with a prefix before each key."""
    return {prefix + key: value for key, value in dictionary.items()}


def sanitize_output(input_str: str, uses_pty: bool = False) -> str:
    """A program's output without its last line end; with a terminal's line ends made plain."""
    output = strip_shell_chars(input_str)
    return output.replace("\r\n", "\n") if uses_pty else output


def strip_shell_chars(input_str: str) -> str:
    """The text without one line end at its end."""
    return rstrip_last_char(rstrip_last_char(input_str, "\n"), "\r") if input_str else input_str


def rstrip_last_char(input_str: str, char_to_strip: str) -> str:
    """The text without one such end."""
    if input_str and char_to_strip and input_str.endswith(char_to_strip):
        return input_str[: -len(char_to_strip)]
    return input_str


def deep_update(d: Dict[Any, Any], u: Dict[Any, Any]) -> Dict[Any, Any]:
    """Puts the members of `u` into `d`, also below the first level."""
    for key, value in u.items():
        d[key] = deep_update(d.get(key) or {}, value) if isinstance(value, dict) else value
    return d


def lowercase_value(value: Any) -> Any:
    """The value with all texts in it, keys included, in lower case."""
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, (list, tuple)):
        return [lowercase_value(item) for item in value]
    if isinstance(value, dict):
        return {lowercase_value(key): lowercase_value(item) for key, item in value.items()}
    return value
