#!/usr/bin/env python3
"""Keras 3 loads what keratin saves: files of every vintage, loaded, saved as .keras, and predicted by real Keras.

    tools/python_env tests/interop/saved.py --resave BUILD/tools/interop/resave [--only FILE]

The files are the goldens of tests/golden/formats and a few models made here. What Keras 3 has no class for must be
refused when it is saved. Exit status: 0 all equal, 1 not.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "goldens"))
from common import GOLDEN, keras, np, randomise  # noqa: E402

import formats  # noqa: E402
import tf_keras  # noqa: E402

FORMATS = GOLDEN / "formats"
REFUSED = {"op_lambda_tf_keras.keras": "has no class TFOpLambda", "op_lambda_tf_keras.h5": "has no class TFOpLambda",
           "op_ellipsis_tf_keras.h5": "has no class", "op_layers_tf_keras.h5": "has no class TensorFlowOpLayer",
           "keras_1_2_merge.h5": "has no class Merge", "masked_merges_tf_keras.h5": "joins different masks",
           "masked_merges_tf_keras.keras": "joins different masks"}


def hard_sigmoids():
    """Keras 2's hard_sigmoid wherever an activation can stand."""
    la = tf_keras.layers
    return tf_keras.Sequential([
        la.Input((6, 4)), la.Conv1D(4, 2, activation="hard_sigmoid"), la.Activation("hard_sigmoid"),
        la.SimpleRNN(5, activation="hard_sigmoid", return_sequences=True),
        la.TimeDistributed(la.Dense(3, activation="hard_sigmoid")), la.Dense(3, activation="hard_sigmoid")])


def thresholds():
    la = tf_keras.layers
    return tf_keras.Sequential([la.Input((6,)), la.ThresholdedReLU(0.3), la.Dense(8), la.ThresholdedReLU(0.0),
                                la.Dense(2)])


def low_rank():
    """Every layer that takes low-rank weights, and a second use of one."""
    la = keras.layers
    x = inputs = keras.Input((6,), dtype="int32", name="tokens")
    x = la.Embedding(12, 4, lora_rank=2, lora_alpha=4.0)(x)
    x = la.Conv1D(4, 2, padding="same", lora_rank=2, lora_alpha=3.0)(x)
    x = la.EinsumDense("abc,cd->abd", (None, 4), lora_rank=2, lora_alpha=3.0)(x)
    dense = la.Dense(4, lora_rank=2, lora_alpha=4.0)
    return keras.Model(inputs, dense(dense(x)))


def half_low_rank():
    la = keras.layers
    return keras.Sequential([keras.Input((4,)), la.Dense(5, lora_rank=2, dtype="mixed_float16"),
                             la.EinsumDense("ab,bc->ac", 3, lora_rank=1, dtype="float16")])


def group_attention():
    la = keras.layers
    x = inputs = keras.Input((4, 6))
    x = la.GroupQueryAttention(3, 4, 2)(x, x)
    return keras.Model(inputs, la.Dense(2)(x))


MADE = [(hard_sigmoids, "h5"), (thresholds, "h5"), (low_rank, "keras"), (half_low_rank, "keras"),
        (group_attention, "keras")]


def make(function, extension, folder):
    """A row as manifest.json has them, of a model made here."""
    model = function()
    randomise(model.weights, 7)
    name = function.__name__
    arrays = formats.random_inputs(model, np.random.default_rng(7))
    model.save(folder / f"{name}.{extension}")
    np.savez(folder / f"{name}.in.npz", **arrays)
    np.savez(folder / f"{name}.out.npz", **formats.call(model, arrays))
    half = any(getattr(weight, "dtype", "") == "float16" for weight in model.weights)
    return {"file": f"{name}.{extension}", "inputs": f"{name}.in.npz", "outputs": f"{name}.out.npz",
            "tolerance": 1e-2 if half else 1e-5}


def check(resave, folder, row, work):
    """None, or what is wrong."""
    saved = work / "saved.keras"
    saved.unlink(missing_ok=True)
    done = subprocess.run([resave, folder / row["file"], saved], capture_output=True, text=True)
    refusal = REFUSED.get(row["file"])
    if refusal:
        refused = done.returncode == 4 and refusal in done.stderr and not saved.exists()
        return None if refused else f"exit {done.returncode}, expected {refusal!r}: {done.stderr}"
    if done.returncode:
        return done.stderr.strip()
    model = keras.models.load_model(saved, compile=False)
    for round in ("saved by keratin", "saved again by Keras"):
        answers = formats.call(model, dict(np.load(folder / row["inputs"])))
        expected = dict(np.load(folder / row["outputs"]))
        for (name, value), wanted in zip(answers.items(), expected.values(), strict=True):
            error = np.abs(value.astype(np.float64) - wanted).max() / np.abs(wanted.astype(np.float64)).max()
            if not error <= row["tolerance"]:
                return f"{round}: {name} differs by {error:.2g} of the largest"
        model.save(saved)
        model = keras.models.load_model(saved, compile=False)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resave", required=True)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    keras.config.enable_unsafe_deserialization()
    refused = json.loads((FORMATS / "refused.json").read_text())
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        rows = [(FORMATS, row) for row in json.loads((FORMATS / "manifest.json").read_text())["files"]
                if row["file"] not in refused and "arch" not in row and "weights" not in row]
        rows += [(work, make(function, extension, work)) for function, extension in MADE]
        for folder, row in rows:
            if arguments.only not in (None, row["file"]):
                continue
            keras.backend.clear_session()
            try:
                problem = check(arguments.resave, folder, row, work)
            except Exception as error:  # whatever Keras thinks of the file
                problem = f"{type(error).__name__}: {str(error)[-400:]}"
            failed += problem is not None
            print(f"{'FAILED' if problem else 'equal '} {row['file']}{': ' + problem if problem else ''}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
