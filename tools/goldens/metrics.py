#!/usr/bin/env python3
"""Ask real Keras 3 and tf_keras for the state and results of metrics over three batches.

    dump_cases --metrics | tools/python_env tools/goldens/metrics.py [CASES.json] [--stale] [--out FOLDER]

Cases are as those of losses.py, with "metric" for "loss"; "-" for y_true means a metric of values alone.
Writes tests/golden/metrics/<Metric>.npz (tools/goldens/cases.py says how cases stand in it): for batch j "b<j>/x0"
(y_true), "b<j>/x1" (y_pred, or what a softmax or sigmoid makes it of), "b<j>/weights", "b<j>/mask"; and for each of
"keras3" and "tf_keras" that has the metric, "<flavour>/b<j>/s0" … (its variables after that batch) and
"<flavour>/b<j>/result". meta has the names of the variables, Keras 3's config and both default names.
"""
import pathlib
import sys

import cases
from common import keras, np, tf
from losses import data_of

import tf_keras

BATCHES = 3


def batch_of(case, rng):
    """{x0, x1, weights, mask} of one batch."""
    float_type = np.float64 if case["config"].get("dtype") == "float64" else np.float32
    made = {}
    for i, text in enumerate(case["data"]):
        if text == "-":
            continue
        array = data_of(text, rng, float_type)
        made[f"x{i}" if i < 2 else "mask" if array.dtype == bool else "weights"] = array
    return made


def function_of(library, config):
    config = dict(config)
    if "fn" in config:
        config["fn"] = getattr(library.losses, config["fn"])
    return config


def ask(entries, flavour, library, metric, case, batches):
    kind = case["data"][1].split("[")[0]
    for j, batch in enumerate(batches):
        weights = batch.get("weights")
        y_pred = tf.constant(batch["x1"])
        if kind in ("softmax", "sigmoid"):
            y_pred = getattr(library.activations, kind)(y_pred)
        if "mask" in batch and flavour == "keras3":
            y_pred._keras_mask = tf.constant(batch["mask"])
        elif "mask" in batch:   # as compile() does
            weights = tf_keras.src.utils.losses_utils.apply_mask(y_pred, weights, batch["mask"])
        given = [tf.constant(batch["x0"])] if "x0" in batch else []
        metric.update_state(*given, y_pred, sample_weight=weights)
        for i, variable in enumerate(metric.variables):
            entries[f"{flavour}/b{j}/s{i}"] = np.asarray(variable)
        entries[f"{flavour}/b{j}/result"] = np.asarray(metric.result())
    return [variable.name.split(":")[0] for variable in metric.variables]


def evaluate(case, rng, entries):
    batches = [batch_of(case, rng) for _ in range(BATCHES)]
    for j, batch in enumerate(batches):
        entries |= {f"b{j}/{name}": array for name, array in batch.items()}
    meta = {"names": {}, "default_names": {}}
    for flavour, library in ("keras3", keras), ("tf_keras", tf_keras):
        kind = getattr(library.metrics, case["metric"], None)
        if kind is None:
            continue
        tf_keras.backend.clear_session()
        keras.backend.clear_session()
        try:
            metric = kind(**function_of(library, case["config"]))
            default_name = metric.name
            meta["names"][flavour] = ask(entries, flavour, library, metric, case, batches)
        except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
            if flavour == "keras3":
                raise
            for name in [name for name in entries if name.startswith("tf_keras/")]:
                del entries[name]
            meta["tf_keras_refuses"] = str(error)[:80]
            continue
        meta["default_names"][flavour] = default_name
        if flavour == "keras3":
            config = keras.saving.serialize_keras_object(metric)["config"]
            meta["saved_config"] = cases.without_ids(config)
    return meta


if __name__ == "__main__":
    sys.exit(cases.main("metric", "metrics", evaluate, pathlib.Path(__file__).resolve(), __doc__.splitlines()[0]))
