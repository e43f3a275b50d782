#!/usr/bin/env python3
"""Models that real Keras and tf_keras save in mid-training, and how their training goes on.

    tools/python_env tools/goldens/resume.py

tests/golden/resume/<case>.<suffix> is the file after three steps; <case>.npz has the batch (x, y) that is trained on all
the time, and of each of three more steps the loss (loss0 …) and the trainable weights after it (step0/0 …).
"""
import pathlib
import sys

from common import GOLDEN, keras, np, randomise, seed_of, sha256, write_manifest
import tf_keras

OUT = GOLDEN / "resume"
STEPS = 3


def dense(k):
    """All that a Dense and a BatchNormalization layer can ask for."""
    r, c, layers = k.regularizers, k.constraints, k.layers
    return k.Sequential([
        layers.Input((6,)) if k is keras else layers.InputLayer((6,)),
        layers.Dense(5, activation="tanh", kernel_regularizer=r.L1L2(0.01, 0.02), bias_regularizer=r.L2(0.03),
                     activity_regularizer=r.L2(0.02), kernel_constraint=c.MaxNorm(0.9), name="hidden"),
        layers.BatchNormalization(gamma_regularizer=r.L2(0.05), gamma_constraint=c.NonNeg(), name="norm"),
        layers.ActivityRegularization(l1=0.01, l2=0.02, name="activity"),
        layers.Dense(2, kernel_regularizer=r.OrthogonalRegularizer(0.1), name="out")], name="dense"), (8, 6)


def conv(k):
    """Weights whose rules have other names, and a frozen layer with a regularizer."""
    r, c, layers = k.regularizers, k.constraints, k.layers
    x = inputs = k.Input((6, 6, 2))
    x = layers.SeparableConv2D(3, 3, depthwise_regularizer=r.L2(0.02), pointwise_regularizer=r.L1(0.01),
                               pointwise_constraint=c.UnitNorm([0, 1, 2]), name="separable")(x)
    x = layers.DepthwiseConv2D(3, depthwise_regularizer=r.L1(0.01), depthwise_constraint=c.MinMaxNorm(0.2, 0.8),
                               name="depthwise")(x)
    x = layers.Flatten(name="flat")(x)
    frozen = layers.Dense(4, kernel_regularizer=r.L2(0.1), name="frozen")
    x = frozen(x)
    frozen.trainable = False
    return k.Model(inputs, layers.Dense(2, name="out")(x), name="conv"), (4, 6, 6, 2)


def mixed(k):
    """float16 with a loss scale: compile() wraps the optimizer."""
    layers = k.layers
    return k.Sequential([
        layers.Input((6,)), layers.Dense(5, activation="tanh", dtype="mixed_float16", name="hidden"),
        layers.Dense(2, dtype="mixed_float16", name="middle"), layers.Dense(2, dtype="float32", name="out")],
        name="mixed"), (8, 6)


def loss_scaled(k):
    return k.optimizers.LossScaleOptimizer(k.optimizers.Adam(0.02), initial_scale=256.0, dynamic_growth_steps=2)


def several(k):
    o = k.optimizers
    return o.MultiOptimizer(o.OptimizerMap(o.SGD(0.05, momentum=0.9), {"separable/.*": o.Adam(0.02), "out/.*": o.Nadam(0.02)}))


def schedule(k):
    return k.optimizers.schedules.ExponentialDecay(0.05, 2, 0.8)


CASES = {
    "dense_adam": (keras, dense, lambda k: k.optimizers.Adam(0.02, clipnorm=1.0), ["keras"]),
    "conv_sgd": (keras, conv, lambda k: k.optimizers.SGD(schedule(k), momentum=0.9, nesterov=True), ["keras"]),
    "dense_adamw_ema": (keras, dense, lambda k: k.optimizers.AdamW(0.02, use_ema=True, ema_overwrite_frequency=2),
                        ["keras"]),
    "conv_adafactor": (keras, conv, lambda k: k.optimizers.Adafactor(0.05), ["keras"]),
    "mixed_loss_scale": (keras, mixed, loss_scaled, ["keras"]),
    "conv_multi": (keras, conv, several, ["keras"]),
    "conv_muon": (keras, conv, lambda k: k.optimizers.Muon(0.02), ["keras"]),
    "dense_nadam": (keras, dense, lambda k: k.optimizers.Nadam(0.02, gradient_accumulation_steps=2), ["keras"]),
    "dense_adam_tf_keras": (tf_keras, dense, lambda k: k.optimizers.Adam(0.02, amsgrad=True), ["keras", "h5"]),
    "conv_rmsprop_tf_keras": (tf_keras, conv, lambda k: k.optimizers.RMSprop(0.02, momentum=0.5, centered=True), ["h5"]),
    "dense_sgd_legacy": (tf_keras, dense, lambda k: k.optimizers.legacy.SGD(0.05, momentum=0.9, decay=0.1), ["h5"]),
    "conv_adam_legacy": (tf_keras, conv, lambda k: k.optimizers.legacy.Adam(0.02, amsgrad=True), ["h5"]),
}


def train(model, x, y):
    model.reset_metrics()
    return model.train_on_batch(x, y)


def main():
    OUT.mkdir(exist_ok=True)
    rows = []
    for name, (k, build, optimizer, suffixes) in CASES.items():
        k.backend.clear_session()
        rng = np.random.default_rng(seed_of(name))
        model, shape = build(k)
        randomise(model.weights, seed_of(name))
        x = rng.standard_normal(shape).astype(np.float32)
        y = rng.standard_normal((shape[0], 2)).astype(np.float32)
        model.compile(optimizer(k), "mean_squared_error")
        for _ in range(STEPS):
            train(model, x, y)
        for suffix in suffixes:
            model.save(OUT / f"{name}.{suffix}")
        entries = {"x": x, "y": y}
        for step in range(STEPS):
            entries[f"loss{step}"] = np.float32(train(model, x, y))
            entries |= {f"step{step}/{i}": w.numpy() for i, w in enumerate(model.trainable_weights)}
        np.savez_compressed(OUT / f"{name}.npz", **entries)
        rows += [{"file": p.name, "sha256": sha256(p)} for p in sorted(OUT.glob(f"{name}.*"))]
    script = pathlib.Path(__file__).resolve().relative_to(GOLDEN.parents[1])
    write_manifest(OUT / "manifest.json", f"tools/python_env {script}", rows)


if __name__ == "__main__":
    sys.exit(main())
