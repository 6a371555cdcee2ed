"""Records what jsonpath expressions find, in the order found."""

import original


def main():
    args = original.arguments(__doc__)
    original.write(args.out, "jsonpath", map(found, original.cases("jsonpath")))


def found(case):
    from jsonpath_rw import parse

    line = {"id": case["id"], **({"note": case["note"]} if "note" in case else {})}
    line.update(path=case.get("path", case.get("value")), data=case["data"])
    try:
        line["expected"] = [original.tagged(match.value) for match in parse(line["path"]).find(line["data"])]
    except Exception as raised:
        line["expected"] = original.error_of(raised)
    return line


if __name__ == "__main__":
    main()
