#!/usr/bin/env python3
"""TensorFlow runs what keratin wrote: functions of golden SavedModels, read, differentiated and emitted again.

    tools/interop/emitted_graph.py --emit BUILD/tools/interop/emit_graph

For each model and endpoint: the emitted GraphDef computes what TensorFlow computes from the SavedModel, and its
gradients are those of tf.GradientTape. Exit status: 0 all equal, 1 not.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "formats"
CASES = [("subclassed_dense", "signatures/serving_default"), ("subclassed_dense", "__call__"),
         ("subclassed_dense", "dense/__call__"), ("module_dense", "signatures/serving_default"),
         ("module_dense", "__call__"), ("exported_mlp", "serve"), ("exported_mlp", "signatures/serving_default")]


def follow(root, path):
    """The variable at the end of a path of attributes."""
    for name in path.split("/"):
        root = root[int(name)] if name.isdigit() else getattr(root, name)
    return root


def run_emitted(file, names, variables, x):
    """The outputs of the emitted graph by name, run by a TensorFlow session."""
    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(file.read_bytes())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(definition, name="")
        assigns = [tf.raw_ops.AssignVariableOp(resource=graph.get_tensor_by_name(node + ":0"), value=variables[name])
                   for name, node in names["variables"].items()]
        feed = {tensor: x for tensor in names["inputs"].values()}
        with tf.compat.v1.Session() as session:
            session.run(assigns)
            return session.run(names["outputs"], feed)


def check(emit, model, endpoint, work):
    """None, or what differs."""
    file = work / "graph.pb"
    done = subprocess.run([emit, GOLDEN / model, endpoint, file, "--gradient"], capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip()
    names = json.loads(done.stdout)
    loaded = tf.saved_model.load(str(GOLDEN / model))
    weights = {name: follow(loaded, name) for name in names["variables"]}
    x, = np.load(GOLDEN / f"{model}.in.npz").values()
    call = loaded.signatures[endpoint.split("/")[1]] if "/" in endpoint and "signatures" in endpoint else None
    with tf.GradientTape() as tape:
        y, = call(tf.constant(x)).values() if call else [getattr(loaded, "serve", loaded)(x)]
        total = tf.reduce_sum(y)
    expected = {"gradient/" + name: value for name, value in
                zip(weights, tape.gradient(total, list(weights.values())))}
    expected[next(name for name in names["outputs"] if not name.startswith("gradient/"))] = y
    found = run_emitted(file, names, {name: value.numpy() for name, value in weights.items()}, x)
    if sorted(found) != sorted(expected):
        return f"results {sorted(found)}, expected {sorted(expected)}"
    for name, value in expected.items():
        error = np.max(np.abs(found[name] - value))
        if found[name].shape != value.shape or not error <= 1e-6 * np.max(np.abs(value)):
            return f"{name}: shape {found[name].shape}, expected {value.shape}; largest difference {error}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emit", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        for model, endpoint in CASES:
            problem = check(arguments.emit.resolve(), model, endpoint, pathlib.Path(work))
            failed += problem is not None
            print(f"{'FAILED' if problem else 'equal '} {model} {endpoint}{': ' + problem if problem else ''}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
