#!/usr/bin/env python3
"""Ask real Keras 3 for the answers of keras.ops nodes.

    tools/python_env tools/goldens/ops.py [CASES.json] [--stale] [--out FOLDER]

Cases are a JSON list, from the file or standard input:

    [{"op": "Mean", "module": "keras.src.ops.numpy", "index": 0, "config": {"axis": [1]}, "inputs": ["float32[2,3]"],
      "call": {…}}, …]

module, class name and config are those of a node in a saved Functional model. An input is a spec, a number, or a list
of specs (ops that take a list, like Concatenate, get one anyway). "call" is optional: keyword arguments; a spec there
becomes a random array. Writes tests/golden/ops/<Op>.npz (tools/goldens/cases.py says what is in it) and manifest.json.
"""
import importlib
import pathlib
import sys

import cases
from common import keras, run

TAKES_LIST = {"Concatenate", "Stack", "Hstack", "Vstack", "Dstack", "ColumnStack"}
# op: the range of its floating-point inputs, where not every number has an answer.
DOMAIN = {"Log": (0.1, 3), "Log2": (0.1, 3), "Log10": (0.1, 3), "Log1p": (-0.8, 3), "Sqrt": (0.1, 3), "Rsqrt": (0.1, 3),
          "Power": (0.2, 2), "Arccos": (-0.9, 0.9), "Arcsin": (-0.9, 0.9), "Arctanh": (-0.9, 0.9),
          "Erfinv": (-0.9, 0.9), "Arccosh": (1.1, 3), "Reciprocal": (0.3, 2), "Tan": (-1, 1), "Cbrt": (0.1, 3)}


def numbered_specs(value, rng, entries, options, count):
    """Like cases.random_tree, with x0, x1 … counted over nested lists, too."""
    if isinstance(value, list) and any(cases.parse_spec(v) for v in value):
        return [numbered_specs(v, rng, entries, options, count) for v in value]
    if cases.parse_spec(value):
        count.append(value)
        return cases.random_tree(value, rng, entries, f"x{len(count) - 1}", **options)
    return cases.random_tree(value, rng, entries, "constant")


def operation_of(case):
    kind = getattr(importlib.import_module(case["module"]), case["op"])
    config = {key: keras.saving.deserialize_keras_object(value) if isinstance(value, dict) else value
              for key, value in case["config"].items()}
    return kind.from_config(config)


def operands_of(case, rng, entries):
    """(positional, named) operands of the call; random ones are put into entries, too."""
    low, high = DOMAIN.get(case["op"], (None, None))
    options = {"low": low, "high": high} if low is not None else {}
    count = []
    inputs = [numbered_specs(value, rng, entries, options, count) for value in case["inputs"]]
    if case["op"] in TAKES_LIST and not isinstance(inputs[0], list):
        inputs = [inputs]
    return inputs, {name: cases.random_tree(value, rng, entries, name) for name, value in case.get("call", {}).items()}


def evaluate(case, rng, entries):
    op = operation_of(case)
    inputs, arguments = operands_of(case, rng, entries)
    cases.put_results(entries, run(lambda: op(*inputs, **arguments)))
    return {}


if __name__ == "__main__":
    sys.exit(cases.main("op", "ops", evaluate, pathlib.Path(__file__).resolve(), __doc__.splitlines()[0]))
