"""Base64."""

import base64
import binascii


def is_base64_encoded(value: str) -> bool:
    """Whether a text is what encoding something would give."""
    try:
        return base64.b64encode(base64.b64decode(value)) == bytes(value, "utf-8")
    except (binascii.Error, ValueError, TypeError):
        return False
