#!/usr/bin/env python3
"""Build keras.applications models with random weights and write them with an input and the answer of real Keras.

    tools/python_env tools/goldens/applications.py --out FOLDER [--batch 1] [--family keras|tf_keras|both] NAME…

NAME is a function of keras.applications: ResNet50, MobileNetV2, EfficientNetB0 … For each: NAME.keras by Keras 3 and
NAME_tf_keras.h5 by tf_keras, with .in.npz and .out.npz beside them, and manifest.json as tools/goldens/formats.py
writes it. All weights are random, moving statistics too, but near those of the input, so that activations neither vanish nor
blow up; the classifier has no softmax, so that outputs tell models apart.
"""
import argparse
import pathlib

from common import keras, np, randomise, seed_of, sha256, tf, write_manifest

import tf_keras

FAMILIES = {"keras": (keras, ".keras"), "tf_keras": (tf_keras, ".h5")}
SIZES = {"InceptionV3": 299, "Xception": 299, "InceptionResNetV2": 299, "NASNetLarge": 331}


def build(name, family, seed):
    k, _ = FAMILIES[family]
    k.backend.clear_session()
    k.utils.set_random_seed(seed)
    size = SIZES.get(name, 224)
    make = getattr(k.applications, name)
    try:
        model = make(weights=None, input_shape=(size, size, 3), classifier_activation=None)
    except TypeError:   # NASNet has no such argument
        model = make(weights=None, input_shape=(size, size, 3))
    randomise(model.weights, seed)
    for layer in model.layers:  # Normalization keeps what it computes with beside its weights
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    return model


def settle(model, x):
    """Sets the statistics of every BatchNormalization near those of its input, with some noise.

    Random statistics far from the data would let deep models saturate or die.
    """
    norms = [layer for layer in model.layers if type(layer).__name__ in ("BatchNormalization", "Normalization")
             and hasattr(layer, "moving_mean")]
    if not norms:
        return
    rng = np.random.default_rng(seed_of(model.name, "settle"))
    for layer in norms:
        layer.momentum = 0.0
    model(x, training=True)   # momentum 0: statistics become those of this batch
    for layer in norms:
        layer.momentum = 0.99
        mean, variance = layer.moving_mean.numpy(), layer.moving_variance.numpy()
        noise = rng.uniform(-0.1, 0.1, mean.shape)
        layer.moving_mean.assign((mean + noise * np.sqrt(variance)).astype(np.float32))
        layer.moving_variance.assign((variance * rng.uniform(0.7, 1.4, mean.shape) + 1e-3).astype(np.float32))


def write(folder, name, family, batch):
    """The manifest's row of one model."""
    seed = seed_of("applications", name, family)
    model = build(name, family, seed)
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 255, (max(batch, 2), *model.input_shape[1:])).astype(np.float32)
    if not any(type(layer).__name__ in ("Rescaling", "Normalization") for layer in model.layers):
        x = x / 127.5 - 1
    settle(model, tf.constant(x))
    x = x[:batch]
    y = model(tf.constant(x), training=False).numpy()
    if not np.isfinite(y).all() or np.ptp(y) < 1e-6:
        raise SystemExit(f"{name} ({family}): outputs {y.min()} … {y.max()} tell nothing; change the weights")
    extension = FAMILIES[family][1]
    stem = name if family == "keras" else f"{name}_{family}"
    model.save(folder / f"{stem}{extension}")
    np.savez(folder / f"{stem}.in.npz", x=x)
    np.savez(folder / f"{stem}.out.npz", **{model.output_names[0]: y})
    print(f"{stem}{extension}: {model.count_params()} weights, outputs {y.min():.3g} … {y.max():.3g}, "
          f"deviation {y.std():.3g}", flush=True)
    return {"file": f"{stem}{extension}", "model": name, "writer": f"{family} {FAMILIES[family][0].__version__}",
            "format": extension[1:], "inputs": f"{stem}.in.npz", "outputs": f"{stem}.out.npz", "tolerance": 1e-4,
            "sha256": sha256(folder / f"{stem}{extension}")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--family", choices=[*FAMILIES, "both"], default="both")
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    families = list(FAMILIES) if arguments.family == "both" else [arguments.family]
    rows = [write(arguments.out, name, family, arguments.batch) for name in arguments.names for family in families]
    write_manifest(arguments.out / "manifest.json", "tools/python_env tools/goldens/applications.py", rows)


if __name__ == "__main__":
    main()
