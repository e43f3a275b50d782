#!/usr/bin/env python3
"""Write small models in every file format, with inputs and the answers of real Keras.

    tools/python_env tools/goldens/formats.py [--out FOLDER] [--seed N] [--only MODEL,…]

For a model M: M.in.npz (arrays by input name), M.out.npz (by output name), and one file per format: M.keras, M.h5 … by
Keras 3, M_tf_keras.keras, M_tf_keras.h5 … by tf_keras. manifest.json has a row for each file; its keys:
file, model, writer, format, inputs, outputs, tolerance (fraction of the largest output), sha256, and where it takes
two files to make a model, arch (this row's file is weights) or weights (this row's file is an architecture).
"""
import argparse
import pathlib
import shutil

from common import GOLDEN, keras, np, randomise, run, seed_of, sha256, tf, write_manifest

import models
import saved_models
import tf_keras
import vintages

BATCH = 3
FAMILIES = {"keras": keras, "tf_keras": tf_keras}

# model: the formats that each family writes.
FORMATS = {
    "mlp": {"keras": "keras folder h5 weights.h5 weights.json json",
            "tf_keras": "keras h5 h5-weights weights.h5 json"},
    "first_slice": {"keras": "keras h5", "tf_keras": "keras h5"},
    "cnn": {"keras": "keras h5 weights.h5 json", "tf_keras": "keras h5 h5-weights json"},
    "two_by_two": {"keras": "keras h5", "tf_keras": "keras h5"},
    "nested_shared": {"keras": "keras h5 weights.h5 json", "tf_keras": "keras h5 h5-weights json"},
    "dict_io": {"keras": "keras", "tf_keras": "keras h5"},
    "op_nodes": {"keras": "keras"},
    "op_lambda": {"tf_keras": "keras h5"},
    "op_ellipsis": {"tf_keras": "h5"},
    "op_layers": {"tf_keras": "h5"},
    "bidirectional": {"keras": "keras h5", "tf_keras": "keras h5"},
    "masked": {"keras": "keras", "tf_keras": "keras h5"},
    "masked_merges": {"keras": "keras", "tf_keras": "keras h5"},
    "masked_layers": {"keras": "keras", "tf_keras": "keras h5"},
    "low_rank": {"keras": "keras h5"},
    "attention": {"keras": "keras h5", "tf_keras": "keras h5"},
    "mixed_float16": {"keras": "keras h5", "tf_keras": "keras h5"},
    "bfloat16": {"keras": "keras"},
    "float64": {"keras": "keras", "tf_keras": "h5"},
    "channels": {"keras": "keras", "tf_keras": "h5"},
    "trained": {"keras": "keras h5", "tf_keras": "keras h5"},
}
TOLERANCE = {"mixed_float16": 4e-3, "bfloat16": 3e-2, "float64": 1e-12}


def random_inputs(model, rng):
    """{input name: array}: images 0…255, tokens with a padded end, else normal numbers."""
    arrays = {}
    for tensor in model.inputs:
        name, shape = tensor.name.split(":")[0], (BATCH,) + tuple(tensor.shape)[1:]
        dtype = tf.as_dtype(tensor.dtype)
        if dtype.is_integer:
            array = rng.integers(1, 11, shape)
            array[1, -2:] = 0
        elif name == "image":
            array = rng.uniform(0, 255, shape).round() / (1 if "rescale" in [x.name for x in model.layers] else 255)
        else:
            array = rng.standard_normal(shape)
        arrays[name] = array.astype(dtype.as_numpy_dtype)
    return arrays


def call(model, arrays):
    """{output name: array} as `predict` of the command line keys them."""
    struct = getattr(model, "_nested_inputs", None)
    struct = getattr(model, "_inputs_struct", None) if struct is None else struct
    values = [tf.constant(array) for array in arrays.values()]
    argument = dict(zip(arrays, values)) if isinstance(struct, dict) else values if len(values) > 1 else values[0]
    result = run(lambda x: model(x, training=False), argument)
    if isinstance(result, dict):
        return {name: np.asarray(value) for name, value in result.items()}
    results = result if isinstance(result, (list, tuple)) else [result]
    names = getattr(model, "output_names", None) or [model.layers[-1].name]
    return {name: value.numpy() for name, value in zip(names, results, strict=True)}


def build(name, family, seed):
    """The model with random weights; a compiled one is trained for three steps."""
    k = FAMILIES[family]
    k.backend.clear_session()
    k.utils.set_random_seed(seed)
    model = getattr(models, name)(k)
    randomise(model.weights, seed)
    if model.optimizer is not None if family == "tf_keras" else model.compiled:
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((12, 4)).astype(np.float32)
        model.fit(x, rng.integers(0, 3, 12), batch_size=4, verbose=0, shuffle=False)
    return model


def save(model, folder, stem, kind):
    """Writes one format; returns the file and what else its row in the manifest says."""
    if kind == "keras":
        model.save(folder / f"{stem}.keras")
        return f"{stem}.keras", {}
    if kind == "folder":
        shutil.rmtree(folder / f"{stem}_folder", ignore_errors=True)
        model.save(folder / f"{stem}_folder", zipped=False)
        return f"{stem}_folder", {}
    if kind == "h5":
        model.save(folder / f"{stem}.h5")
        return f"{stem}.h5", {}
    if kind == "json":
        (folder / f"{stem}.json").write_text(model.to_json())
        weights = f"{stem}.weights.h5" if (folder / f"{stem}.weights.h5").exists() else f"{stem}_weights.h5"
        return f"{stem}.json", {"weights": weights}
    if kind == "weights.h5":
        model.save_weights(folder / f"{stem}.weights.h5")
        return f"{stem}.weights.h5", {"arch": f"{stem}.json"}
    if kind == "h5-weights":
        model.save_weights(folder / f"{stem}_weights.h5")
        return f"{stem}_weights.h5", {"arch": f"{stem}.json"}
    if kind == "weights.json":
        size = sum(int(np.prod(w.shape)) * 4 for w in model.weights)
        model.save_weights(folder / f"{stem}.weights.json", max_shard_size=0.7 * size / 1024**3)
        return f"{stem}.weights.json", {"arch": f"{stem}.json"}
    raise ValueError(kind)


def write_model(folder, name, family, kinds, base_seed):
    """All formats of one model by one family: the manifest's rows."""
    seed = seed_of("formats", name, family, base_seed)
    stem = name if family == "keras" else f"{name}_{family}"
    model = build(name, family, seed)
    arrays = random_inputs(model, np.random.default_rng(seed))
    outputs = call(model, arrays)
    assert all(np.isfinite(value).all() and np.ptp(value) > 0 for value in outputs.values()), name
    np.savez_compressed(folder / f"{stem}.in.npz", **arrays)
    np.savez_compressed(folder / f"{stem}.out.npz", **outputs)
    rows = []
    for kind in kinds.split():
        file, more = save(model, folder, stem, kind)
        rows.append({"file": file, "model": name, "writer": f"{family} {FAMILIES[family].__version__}",
                     "format": kind, "inputs": f"{stem}.in.npz", "outputs": f"{stem}.out.npz",
                     "tolerance": TOLERANCE.get(name, 1e-5), **more})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=GOLDEN / "formats")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="models, separated by commas; vintages, saved_models")
    arguments = parser.parse_args()
    folder = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    wanted = arguments.only.split(",") if arguments.only else [*FORMATS, "vintages", "saved_models"]
    rows = []
    for name in wanted:
        if name == "vintages":
            rows += vintages.write(folder, arguments.seed)
        elif name == "saved_models":
            rows += saved_models.write(folder, arguments.seed)
        else:
            for family, kinds in FORMATS[name].items():
                rows += write_model(folder, name, family, kinds, arguments.seed)
    for row in rows:
        row["sha256"] = sha256(folder / row["file"])
    write_manifest(folder / "manifest.json", "tools/python_env tools/goldens/formats.py", rows, seed=arguments.seed)
    print(f"{folder}: {len(rows)} files of {len(wanted)} models")


if __name__ == "__main__":
    main()
