"""Records what Python's `re` and `fnmatch` do: each pattern of a group on each text of it."""

import fnmatch
import re
import warnings

import original

FLAGS = {"i": re.I, "m": re.M, "s": re.S, "x": re.X, "a": re.A}


def main():
    args = original.arguments(__doc__)
    warnings.simplefilter("ignore")
    original.write(args.out, "python_patterns", map(tried, original.cases("python_patterns")))


def tried(case):
    line = {"id": case["id"], "pattern": case["value"], "texts": case["texts"]}
    if "wildcards" in case:
        line["wildcards"] = True
        line["expected"] = [fnmatch.fnmatch(text, case["value"]) for text in case["texts"]]
        return line
    flags = case.get("flags", "")
    if flags:
        line["flags"] = flags
    line["replacement"] = case.get("replacement", "<\\g<0>>")
    try:
        pattern = re.compile(case["value"], sum(FLAGS[flag] for flag in flags))
        line["expected"] = [original.tagged(results(pattern, line["replacement"], text)) for text in case["texts"]]
    except (re.error, OverflowError, IndexError) as raised:
        line["expected"] = original.error_of(raised)
    return line


def results(pattern, replacement, text):
    return {
        "match": groups(pattern.match(text)),
        "search": groups(pattern.search(text)),
        "fullmatch": groups(pattern.fullmatch(text)),
        "findall": pattern.findall(text),
        "sub": pattern.sub(replacement, text),
        "sub1": pattern.sub(replacement, text, count=1),
        "split": pattern.split(text),
    }


def groups(match):
    return None if match is None else [match.group(), *match.groups()]


if __name__ == "__main__":
    main()
