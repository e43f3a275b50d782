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
           "masked_merges_tf_keras.keras": "joins different masks",
           "masked_layers_tf_keras.h5": "used again after attention",
           "masked_layers_tf_keras.keras": "used again after attention"}


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


def images():
    """Image layers of tf_keras with keys and values that Keras 3 spells otherwise."""
    la, k = tf_keras.layers, tf_keras
    x = inputs = la.Input((12, 12, 4), name="image")
    x = la.Conv2D(6, 3, kernel_initializer=k.initializers.VarianceScaling(2.0, "fan_out", "normal"),
                  kernel_regularizer=k.regularizers.L1L2(0.1, 0.2), bias_constraint=k.constraints.MaxNorm(2))(x)
    x = la.BatchNormalization(axis=[3])(x)
    x = la.PReLU(shared_axes=[1, 2])(x)
    x = la.DepthwiseConv2D(3, padding="same", depthwise_regularizer="l2", dilation_rate=2)(x)
    x = la.LeakyReLU(0.2)(x)
    x = la.SeparableConv2D(4, 3, depth_multiplier=2, pointwise_initializer="lecun_normal")(x)
    x = la.ELU(0.7)(x)
    x = la.Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=1)(x)
    x = la.ReLU(max_value=6.0, negative_slope=0.1, threshold=0.05)(x)
    x = la.SpatialDropout2D(0.2)(la.UpSampling2D(2, interpolation="bilinear")(x))
    x = la.Cropping2D(((1, 2), (0, 3)))(la.ZeroPadding2D((1, 0))(x))
    x = la.AveragePooling2D(3, strides=2, padding="same")(x)
    x = la.GroupNormalization(3)(x)
    x = la.Resizing(9, 8)(la.CenterCrop(10, 9)(x))
    x = la.LayerNormalization(axis=[2, 3], epsilon=1e-4)(x)
    y = [la.GlobalAveragePooling2D()(x), la.GlobalMaxPooling2D(keepdims=False)(x)]
    return k.Model(inputs, la.Softmax()(la.Average()(y)))


def sequences():
    """The same for layers of sequences and vectors."""
    la, k = tf_keras.layers, tf_keras
    tokens, x = la.Input((6,), dtype="int32", name="tokens"), la.Input((6, 4), name="x")
    y = la.Embedding(11, 4, input_length=6, embeddings_initializer=k.initializers.RandomUniform(-1, 1))(tokens)
    y = la.Subtract()([y, la.Normalization(mean=[0.5, 0, 1, 2], variance=[1, 2, 3, 4])(x)])
    y = la.GaussianNoise(0.1)(la.Dropout(0.5, noise_shape=(None, 1, 4))(y))
    y = la.Conv1D(4, 3, padding="causal", dilation_rate=2)(y)
    y = la.Attention(use_scale=True, score_mode="dot")([y, y])
    y = la.AdditiveAttention()([y, y])
    y = la.MultiHeadAttention(2, 3, output_shape=5)(y, y)
    y = la.SimpleRNN(4, return_sequences=True, go_backwards=True, recurrent_initializer="orthogonal")(y)
    y = la.TimeDistributed(la.Dense(3, activation=k.activations.gelu))(y)
    y = la.MaxPooling1D(2)(la.Permute((1, 2))(y))
    y = la.Dense(4, kernel_constraint="non_neg", activity_regularizer=k.regularizers.L2(0.1))(la.Flatten()(y))
    y = la.AlphaDropout(0.2)(la.ActivityRegularization(0.1)(la.UnitNormalization()(y)))
    z = la.Reshape((2, 8))(la.RepeatVector(4)(y))
    return k.Model([tokens, x], [la.Dot(1, normalize=True)([z, z]), la.GaussianDropout(0.3)(la.Rescaling(2.0, 1)(y))])


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


MADE = [(hard_sigmoids, "h5"), (thresholds, "h5"), (images, "h5"), (images, "keras"), (sequences, "h5"),
        (sequences, "keras"), (low_rank, "keras"), (half_low_rank, "keras"),
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
    done = subprocess.run([resave, folder / row["file"], saved, "keras", "keras3"], capture_output=True, text=True)
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
