#!/usr/bin/env python3
"""Ask real Keras 3 and tf_keras for the answers of losses.

    dump_cases --losses | tools/python_env tools/goldens/losses.py [CASES.json] [--stale] [--out FOLDER]

Cases are a JSON list: [{"loss": "Huber", "index": 0, "config": {…}, "data": ["normal[4,3]", "normal[4,3]", "weights[4]",
"mask[4]"]}, …]: y_true, y_pred, then weights and a mask where there are any; data_of() knows the kinds.
Writes tests/golden/losses/<Loss>.npz (tools/goldens/cases.py says how cases stand in it): x0 (y_true), x1 (y_pred, or
what a softmax or sigmoid makes it of), weights, mask; and for each of "keras3" and "tf_keras" that has the loss:
"<flavour>/values" (per sample), "<flavour>/loss" (reduced) and "<flavour>/gradient" (of its sum, for x1). meta has
Keras 3's config.
"""
import pathlib
import re
import sys

import cases
from common import keras, np, tf

import tf_keras

KINDS = re.compile(r"([a-z_]+)(\d*)\[([\d,]*)\]")


def data_of(text, rng, float_type=np.float32):
    """The array of "kind[shape]"."""
    kind, number, dims = KINDS.fullmatch(text).groups()
    shape = tuple(int(n) for n in dims.split(",") if n)

    def softmax(x):
        e = np.exp(x)
        return e / e.sum(-1, keepdims=True)

    makers = {
        "normal": lambda: rng.standard_normal(shape),
        "rising": lambda: np.sort(rng.standard_normal(shape), -1),
        "large": lambda: 100 * rng.standard_normal(shape),
        "softmax": lambda: 15 * rng.standard_normal(shape),   # logits
        "sigmoid": lambda: 15 * rng.standard_normal(shape),
        "positive": lambda: rng.uniform(0.1, 3, shape),
        "probabilities": lambda: rng.uniform(0.05, 0.95, shape),
        "thirds": lambda: rng.integers(0, 4, shape) / 3,       # many ties
        "distribution": lambda: softmax(rng.standard_normal(shape)),
        "one_hot": lambda: np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])],
        "unit": lambda: (lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True))(rng.standard_normal(shape)),
        "bits": lambda: rng.integers(0, 2, shape),
        "signs": lambda: 2 * rng.integers(0, 2, shape) - 1,
        "zeros": lambda: np.zeros(shape),
        "ones": lambda: np.ones(shape),
        "weights": lambda: rng.uniform(0.2, 2, shape),
        "mask": lambda: rng.random(shape) < 0.6,
        "none": lambda: np.zeros(shape, bool),
        "classes": lambda: rng.integers(0, int(number), shape).astype(np.int32),
        "voids": lambda: rng.integers(-1, int(number), shape).astype(np.int32),
    }
    def padded():   # classes but 0, then 0: prefixes of any length
        labels = rng.integers(1, int(number), shape).astype(np.int32)
        return np.where(np.arange(shape[1]) < rng.integers(0, shape[1] + 1, (shape[0], 1)), labels, 0).astype(np.int32)

    makers["padded"] = padded
    made = makers[kind]()
    return made if made.dtype in (bool, np.int32) else made.astype(float_type)


def split(case, rng):
    """y_true, y_pred, weights, mask (or None), and the activation that makes y_pred."""
    float_type = np.float64 if case["config"].get("dtype") == "float64" else np.float32
    arrays = [data_of(text, rng, float_type) for text in case["data"]]
    weights = mask = None
    for array in arrays[2:]:
        weights, mask = (weights, array) if array.dtype == bool else (array, mask)
    kind = case["data"][1].split("[")[0]
    return arrays[0], arrays[1], weights, mask, kind if kind in ("softmax", "sigmoid") else "linear"


def ask(entries, flavour, library, loss, data):
    y_true, x, weights, mask, activation = data
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y_pred = getattr(library.activations, activation)(x) if activation != "linear" else tf.identity(x)
        if mask is not None:
            y_pred._keras_mask = tf.constant(mask)
        result = loss(tf.constant(y_true), y_pred, sample_weight=weights)
        total = tf.reduce_sum(result)
    y_pred = getattr(library.activations, activation)(x) if activation != "linear" else x
    true = tf.constant(y_true)
    if flavour == "keras3":
        true, y_pred = tf.cast(true, loss.dtype), tf.cast(y_pred, loss.dtype) if y_pred.dtype != loss.dtype else y_pred
    entries[f"{flavour}/values"] = np.asarray(loss.call(true, y_pred))
    entries[f"{flavour}/loss"] = np.asarray(result)
    entries[f"{flavour}/gradient"] = np.asarray(tape.gradient(total, x))


def evaluate(case, rng, entries):
    data = split(case, rng)
    for name, array in zip(("x0", "x1", "weights", "mask"), data):
        if array is not None:
            entries[name] = array
    loss = getattr(keras.losses, case["loss"])(**case["config"])
    ask(entries, "keras3", keras, loss, data)
    kind = getattr(tf_keras.losses, case["loss"], None)
    config = dict(case["config"])
    known = not {"dtype"} & set(config) and config.get("reduction", "auto") in ("auto", "sum", "none",
                                                                                 "sum_over_batch_size")
    if kind is not None and known:
        try:
            ask(entries, "tf_keras", tf_keras, kind(**config), data)
        except tf.errors.InvalidArgumentError:   # ranks that tf_keras makes equal in compile() alone
            pass
    return {"saved_config": loss.get_config()}


if __name__ == "__main__":
    sys.exit(cases.main("loss", "losses", evaluate, pathlib.Path(__file__).resolve(), __doc__.splitlines()[0]))
