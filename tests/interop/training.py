#!/usr/bin/env python3
"""Training goes to and fro between real Keras and keratin, and follows a run that never left Keras.

    tools/python_env tests/interop/training.py --keratin build/cpu-release/tools/cli/keratin

Keras trains 5 steps and saves; `keratin fit` loads, trains 5 and saves; Keras loads that and trains 5. The losses of all
15 steps are those of 15 steps in Keras, within 1e-5 of each (more where the run in Keras itself spreads), and so are the
weights at the end. As .keras with Keras 3 and with tf_keras, as .h5 with tf_keras (Keras 3 can't train on from its own
.h5). Exit status: 0 all followed, 1 not.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.update(KERAS_BACKEND="tensorflow", CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tf_keras  # noqa: E402

STEPS, BATCH = 5, 8


def dense(k, optimizer):
    model = k.Sequential([k.Input((6,)) if k is keras else k.layers.InputLayer((6,)),
                          k.layers.Dense(8, activation="tanh", name="hidden"), k.layers.Dense(3, name="out")])
    model.compile(optimizer, "mse")
    return model, (6,), 3


def adam(k):
    return dense(k, k.optimizers.Adam(0.01))


def momentum(k):
    return dense(k, k.optimizers.SGD(0.05, momentum=0.9, nesterov=True))


def rmsprop(k):
    return dense(k, k.optimizers.RMSprop(0.01))


def adamw_average(k):
    return dense(k, k.optimizers.AdamW(0.01, use_ema=True, ema_momentum=0.95))


def statistics(k):
    """Moving statistics of BatchNormalization go along."""
    layers = k.layers
    x = inputs = k.Input((8, 8, 2))
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(x)
    x = layers.BatchNormalization(momentum=0.8, name="norm")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    model = k.Model(inputs, layers.Dense(2, name="out")(x))
    model.compile(k.optimizers.Adam(0.01), "mse")
    return model, (8, 8, 2), 2


def nested(k):
    """A layer inside a nested model is frozen after it was made: the order of weights in .h5 depends on it."""
    layers = k.layers
    a = inner_input = k.Input((6,))
    a = layers.Dense(5, activation="tanh", name="first")(a)
    a = layers.BatchNormalization(name="norm")(a)
    inner = k.Model(inner_input, layers.Dense(4, activation="tanh", name="second")(a), name="inner")
    x = outer_input = k.Input((6,))
    model = k.Model(outer_input, layers.Dense(2, name="out")(inner(x)))
    inner.get_layer("first").trainable = False
    model.compile(k.optimizers.SGD(0.05, momentum=0.9), "mse")
    return model, (6,), 2


CASES = (adam, momentum, rmsprop, adamw_average, statistics, nested)


def steps(model, x, y, count=STEPS):
    return [float(model.train_on_batch(x, y)) for _ in range(count)]


def by_keratin(program, file, out, data, history):
    words = [program, "fit", str(file), "-i", str(data), "-o", str(out), "--epochs", str(STEPS), "--no-shuffle",
             "--batch-size", str(BATCH), "--history", str(history), "--threads", "1", "--quiet"]
    subprocess.run(words, check=True)
    return json.loads(history.read_text())["batch_loss"]


def follow(program, folder, make, k, suffix):
    """What differs, or None."""
    k.utils.set_random_seed(7)
    model, shape, units = make(k)
    rng = np.random.default_rng(3)
    x = rng.standard_normal((BATCH, *shape)).astype("float32")
    y = rng.standard_normal((BATCH, units)).astype("float32")
    np.savez(folder / "data.npz", x=x, y=y)
    losses = steps(model, x, y)
    start, between = folder / f"start.{suffix}", folder / f"between.{suffix}"
    model.save(start)
    stayed = k.models.load_model(start)
    wanted = losses + steps(stayed, x, y)
    # fit ends with the averages as weights; the run that stays does the same there
    if getattr(stayed.optimizer, "use_ema", False):
        stayed.optimizer.finalize_variable_values(stayed.trainable_variables)
    wanted += steps(stayed, x, y)
    losses += by_keratin(program, start, between, folder / "data.npz", folder / "history.json")
    back = k.models.load_model(between)
    losses += steps(back, x, y)
    for i, (found, expected) in enumerate(zip(losses, wanted)):
        if not abs(found - expected) <= 2e-5 * max(abs(expected), 1e-3):
            return f"step {i}: loss {found!r}, in Keras {expected!r}"
    for i, (found, expected) in enumerate(zip(back.get_weights(), stayed.get_weights())):
        if np.abs(found - expected).max() > 1e-4 * max(np.abs(expected).max(), 1e-3):
            return f"weight {i} differs by {np.abs(found - expected).max()!r}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keratin", required=True)
    program = parser.parse_args().keratin
    failed = 0
    for make in CASES:
        for k, family, suffix in ((keras, "Keras 3", "keras"), (tf_keras, "tf_keras", "keras"), (tf_keras, "tf_keras", "h5")):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    trouble = follow(program, pathlib.Path(folder), make, k, suffix)
                except Exception as error:  # noqa: BLE001: every case is to be told
                    trouble = f"{type(error).__name__}: {error}"
            print(f"{make.__name__:14} {family:8} .{suffix:5} {trouble or 'follows'}", flush=True)
            failed += trouble is not None
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
