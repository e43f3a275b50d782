#!/usr/bin/env python3
"""Optimizers, schedules, regularizers and constraints as real Keras and tf_keras compute them.

    build/cpu-release/tools/dump_cases/dump_cases --optimizers | tools/python_env tools/goldens/optimizers.py [--stale]

An optimizer trains three fixed variables with fixed gradients (inputs.npz): in float32 for 7 steps, with every variable
after each step, and in float64 for 50, with every variable after the last.
"""
import contextlib
import json
import pathlib
import sys

import cases
from common import GOLDEN, keras, np, tf
import tf_keras

SHORT, LONG = 7, 50
NAMES = ["first/kernel", "second/bias", "third/kernel"]
SHAPES = [(2, 3), (3,), (2, 2, 2)]


def inputs():
    rng = np.random.default_rng(7)
    arrays = {}
    for i, shape in enumerate(SHAPES):
        arrays[f"v{i}"] = rng.standard_normal(shape)
        arrays[f"g{i}"] = rng.standard_normal((LONG, *shape)) + 0.3
    arrays["g1"][2] = 0   # a step without a gradient
    return arrays


@contextlib.contextmanager
def exact_numbers():
    """In float64 TensorFlow makes float32 of Python's floats here and there, and legacy optimizers keep theirs so."""
    import tensorflow.compat.v2 as v2
    from tf_keras.src.optimizers.legacy.optimizer_v2 import OptimizerV2
    old = {(place, name): getattr(place, name) for place in (tf, v2) for name in ("cast", "convert_to_tensor", "fill")}
    old[OptimizerV2, "add_weight"] = OptimizerV2.add_weight

    def exact(function):
        def call(*arguments, **options):
            widen = [np.float64(x) if isinstance(x, float) else x for x in arguments]
            return function(*widen, **{k: np.float64(x) if isinstance(x, float) else x for k, x in options.items()})
        return call

    for (place, name), function in old.items():
        setattr(place, name, exact(function))
    OptimizerV2.add_weight = lambda self, name, shape, dtype=None, **options: exact(old[OptimizerV2, "add_weight"])(
        self, name, shape, dtype or tf.float64, **options)
    try:
        yield
    finally:
        for (place, name), function in old.items():
            setattr(place, name, function)


def make_optimizer(case):
    config = json.loads(json.dumps(case["config"]))
    if case["dialect"] == "keras_3":
        return getattr(keras.optimizers, case["class"]).from_config(config)
    if case["class"] == "LossScaleOptimizer" and case["dialect"] == "legacy":
        inner = config.pop("inner_optimizer")
        inner = getattr(tf_keras.optimizers.legacy, inner["class_name"]).from_config(inner["config"])
        return tf_keras.mixed_precision.LossScaleOptimizer(inner, **config)
    if case["dialect"] == "legacy":
        return getattr(tf_keras.optimizers.legacy, case["class"]).from_config(config)
    if case["class"] == "LossScaleOptimizer":
        config["inner_optimizer"]["config"]["is_legacy_optimizer"] = False
        return tf_keras.mixed_precision.LossScaleOptimizer(
            tf_keras.optimizers.deserialize(config.pop("inner_optimizer")), **config)
    return getattr(tf_keras.optimizers, case["class"]).from_config(config)


def make_variables(case, dtype):
    made = []
    for i, name in enumerate(NAMES):
        value = inputs()[f"v{i}"].astype(dtype)
        if case["dialect"] == "keras_3":
            scope, leaf = name.split("/")
            with keras.name_scope(scope):
                made.append(keras.Variable(value, name=leaf, dtype=dtype))
        else:
            made.append(tf.Variable(value, name=name))
    return made


def listed(optimizer):
    return list(optimizer.variables() if callable(optimizer.variables) else optimizer.variables)


def flat(variables):
    return np.concatenate([np.asarray(v.numpy()).astype(np.float64).ravel() for v in variables])


def train(case, dtype, steps):
    """The optimizer, its variables, and the flattened values after each step."""
    keras.config.set_floatx(dtype)
    tf_keras.backend.set_floatx(dtype)
    keras.utils.clear_session()
    optimizer, variables, states, scales = make_optimizer(case), make_variables(case, dtype), [], []
    scaled = case["class"] == "LossScaleOptimizer" and case["dialect"] != "keras_3"
    for step in range(steps):
        gradients = [inputs()[f"g{i}"][step].astype(dtype) for i in range(len(SHAPES))]
        if case["overflows"] and step == 3:
            gradients[0][0, 0] = np.inf
        gradients = [tf.constant(g) for g in gradients]
        if case["dialect"] == "keras_3":
            optimizer.apply(gradients, variables)
        else:
            if scaled:
                gradients = optimizer.get_unscaled_gradients(gradients)
            optimizer.apply_gradients(zip(gradients, variables))
        states.append(flat(variables + listed(optimizer)))
        if scaled:
            scales.append([float(optimizer.dynamic_counter), float(optimizer.loss_scale)])
    return optimizer, variables, states, scales


def optimizer_case(case, entries):
    optimizer, variables, states, scales = train(case, "float32", SHORT)
    entries["states"] = np.array(states, np.float32)
    if scales:
        entries["scales"] = np.array(scales, np.float32)
    module = keras if case["dialect"] == "keras_3" else tf_keras
    form = module.optimizers.serialize(optimizer)
    names = [getattr(v, "path", v.name) for v in listed(optimizer)]
    shapes = [list(v.shape) for v in listed(optimizer)]
    with exact_numbers():
        entries["final"] = train(case, "float64", LONG)[2][-1]
    return {"object": json.dumps(form, default=float), "names": names, "shapes": shapes}


def plain_case(case, rng, entries):
    family = {"regularizer": keras.regularizers, "constraint": keras.constraints}.get(case["kind"])
    if case["kind"] == "schedule":
        made = getattr(keras.optimizers.schedules, case["class"])(**case["config"])
        old = getattr(tf_keras.optimizers.schedules, case["class"])(**case["config"])
        steps = [tf.constant(i, tf.int64) for i in case["iterations"]]
        entries["rates"] = np.array([float(made(step)) for step in steps], np.float32)
        entries["tf_keras_rates"] = np.array([float(old(step)) for step in steps], np.float32)
        return {"object": json.dumps(keras.optimizers.schedules.serialize(made))}
    if not hasattr(family, case["class"]):   # Keras 3 dropped it
        family = tf_keras.constraints
    made = getattr(family, case["class"])(**case["config"])
    x = rng.standard_normal(case["shape"]).astype(np.float32)
    entries["x"] = x
    entries["y"] = np.asarray(made(tf.constant(x)).numpy())
    return {"object": json.dumps(family.serialize(made))}


def evaluate(case, rng, entries):
    try:
        return optimizer_case(case, entries) if case["kind"] == "optimizer" else plain_case(case, rng, entries)
    finally:
        keras.config.set_floatx("float32")
        tf_keras.backend.set_floatx("float32")


if __name__ == "__main__":
    (GOLDEN / "optimizers").mkdir(exist_ok=True)
    np.savez_compressed(GOLDEN / "optimizers" / "inputs.npz", **inputs())
    sys.exit(cases.main("class", "optimizers", evaluate, pathlib.Path(__file__).resolve(), __doc__))
