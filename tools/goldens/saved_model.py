#!/usr/bin/env python3
"""Write tests/golden/saved_model: a subclassed tf_keras Dense as SavedModel, with what TensorFlow computes from it.

    tools/goldens/saved_model.py        from a Python environment with tensorflow and tf_keras

Per model: the folder, and <model>.npz with the input x, the output y, and the gradient of sum(y) by every
trainable variable, under "gradient/<object path>".
"""
import hashlib
import json
import os
import pathlib
import shutil

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "saved_model"
INPUTS, UNITS, BATCH, SEED = 4, 3, 5, 20260


class SubclassedDense(tf_keras.Model):
    """MatMul, BiasAdd, Relu over two variables."""

    def __init__(self):
        super().__init__(name="subclassed_dense")
        self.dense = tf_keras.layers.Dense(UNITS, activation="relu", name="dense")

    def call(self, x):
        return self.dense(x)


def main():
    rng = np.random.default_rng(SEED)
    model = SubclassedDense()
    model(tf.zeros((1, INPUTS)))
    model.dense.kernel.assign(rng.standard_normal((INPUTS, UNITS)).astype(np.float32) * 0.5)
    model.dense.bias.assign(rng.standard_normal(UNITS).astype(np.float32) * 0.2)

    folder = OUT / "subclassed_dense"
    shutil.rmtree(folder, ignore_errors=True)
    OUT.mkdir(parents=True, exist_ok=True)
    model.save(folder, save_format="tf")

    x = tf.constant(rng.standard_normal((BATCH, INPUTS)).astype(np.float32))
    loaded = tf.saved_model.load(str(folder))
    with tf.GradientTape() as tape:
        y = loaded(x)
        total = tf.reduce_sum(y)
    kernel, bias = tape.gradient(total, [loaded.dense.kernel, loaded.dense.bias])
    signature, = loaded.signatures["serving_default"](x).values()
    assert np.array_equal(signature, y)
    np.savez(OUT / "subclassed_dense.npz",
             **{"x": x, "y": y, "gradient/dense/kernel": kernel, "gradient/dense/bias": bias})

    files = sorted(p for p in OUT.rglob("*") if p.is_file() and p.name != "manifest.json")
    manifest = {"command": "tools/goldens/saved_model.py", "seed": SEED,
                "versions": {"tensorflow": tf.__version__, "tf_keras": tf_keras.__version__, "numpy": np.__version__},
                "files": {p.relative_to(OUT).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}}
    (OUT / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
