"""Records how Python writes values as text and reads texts as values, and the casts built on both."""

import ast
import json

import original

TYPES = ["array", "boolean", "integer", "number", "object", "string"]


def main():
    args = original.arguments(__doc__)
    original.load(args.upstream)
    original.write(args.out, "python_repr", map(written, original.cases("python_repr")))
    original.write(args.out, "literal_eval", map(read, original.cases("literal_eval")))
    original.write(args.out, "casts", casts())


def noted(case):
    return {"id": case["id"], **({"note": case["note"]} if "note" in case else {})}


def written(case):
    value = original.untagged(case["value"])
    expected = {"str": str(value), "repr": repr(value)}
    return {**noted(case), "json": original.tagged(value), "expected": expected}


def read(case):
    try:
        expected = original.tagged(ast.literal_eval(case["value"]))
    except Exception as raised:
        expected = original.error_of(raised)
    return {**noted(case), "text": case["value"], "expected": expected}


def casts():
    """Each value of the case file, cast to each type a parameter may have."""
    from st2common.util.casts import get_cast

    for case in original.cases("casts"):
        value = original.untagged(case["value"])
        for kind in TYPES:
            try:
                expected = {"value": original.tagged(get_cast(kind)(value))}
            except Exception as raised:
                expected = original.error_of(raised)
            yield {"id": f"{case['id']}-{kind}", "type": kind, "given": original.tagged(value), "expected": expected}


if __name__ == "__main__":
    main()
