"""Records what PyYAML's C loader makes of texts."""

import original
import yaml


def main():
    args = original.arguments(__doc__)
    original.write(args.out, "yaml", map(loaded, original.cases("yaml")))


def loaded(case):
    text = case.get("text", case.get("value"))
    line = {"id": case["id"], **({"note": case["note"]} if "note" in case else {}), "text": text}
    try:
        value = yaml.load(text, Loader=yaml.CSafeLoader)
        line["expected"] = {"value": tree(value)}
    except Exception as raised:
        line["expected"] = {"error": type(raised).__name__}
        mark = getattr(raised, "problem_mark", None)
        if mark:
            line["expected"].update(line=mark.line + 1, column=mark.column + 1)
    return line


def tree(value):
    """The value as tagged JSON, unless it holds itself."""
    try:
        return original.tagged(value)
    except RecursionError:
        return {"__recursive__": True}


if __name__ == "__main__":
    main()
