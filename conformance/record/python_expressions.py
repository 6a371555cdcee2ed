"""Records what Python computes: arithmetic, comparisons, subscripts, formatting and the methods of built-in types.

Each case is a Python expression over literals; the recording has its operands apart, so that a replay need not parse Python.
After a call of a method that changes its receiver, `after` is the receiver.
"""

import ast

import original

OPERATORS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.USub: "negative",
    ast.UAdd: "positive",
}


def main():
    args = original.arguments(__doc__)
    original.write(args.out, "python_expressions", map(computed, original.cases("python_expressions")))


def evaluate(node):
    return eval(compile(ast.Expression(node), "case", "eval"))  # The cases are ours.


def computed(case):
    line = {"id": case["id"], "expression": case["value"]}
    tree = ast.parse(case["value"], mode="eval").body
    try:
        line.update(parts(tree))
        line["expected"] = {"value": original.tagged(plain(line.pop("run")()))}
    except Exception as raised:
        line.pop("run", None)
        line["expected"] = original.error_of(raised)
    receiver = line.pop("changed", None)
    if isinstance(receiver, (list, dict, set)):
        line["after"] = original.tagged(receiver)
    return line


def plain(value):
    """Views of dicts as lists."""
    if type(value).__name__ in ("dict_keys", "dict_values", "dict_items"):
        return list(value)
    return value


def parts(tree):
    if isinstance(tree, ast.BinOp):
        left, right = evaluate(tree.left), evaluate(tree.right)
        whole = ast.BinOp(tree.left, tree.op, tree.right)
        return operator(tree.op, left, right, lambda: evaluate(ast.copy_location(whole, tree)))
    if isinstance(tree, ast.Compare):
        left, right = evaluate(tree.left), evaluate(tree.comparators[0])
        return operator(tree.ops[0], left, right, lambda: evaluate(tree))
    if isinstance(tree, ast.UnaryOp):
        operand = original.tagged(evaluate(tree.operand))
        return {"operator": OPERATORS[type(tree.op)], "left": operand, "run": lambda: evaluate(tree)}
    if isinstance(tree, ast.Subscript):
        return subscript(tree)
    return call(tree)


def operator(kind, left, right, run):
    return {
        "operator": OPERATORS[type(kind)],
        "left": original.tagged(left),
        "right": original.tagged(right),
        "run": run,
    }


def subscript(tree):
    line = {"receiver": original.tagged(evaluate(tree.value)), "run": lambda: evaluate(tree)}
    if isinstance(tree.slice, ast.Slice):
        bounds = (tree.slice.lower, tree.slice.upper, tree.slice.step)
        line["slice"] = [None if bound is None else original.tagged(evaluate(bound)) for bound in bounds]
    else:
        line["item"] = original.tagged(evaluate(tree.slice))
    return line


def call(tree):
    args = [evaluate(arg) for arg in tree.args]
    named = {keyword.arg: evaluate(keyword.value) for keyword in tree.keywords}
    line = {"args": [original.tagged(arg) for arg in args]}
    if named:
        line["named"] = {name: original.tagged(value) for name, value in named.items()}
    if isinstance(tree.func, ast.Name):
        function = evaluate(tree.func)
        return {**line, "function": tree.func.id, "run": lambda: function(*args, **named)}
    receiver = evaluate(tree.func.value)
    line.update(method=tree.func.attr, receiver=original.tagged(receiver), changed=receiver)
    return {**line, "run": lambda: getattr(receiver, tree.func.attr)(*args, **named)}


if __name__ == "__main__":
    main()
