"""Writes crates/expression/src/value/text/characters.txt: what Python 3.11 thinks of each character.

Run with Python 3.11 (Unicode 14.0): python3.11 conformance/record/characters.py > crates/expression/src/value/text/characters.txt
"""

import unicodedata

# The bit of each property, in this order; character.rs has the same order.
PROPERTIES = [
    str.isprintable,
    str.isalpha,
    str.isdecimal,
    str.isdigit,
    str.isnumeric,
    str.isupper,
    str.islower,
    lambda character: unicodedata.category(character) == "Lt",
    str.isspace,
    str.isidentifier,
    lambda character: ("a" + character).isidentifier(),
]

SURROGATES = range(0xD800, 0xE000)


def flags(code):
    if code in SURROGATES:
        return 0
    return sum(1 << bit for bit, has in enumerate(PROPERTIES) if has(chr(code)))


def special(name, method, usual):
    """Characters for which a method differs from the usual one that Rust has too."""
    for code in range(0x110000):
        if code not in SURROGATES and method(chr(code)) != usual(chr(code)):
            print(name, f"{code:x}", *(f"{ord(part):x}" for part in method(chr(code))))


print("# Made by conformance/record/characters.py with Unicode", unicodedata.unidata_version)
before = None
for code in range(0x110000):
    now = flags(code)
    if now != before:
        print("from", f"{code:x}", f"{now:x}")
        before = now
for code in range(0x110000):
    if code not in SURROGATES and chr(code).isdigit() and not chr(code).isascii():
        print("digit", f"{code:x}", unicodedata.digit(chr(code)))
special("title", str.title, str.upper)
special("fold", str.casefold, str.lower)
