#!/usr/bin/env python3
"""Ask TensorFlow for the gradients of keras.ops nodes: at the inputs of their cases, and where it has a convention.

    build/…/dump_cases --operations | tools/python_env tools/goldens/gradients.py [CASES.json]

The loss is the sum of y · cos(k), k the number of the element in its result, over all floating-point results. Writes

    tests/golden/gradients/cases.npz   "<Op>/<index>/dx0" …, or …/none: the inputs are those of tests/golden/ops
    tests/golden/gradients/points.npz  "<number>/meta" (a case as JSON), "<number>/x0" …, "<number>/dx0" …

and manifest.json. dx of an input that nothing flows to (TensorFlow's None) is left out; float16 and bfloat16 are
stored as float32. The points are ties, bounds, kinks, zeros and mixed dtypes (Sinc at 0,
where TensorFlow gives NaN, is no example to follow); numpy's NaN and infinity are meant.
"""
import argparse
import importlib
import json
import pathlib
import sys

import cases
import ops
from common import GOLDEN, keras, np, seed_of, sha256, tf, to_numpy, versions

FOLDER = GOLDEN / "gradients"
nan, inf = np.nan, np.inf
LINE = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]   # the kinks of most activations
TIES = [[2.0, 1.0, 2.0, 2.0], [0.0, 0.0, -1.0, 0.0]]


def points():
    """(op, module, config, inputs): an input is a list of float32, a pair (list, dtype), or a number for itself."""
    for op in ("Relu", "LeakyRelu", "Elu", "Selu", "Celu", "Softsign", "SoftShrink", "HardShrink", "HardTanh",
               "SparsePlus", "SparseSigmoid", "Softplus", "Silu", "Gelu", "LogSigmoid", "Squareplus", "TanhShrink"):
        yield op, "nn", {}, [LINE]
    for op in ("Relu6", "HardSigmoid", "HardSilu"):
        yield op, "nn", {}, [[-4.0, -3.0, 0.0, 3.0, 6.0, 7.0]]
    yield "Threshold", "nn", {"threshold": 0.5, "default_value": 0.1}, [LINE]
    for op in ("Sigmoid", "Silu", "Softplus", "LogSigmoid"):
        yield op, "nn", {}, [[-200.0, -20.0, 20.0, 200.0]]
    for op in ("Absolute", "Abs", "Sign", "Square", "Negative", "Floor", "Ceil", "Trunc", "Round", "Tanh"):
        yield op, "numpy", {}, [LINE]
    for op in ("Sqrt", "Log", "Log2", "Log10"):
        yield op, "numpy", {}, [[0.0, 1.0, 4.0]]
    yield "Rsqrt", "math", {}, [[0.25, 1.0, 4.0]]
    yield "Log1p", "numpy", {}, [[-1.0, 0.0, 1.0]]
    for op in ("Arcsin", "Arccos", "Arctanh"):
        yield op, "numpy", {}, [[-1.0, 0.0, 1.0]]
    yield "Arccosh", "numpy", {}, [[1.0, 2.0]]
    for limits in ({"x_min": -0.5, "x_max": 0.5}, {"x_min": 0.0, "x_max": 0.0}, {"x_min": 1.0, "x_max": -1.0}):
        yield "Clip", "numpy", limits, [LINE]
    yield "NanToNum", "numpy", {}, [[nan, inf, -inf, 1.0]]

    for op in ("Maximum", "Minimum"):
        yield op, "numpy", {}, [[1.0, 2.0, 3.0], [1.0, 3.0, 2.0]]
        yield op, "numpy", {}, [TIES, [0.0, 1.0, 2.0, 0.0]]   # broadcast
        yield op, "numpy", {}, [LINE, 0.0]
    for op in ("Max", "Min", "Amax", "Amin"):
        for config in ({}, {"axis": 1}, {"axis": [0, 1], "keepdims": True}):
            yield op, "numpy", config, [TIES]
    for zeros in ([1.0, 2.0, 3.0], [1.0, 0.0, 3.0], [0.0, 0.0, 3.0]):
        yield "Prod", "numpy", {"axis": 0}, [zeros]
    yield "Cumprod", "numpy", {"axis": 0}, [[1.5, 2.0, -3.0]]
    yield "Cumsum", "numpy", {"axis": 0}, [[1.0, 0.0, 3.0]]
    for config in ({"axis": 1}, {"axis": 0}):
        yield "Sort", "numpy", config, [TIES]
    yield "TopK", "math", {"k": 2}, [TIES]
    yield "Std", "numpy", {"axis": 1}, [[[1.0, 2.0, 4.0], [0.5, 1.0, 0.0]]]
    yield "Var", "numpy", {"axis": 1}, [[[1.0, 1.0], [0.5, 1.0]]]
    yield "Norm", "linalg", {"axis": 1}, [[[3.0, 4.0], [0.0, 2.0]]]
    yield "Norm", "linalg", {"axis": 1, "ord": 1}, [[[3.0, 0.0], [0.0, -2.0]]]
    yield "Norm", "linalg", {"axis": 1, "ord": inf}, [[[3.0, -3.0], [0.0, -2.0]]]
    yield "Normalize", "nn", {"axis": 1}, [[[3.0, 4.0], [0.0, 2.0]]]
    yield "Logsumexp", "math", {"axis": 1}, [TIES]
    for op in ("Softmax", "LogSoftmax"):
        yield op, "nn", {}, [[[1.0, 1.0, -1e9], [500.0, -500.0, 0.0]]]

    yield "Power", "numpy", {}, [[0.5, 2.0, 3.0], [2.0, 0.0, -1.0]]
    yield "Power", "numpy", {}, [[0.0, 0.0, -2.0], [1.0, 2.0, 3.0]]
    yield "Power", "numpy", {}, [LINE, 2]
    yield "DivideNoNan", "numpy", {}, [[1.0, 0.0, 3.0], [0.0, 0.0, 2.0]]
    yield "Divide", "numpy", {}, [[1.0, 2.0], [[4.0], [0.5]]]
    yield "Mod", "numpy", {}, [[5.0, -5.0, 1.0], [3.0, 3.0, -2.0]]
    yield "FloorDivide", "numpy", {}, [[5.0, -5.0], [3.0, 3.0]]
    yield "Arctan2", "numpy", {}, [[1.0, 0.0, -1.0], [0.0, 2.0, 1.0]]
    yield "Hypot", "numpy", {}, [[3.0, 0.0], [4.0, 2.0]]
    yield "Logaddexp", "numpy", {}, [[1.0, 500.0], [1.0, -500.0]]
    yield "Where", "numpy", {}, [([True, False, True], "bool"), [1.0, inf, 2.0], [nan, 1.0, 3.0]]
    yield "Equal", "numpy", {}, [[1.0, 2.0], [1.0, 3.0]]

    yield "Take", "numpy", {"axis": 0}, [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], ([2, 0, 2, 2], "int32")]
    yield "TakeAlongAxis", "numpy", {"axis": 0}, [[[1.0, 2.0], [3.0, 4.0]], ([[0, 1], [0, 0], [1, 1]], "int32")]
    yield "Repeat", "numpy", {"repeats": 3, "axis": 0}, [[1.0, 2.0]]
    yield "Pad", "numpy", {"pad_width": [[2, 1]], "mode": "reflect"}, [[1.0, 2.0, 3.0]]
    yield "Pad", "numpy", {"pad_width": [[2, 1]], "mode": "symmetric"}, [[1.0, 2.0, 3.0]]
    yield "BroadcastTo", "numpy", {"shape": [3, 2]}, [[1.0, 2.0]]
    yield "MaxPool", "nn", {"pool_size": 2, "strides": 1, "padding": "valid", "data_format": "channels_last"}, [
        [[[1.0], [1.0], [2.0], [2.0], [0.0]]]]

    yield "StopGradient", "core", {}, [LINE]
    yield "Cast", "core", {"dtype": "int32"}, [LINE]
    yield "Cast", "core", {"dtype": "float16"}, [LINE]
    yield "Cast", "core", {"dtype": "float64"}, [(LINE, "bfloat16")]
    for dtypes in (("float16", "float32"), ("bfloat16", "float32"), ("float16", "bfloat16"), ("int32", "float32"),
                   ("float16", "int32"), ("float64", "float32"), ("bool", "float32")):
        for op in ("Add", "Multiply"):
            yield op, "numpy", {}, [([[1, 2, 3]], dtypes[0]), ([[2], [1]], dtypes[1])]
    yield "Matmul", "numpy", {}, [([[1, 2], [3, 4]], "float16"), ([[1.5], [0.5]], "float32")]
    yield "Divide", "numpy", {}, [([1, 2], "int32"), ([2, 4], "int32")]
    yield "Mean", "numpy", {"axis": 0}, [([1, 2, 4], "float16")]


def loss_gradients(compute, variables):
    floats = [v for v in variables if v.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(floats)
        loss = []
        for y in keras.tree.flatten(compute()):
            if tf.as_dtype(y.dtype).is_floating:
                weights = np.cos(np.arange(int(tf.size(y)), dtype=np.float64)).reshape(y.shape)
                loss.append(tf.reduce_sum(tf.cast(y, tf.float64) * weights))
        total = tf.add_n(loss) if loss else None
    found = dict(zip(map(id, floats), tape.gradient(total, floats) if loss else [None] * len(floats)))
    return {f"dx{i}": to_numpy(tf.convert_to_tensor(found[id(v)]))
            for i, v in enumerate(variables) if found.get(id(v)) is not None}


def case_gradients(case):
    """The inputs are drawn as tools/goldens/ops.py draws them."""
    rng = np.random.default_rng(seed_of(case["op"], case["index"]))
    op = ops.operation_of(case)
    inputs, arguments = ops.operands_of(case, rng, {})
    given = [x for x, spec in zip(inputs, case["inputs"]) if not isinstance(spec, dict)]   # no constants of the node
    variables = [x for x in keras.tree.flatten((given, arguments)) if tf.is_tensor(x)]
    return loss_gradients(lambda: op(*inputs, **arguments), variables)


def operand(value):
    """(spec or number, tensor or number)"""
    if not isinstance(value, (list, tuple)):
        return value, value
    data, dtype = value if isinstance(value, tuple) else (value, "float32")
    made = tf.cast(tf.constant(np.array(data, np.float64 if dtype != "bool" else bool)), dtype)
    return f"{dtype}[{','.join(map(str, made.shape))}]", made


def point_arrays(op, module, config, values):
    specs, made = zip(*map(operand, values))
    meta = {"op": op, "module": module, "config": config, "inputs": list(specs)}
    kind = getattr(importlib.import_module(f"keras.src.ops.{module}"), op)
    variables = [x for x in made if tf.is_tensor(x)]
    arrays = {"meta": np.frombuffer(cases.canonical(meta).encode(), np.uint8)}
    arrays |= {f"x{i}": to_numpy(x) for i, x in enumerate(variables)}
    return arrays | loss_gradients(lambda: kind(**config)(*made), variables)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="?", type=pathlib.Path, help="a JSON file; default: standard input")
    arrays, failed = {}, []
    for case in cases.read_cases(parser.parse_args().cases):
        try:
            found = case_gradients(case)
        except LookupError as error:   # TensorFlow has no gradient for one of the ops
            failed.append(f"{case['op']} {case['index']}: {error}")
            continue
        arrays |= {} if found else {f"{case['op']}/{case['index']}/none": np.zeros((), np.uint8)}
        arrays |= {f"{case['op']}/{case['index']}/{name}": value for name, value in found.items()}
    FOLDER.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(FOLDER / "cases.npz", **arrays)
    arrays = {f"{i}/{name}": value for i, point in enumerate(points()) for name, value in point_arrays(*point).items()}
    np.savez_compressed(FOLDER / "points.npz", **arrays)
    files = [{"file": name, "sha256": sha256(FOLDER / name)} for name in ("cases.npz", "points.npz")]
    text = {"command": "dump_cases --operations | tools/python_env tools/goldens/gradients.py", "versions": versions(),
            "without": failed, "files": files}
    (FOLDER / "manifest.json").write_text(json.dumps(text, indent=1) + "\n")
    print("\n".join(failed))


if __name__ == "__main__":
    sys.exit(main())
