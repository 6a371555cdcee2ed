"""Records how PyYAML's C dumper writes values, as StackStorm's filter `to_yaml_string` calls it."""

import original


def main():
    args = original.arguments(__doc__)
    original.load(args.upstream)
    original.write(args.out, "yaml_texts_written", map(written, original.cases("yaml_texts_written")))


def written(case):
    from st2common.expressions.functions.data import to_yaml_string

    value = original.untagged(case["value"])
    options = {name: case[name] for name in ("indent", "allow_unicode") if name in case}
    line = {"id": case["id"], "json": original.tagged(value), **options}
    return {**line, "expected": {"value": to_yaml_string(value, **options)}}


if __name__ == "__main__":
    main()
