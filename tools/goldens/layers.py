#!/usr/bin/env python3
"""Ask real Keras 3 for the answers to the layers' case tables.

    tools/python_env tools/goldens/layers.py [CASES.json] [--stale] [--out FOLDER]

Cases are a JSON list, from the file or standard input:

    [{"layer": "Dense", "index": 0, "config": {"units": 3}, "inputs": ["float32[2,4]"], "call": {…}}, …]

"call" is optional: more arguments of the call; a value like "bool[2,5]" becomes a random array, which is stored, too
("mask" gets a prefix of ones in each row). Several inputs are one list, but for the attention layers that take
query, value, key. The layer is built from its config, gets random weights, and is called for inference unless "call"
says {"training": true}. A layer that Keras 3 no longer has is tf_keras', without the config that it would write.
Writes tests/golden/layers/<Layer>.npz (tools/goldens/cases.py says what is in it) and manifest.json there.
"""
import copy
import inspect
import pathlib
import sys

import cases
from common import keras, np, randomise, run, seed_of
from keras.src.applications import convnext
import tf_keras


def integer_bound(config):
    """Integers that a layer takes as indices stay below its table's size."""
    return config.get("input_dim") or config.get("num_tokens") or 4


def hide_steps(array, value):
    """A copy of Masking's input in which the last step of the first row is to be masked."""
    array = array.copy()
    array[0, -1] = value
    return array


def takes_separate_inputs(layer):
    """MultiHeadAttention(query, value, key) and its like, against Add([a, b])."""
    return next(iter(inspect.signature(layer.call).parameters)) == "query"


def make_layer(name, config):
    """By the class's name, which for some layers is not their name in keras.layers."""
    if name == "GroupedQueryAttention":
        return keras.layers.GroupQueryAttention.from_config(config)
    if hasattr(convnext, name):
        return getattr(convnext, name).from_config(config)
    if not hasattr(keras.layers, name) and hasattr(tf_keras.layers, name):  # Keras 3 no longer has it
        return getattr(tf_keras.layers, name).from_config(config)
    return keras.layers.deserialize({"module": "keras.layers", "class_name": name, "config": config,
                                     "registered_name": None})


def rewind(layer):
    """Every seed generator in and below layer stands at draw 1, as one that drew once to make the weights."""
    for part in layer._flatten_layers():
        for value in vars(part).values():
            if isinstance(value, keras.random.SeedGenerator):
                value.state.assign([value._initial_seed or 0, 1])


def evaluate(case, rng, entries):
    config = case["config"]
    layer = make_layer(case["layer"], copy.deepcopy(config))
    inputs = [cases.random_tree(spec, rng, entries, f"x{i}", high=integer_bound(config))
              if cases.parse_spec(spec) and "int" in spec else cases.random_tree(spec, rng, entries, f"x{i}")
              for i, spec in enumerate(case["inputs"])]
    if case["layer"] == "Masking":
        entries["x0"] = hide_steps(entries["x0"], config.get("mask_value", 0.0))
        inputs = [cases.tensor(entries["x0"], case["inputs"][0])]
    arguments = {name: cases.random_tree(value, rng, entries, name) for name, value in case.get("call", {}).items()}
    if len(inputs) > 1 and not takes_separate_inputs(layer):
        inputs = [inputs]
    if "training" in inspect.signature(layer.call).parameters:
        arguments.setdefault("training", False)

    def call():
        return layer(*inputs, **arguments)
    run(call)   # creates the weights
    randomise(layer.weights, seed_of("weights", case["layer"], case["index"]))
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()   # Normalization computes with a copy of its weights
    if isinstance(layer, keras.layers.Layer):
        rewind(layer)
    if getattr(layer, "stateful", False):
        layer.reset_state()
    for i, weight in enumerate(layer.weights):
        entries[f"w{i}"] = cases.to_numpy(weight)
    cases.put_results(entries, run(call))
    for i, weight in enumerate(layer.weights):   # moving statistics
        value = cases.to_numpy(weight)
        if not np.array_equal(value, entries[f"w{i}"]):
            entries[f"u{i}"] = value
    paths = [getattr(weight, "path", weight.name.split(":")[0]) for weight in layer.weights]
    if not isinstance(layer, keras.layers.Layer):  # tf_keras'
        return {"weights": paths, "saved_config": None}
    return {"weights": paths, "saved_config": cases.without_ids(keras.saving.serialize_keras_object(layer))["config"]}


if __name__ == "__main__":
    sys.exit(cases.main("layer", "layers", evaluate, pathlib.Path(__file__).resolve(), __doc__.splitlines()[0]))
