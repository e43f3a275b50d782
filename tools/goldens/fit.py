#!/usr/bin/env python3
"""Compiled models of real Keras and tf_keras, and what their fit, evaluate and train_on_batch say.

    tools/python_env tools/goldens/fit.py

tests/golden/fit/<case>.<suffix> is the file after two steps. <case>.npz has the data (x/<input>, y/<output>,
weight/<output>; 22 samples, batches of 8, the last 6 for validation) and, for the file that goes on: of fit over two
epochs every number of the History (fit/<name>, per epoch), of evaluate on all the data (evaluate/<name>), of a second
train_on_batch of the first batch (batch/<name>), and the weights at the end (weights/0 …). classifier_data.npz is the
classifier's data as `keratin fit` takes it.
"""
import pathlib
import sys

from common import GOLDEN, keras, np, randomise, seed_of, sha256, tf, write_manifest
import tf_keras

OUT = GOLDEN / "fit"
SAMPLES, BATCH, TRAINED = 22, 8, 16


def classes(rng, count, *shape):
    return rng.integers(0, count, (SAMPLES, *shape)).astype("int32")


def classifier(k, rng):
    """Class numbers, class weights, a metric of every spelling."""
    layers = k.layers
    x = inputs = k.Input((6,), name="features")
    x = layers.Dense(8, activation="relu", kernel_regularizer=k.regularizers.L2(0.01), name="hidden")(x)
    x = layers.BatchNormalization(name="norm")(x)
    model = k.Model(inputs, layers.Dense(4, activation="softmax", name="label")(x), name="classifier")
    model.compile(k.optimizers.Adam(0.02), "sparse_categorical_crossentropy",
                  metrics=["accuracy", k.metrics.SparseTopKCategoricalAccuracy(k=2, name="top")])
    return model, {"features": rng.standard_normal((SAMPLES, 6))}, {"label": classes(rng, 4)}, {}


def two_outputs(k, rng):
    """A loss, a loss weight, metrics and sample weights for each of two outputs."""
    layers = k.layers
    x = k.Input((5,), name="left")
    y = k.Input((3,), name="right")
    joined = layers.Concatenate(name="join")([x, y])
    hidden = layers.Dense(6, activation="tanh", activity_regularizer=k.regularizers.L2(0.01), name="hidden")(joined)
    outputs = [layers.Dense(2, name="value")(hidden), layers.Dense(1, name="odds")(hidden)]
    model = k.Model([x, y], outputs, name="two_outputs")
    model.compile(k.optimizers.RMSprop(0.01),
                  {"value": "mse", "odds": k.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)},
                  loss_weights={"value": 0.3, "odds": 2.0},
                  metrics={"value": ["mae"], "odds": [k.metrics.AUC(from_logits=True, name="area")]},
                  weighted_metrics={"value": ["mae"]})
    return (model, {"left": rng.standard_normal((SAMPLES, 5)), "right": rng.standard_normal((SAMPLES, 3))},
            {"value": rng.standard_normal((SAMPLES, 2)), "odds": rng.integers(0, 2, (SAMPLES, 1)).astype("float64")},
            {"value": rng.uniform(0, 2, SAMPLES), "odds": rng.uniform(0, 2, SAMPLES)})


def sequence(k, rng):
    """Masked steps, one weight per step."""
    layers = k.layers
    x = inputs = k.Input((7,), dtype="int32", name="tokens")
    x = layers.Embedding(9, 4, mask_zero=True, name="embedding")(x)
    x = layers.LSTM(5, return_sequences=True, name="lstm")(x)
    model = k.Model(inputs, layers.Dense(3, activation="softmax", name="tag")(x), name="sequence")
    model.compile(k.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"],
                  weighted_metrics=["accuracy"])
    return model, {"tokens": classes(rng, 9, 7)}, {"tag": classes(rng, 3, 7)}, {"tag": rng.uniform(0, 2, (SAMPLES, 7))}


def averaged(k, rng):
    """Averages of the weights, which the model takes when fit ends; a rank that is squeezed."""
    layers = k.layers
    model = k.Sequential([k.Input((6,)) if k is keras else layers.InputLayer((6,)),
                          layers.Dense(5, activation="relu", name="hidden"), layers.Dense(1, name="out")],
                         name="averaged")
    model.compile(k.optimizers.AdamW(0.02, use_ema=True, ema_momentum=0.9), k.losses.Huber(0.5),
                  metrics=["mse", k.metrics.RootMeanSquaredError()])
    return model, {"x": rng.standard_normal((SAMPLES, 6))}, {"out": rng.standard_normal(SAMPLES)}, {}


def one_for_all(k, rng):
    """One loss for two outputs, by name and in lists."""
    layers = k.layers
    x = inputs = k.Input((4,), name="x")
    outputs = [layers.Dense(3, activation="softmax", name="a")(x), layers.Dense(3, activation="softmax", name="b")(x)]
    model = k.Model(inputs, outputs, name="one_for_all")
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy", "mse"] if k is tf_keras else
                  [["accuracy", "mse"], "accuracy"])
    one_hot = lambda: np.eye(3)[rng.integers(0, 3, SAMPLES)]  # noqa: E731
    return model, {"x": rng.standard_normal((SAMPLES, 4))}, {"a": one_hot(), "b": one_hot()}, {}


def penalised(k, rng):
    """Losses and metrics that the model adds itself (tf_keras alone)."""
    layers = k.layers
    x = inputs = k.Input((4,), name="x")
    hidden = layers.Dense(3, activation="tanh", name="hidden")(x)
    model = k.Model(inputs, layers.Dense(2, name="out")(hidden), name="penalised")
    model.add_loss(tf.reduce_mean(hidden * hidden) * 0.3)
    model.add_metric(tf.reduce_sum(hidden, axis=-1), name="height", aggregation="mean")
    model.compile("sgd", "mse")
    return model, {"x": rng.standard_normal((SAMPLES, 4))}, {"out": rng.standard_normal((SAMPLES, 2))}, {}


def narrow(arrays):
    return {name: a.astype("float32") if a.dtype == np.float64 else a for name, a in arrays.items()}


def part(arrays, rows):
    values = [a[rows] for a in arrays.values()]
    return values[0] if len(values) == 1 else values


def go_on(k, path, x, y, w):
    """The numbers of the file's model as it is trained on."""
    model = k.models.load_model(path)
    rows, rest = slice(0, TRAINED), slice(TRAINED, None)
    data = lambda r: (part(x, r), part(y, r)) + ((part(w, r),) if w else ())  # noqa: E731
    extra = {"sample_weight": data(rows)[2]} if w else {}
    history = model.fit(*data(rows)[:2], batch_size=BATCH, epochs=2, shuffle=False, verbose=0,
                        validation_data=data(rest), **extra).history
    found = {f"fit/{name}": np.float64(values) for name, values in history.items()}
    everything = data(slice(None))
    extra = {"sample_weight": everything[2]} if w else {}
    result = model.evaluate(*everything[:2], batch_size=BATCH, verbose=0, return_dict=True, **extra)
    found |= {f"evaluate/{name}": np.float64(value) for name, value in result.items()}
    first = data(slice(0, BATCH))
    model.reset_metrics()
    for _ in range(2):
        result = model.train_on_batch(*first, return_dict=True)
    found |= {f"batch/{name}": np.float64(value) for name, value in result.items()}
    return found | {f"weights/{i}": value for i, value in enumerate(model.get_weights())}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rows = []
    for make in (classifier, two_outputs, sequence, averaged, one_for_all, penalised):
        for k, family, suffix in ((keras, "keras3", "keras"), (tf_keras, "tf_keras", "keras"), (tf_keras, "tf_keras", "h5")):
            if make is penalised and k is keras:
                continue
            name = f"{make.__name__}_{family}_{suffix}"
            model, x, y, w = make(k, np.random.default_rng(seed_of("fit", make.__name__)))
            randomise(model.weights, seed_of(make.__name__))
            x, y, w = narrow(x), narrow(y), narrow(w)
            first = slice(0, BATCH)
            for _ in range(2):
                model.train_on_batch(part(x, first), part(y, first), *([part(w, first)] if w else []))
            path = OUT / f"{name}.{suffix}"
            model.save(path)
            entries = {f"x/{n}": a for n, a in x.items()} | {f"y/{n}": a for n, a in y.items()}
            entries |= {f"weight/{n}": a for n, a in w.items()} | go_on(k, path, x, y, w)
            np.savez_compressed(OUT / f"{name}.npz", **entries)
            if name == "classifier_keras3_keras":
                data = OUT / "classifier_data.npz"
                np.savez_compressed(data, x=x["features"], y=y["label"])
                rows.append({"file": data.name, "sha256": sha256(data)})
            rows += [{"file": p.name, "sha256": sha256(p)} for p in sorted(OUT.glob(f"{name}.*"))]
    script = pathlib.Path(__file__).resolve().relative_to(GOLDEN.parents[1])
    write_manifest(OUT / "manifest.json", f"tools/python_env {script}", rows)


if __name__ == "__main__":
    sys.exit(main())
