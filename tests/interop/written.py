#!/usr/bin/env python3
"""Both families load what keratin writes: models of either, in every format and flavour, predicted by real Keras.

    tools/python_env tests/interop/written.py --resave BUILD/tools/interop/resave [--only MODEL]

Each model is made in one family, given random weights, saved, and written again by keratin in every format of either
flavour. Weights are loaded into a fresh model of the family that reads them. Without --only a few models, with
KERATIN_TEST_ALL=1 all. Exit status: 0 all equal, 1 not.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "goldens"))
from common import keras, np, randomise  # noqa: E402

import formats  # noqa: E402
import tf_keras  # noqa: E402


def cnn(k):
    la = k.layers
    x = inputs = la.Input((10, 9, 3), name="image")
    for filters in (4, 6):
        x = la.Conv2D(filters, 3, padding="same", use_bias=False, kernel_regularizer=k.regularizers.L2(0.01))(x)
        x = la.BatchNormalization(epsilon=1e-5)(x)
        x = la.LeakyReLU(0.1)(x)
    x = la.DepthwiseConv2D(3, depthwise_initializer="he_normal")(x)
    x = la.SeparableConv2D(5, 2, activation="swish")(x)
    x = la.Conv2DTranspose(3, 2, strides=2)(la.MaxPooling2D(2)(x))
    x = la.LayerNormalization(axis=-1)(la.ZeroPadding2D(1)(x))
    return k.Model(inputs, la.Dense(3, activation="softmax")(la.GlobalAveragePooling2D()(la.Dropout(0.3)(x))))


def sequential(k):
    la = k.layers
    return k.Sequential([la.Input((5, 4)), la.Conv1D(6, 3, activation="relu"), la.BatchNormalization(),
                         la.Flatten(), la.Dense(4, activation="tanh", kernel_constraint=k.constraints.MaxNorm(2)),
                         la.Rescaling(2.0), la.Dense(2)], name="chain")


def nested(k):
    """Nested models, called twice; trainable changed inside, which sets the order of their weights in h5 files."""
    la = k.layers
    a = la.Input((4,), name="a")
    first = la.Dense(4, name="first")
    norm = la.BatchNormalization(name="norm")
    inner = k.Model(a, norm(first(a)), name="inner")
    chain = k.Sequential([la.Input((4,)), la.Dense(4, name="c1"), la.BatchNormalization(name="c2"),
                          la.Dense(4, name="c3")], name="chain")
    x = inputs = la.Input((4,), name="x")
    y = inner(chain(x))
    y = la.Add()([inner(y), chain(y)])
    model = k.Model(inputs, [la.Dense(2, name="head")(y), inner(y)], name="outer")
    chain.layers[0].trainable = False
    first.trainable = False
    return model


def frozen(k):
    la = k.layers
    base = k.Sequential([la.Input((4,)), la.Dense(3), la.BatchNormalization(), la.Dense(3)], name="base")
    base.trainable = False
    x = inputs = la.Input((4,))
    return k.Model(inputs, la.Dense(2)(base(x)))


def recurrent(k):
    la = k.layers
    x = inputs = la.Input((7, 4), name="steps")
    y, h, c = la.LSTM(5, return_sequences=True, return_state=True, name="encoder")(x)
    y = la.LSTM(5, return_sequences=True, dropout=0.1, name="decoder")(y, initial_state=[h, c])
    y = la.Bidirectional(la.GRU(3, return_sequences=True), merge_mode="sum")(y)
    y = la.SimpleRNN(4, return_sequences=True, go_backwards=True)(y)
    y = la.TimeDistributed(la.Dense(3, activation="relu"))(y)
    y = la.RNN([la.LSTMCell(3), la.GRUCell(4)])(y)
    return k.Model(inputs, y)


def masked(k):
    la = k.layers
    x = inputs = la.Input((6, 3), name="steps")
    x = la.Masking(0.5)(x)
    x = la.Bidirectional(la.LSTM(4, return_sequences=True))(x)
    return k.Model(inputs, la.GRU(3)(la.Dense(4)(x)))


def conv_lstm(k):
    la = k.layers
    x = inputs = la.Input((3, 6, 5, 2), name="frames")
    return k.Model(inputs, la.ConvLSTM2D(3, 2, recurrent_activation="sigmoid")(x))


def shared(k):
    """Two inputs by name, shared layers, a list of outputs."""
    la = k.layers
    ids, x = la.Input((5,), dtype="int32", name="ids"), la.Input((5, 4), name="x")
    embed, dense = la.Embedding(12, 4, name="embed"), la.Dense(4, name="dense")
    y = la.Concatenate()([dense(embed(ids)), dense(x)])
    z = la.Subtract()([embed(ids), dense(dense(x))])
    return k.Model([ids, x], [la.Dense(2, name="p")(y), la.Multiply(name="q")([z, z])])


def attention(k):
    la = k.layers
    q, v = la.Input((4, 6), name="q"), la.Input((5, 6), name="v")
    y = la.MultiHeadAttention(2, 3, name="heads")(q, v)
    y = la.Attention(use_scale=True)([y, v])
    return k.Model([q, v], la.EinsumDense("abc,cd->abd", output_shape=(None, 3), bias_axes="d")(
        la.AdditiveAttention()([y, v])))


def misc(k):
    la = k.layers
    x = inputs = la.Input((8, 8, 4), name="x")
    x = la.Normalization(axis=-1)(x)
    x = la.GroupNormalization(2)(la.SpatialDropout2D(0.2)(x))
    x = la.PReLU(shared_axes=[1, 2])(la.UpSampling2D(2, interpolation="bilinear")(x))
    x = la.Cropping2D(((1, 2), (0, 3)))(la.ELU(0.7)(x))
    x = la.Resizing(6, 6)(la.CenterCrop(10, 10)(x))
    x = la.ReLU(max_value=6.0, negative_slope=0.1)(la.AveragePooling2D(2)(x))
    x = la.Reshape((9, 4))(x)
    x = la.Permute((2, 1))(la.UnitNormalization()(la.ZeroPadding1D(1)(x)))
    return k.Model(inputs, la.Softmax()(la.Conv1D(3, 2, dilation_rate=2)(x)))


def half(k):
    la = k.layers
    return k.Sequential([la.Input((4,)), la.Dense(5, dtype="mixed_float16"), la.Dense(3, dtype="float16")])


FEW = "sequential,nested,shared,adam"
MODELS = [cnn, sequential, nested, frozen, recurrent, masked, conv_lstm, shared, attention, misc, half]
FAMILIES = {"keras3": keras, "tf_keras": tf_keras}
SOURCES = {"keras3": ["keras"], "tf_keras": ["keras", "h5"]}
TARGETS = {"keras": ".keras", "h5": ".h5", "json": ".json", "weights.h5": ".weights.h5", "h5-weights": ".h5"}
# Keras 3 tells masks as operations, which its own reader of h5 files doesn't know, and tf_keras doesn't have.
REFUSED = {("masked", "keras3", "keras3", "h5"): "operation NotEqual, which Keras 3 doesn't read from h5",
           ("masked", "keras3", "tf_keras", "keras"): "has no operation NotEqual",
           ("masked", "keras3", "tf_keras", "h5"): "has no operation NotEqual",
           ("masked", "keras3", "tf_keras", "json"): "has no operation NotEqual"}


# Keras 3 itself doesn't read what it saves there: it takes the score mode "dot" for a function's name.
UNREADABLE = {("attention", "keras3", "h5")}


def settle(model):
    """Normalization works out what it uses of its weights when a file is loaded, not when they are set."""
    for layer in model.layers:
        getattr(layer, "finalize_state", lambda: None)()


def trained(k):
    """A model with dropout's cousins left out: each step must be the same in every family."""
    la = k.layers
    inner = k.Sequential([la.Input((4,)), la.Dense(5, activation="tanh"), la.BatchNormalization()], name="inner")
    inner.layers[0].trainable = False
    x = inputs = la.Input((4,), name="x")
    return k.Model(inputs, la.Dense(3, activation="softmax")(inner(la.Dense(4)(x))))


# Losses must be full names in the words of both; schedules are objects of their own.
OPTIMIZERS = {
    "sgd": lambda k: k.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda k: k.optimizers.Adam(0.02, clipnorm=1.0),
    "adamw": lambda k: k.optimizers.AdamW(0.02, weight_decay=0.01, use_ema=True, ema_momentum=0.9),
    "rmsprop": lambda k: k.optimizers.RMSprop(k.optimizers.schedules.ExponentialDecay(0.02, 2, 0.5), momentum=0.5),
}
# Keras 3 doesn't restore the optimizer's variables from its own h5 files, but builds it.
RESUMED = {"keras3": ["keras"], "tf_keras": ["keras", "h5"]}


def steps(model, data):
    return [float(np.ravel(model.train_on_batch(x, y))[0]) for x, y in data]


def check_resumed(resave, source, flavour, target, data, expected, work):
    path = work / f"resumed{TARGETS[target]}"
    path.unlink(missing_ok=True)
    done = subprocess.run([resave, source, path, target, flavour], capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip()
    model = FAMILIES[flavour].models.load_model(path)
    names = [str(name) for name in model.metrics_names]
    losses = steps(model, data)
    if not np.allclose(losses, expected, rtol=2e-5, atol=0):
        return f"losses {losses}, expected {expected} ({names})"
    return None


def load(flavour, target, path, function, weights):
    k = FAMILIES[flavour]
    if target in ("keras", "h5"):
        return k.models.load_model(path, compile=False)
    if target == "json":
        model = k.models.model_from_json(path.read_text())
        model.set_weights(weights)
        settle(model)
        return model
    model = function(k)
    model.load_weights(path)
    return model


def check(resave, source, function, flavour, target, arrays, expected, weights, refusal, work):
    """None, or what is wrong."""
    tolerance = 1e-2 if function is half else 1e-5
    path = work / f"written{TARGETS[target]}"
    path.unlink(missing_ok=True)
    done = subprocess.run([resave, source, path, target, flavour], capture_output=True, text=True)
    if refusal:
        refused = done.returncode == 4 and refusal in done.stderr and not path.exists()
        return None if refused else f"exit {done.returncode}, expected {refusal!r}: {done.stderr}"
    if done.returncode:
        return done.stderr.strip()
    answers = formats.call(load(flavour, target, path, function, weights), arrays)
    for (name, value), wanted in zip(answers.items(), expected.values(), strict=True):
        error = np.abs(value.astype(np.float64) - wanted).max() / np.abs(wanted.astype(np.float64)).max()
        if not error <= tolerance:
            return f"{name} differs by {error:.2g} of the largest"
    return None


def resumed(resave, family, name, work):
    """Rows of a model trained with this optimizer: what is written trains on as one that never left its family."""
    k = FAMILIES[family]
    rng = np.random.default_rng(3)
    batches = [(rng.normal(size=(8, 4)).astype("float32"), rng.integers(0, 3, (8, 1))) for _ in range(6)]
    model = trained(k)
    randomise(model.weights, 7)
    model.compile(OPTIMIZERS[name](k), loss=k.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    steps(model, batches[:3])
    for extension in SOURCES[family]:
        model.save(work / f"trained.{extension}")
    expected = steps(model, batches[3:])
    for extension in SOURCES[family]:
        for flavour in FAMILIES:
            for target in RESUMED[flavour]:
                row = f"{name} {family} .{extension} trained on as {flavour} {target}"
                try:
                    problem = check_resumed(resave, work / f"trained.{extension}", flavour, target, batches[3:],
                                            expected, work)
                except Exception as error:  # whatever Keras thinks of the file
                    problem = f"{type(error).__name__}: {str(error)[-400:]}"
                yield row, problem


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resave", required=True)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    if not arguments.only and not os.environ.get("KERATIN_TEST_ALL"):
        arguments.only = FEW
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        for function in MODELS:
            if arguments.only and function.__name__ not in arguments.only.split(","):
                continue
            for family, k in FAMILIES.items():
                model = function(k)
                randomise(model.weights, 7)
                settle(model)
                arrays = formats.random_inputs(model, np.random.default_rng(7))
                expected = formats.call(model, arrays)
                weights = model.get_weights()
                for extension in SOURCES[family]:
                    source = work / f"source.{extension}"
                    model.save(source)
                    for flavour in FAMILIES:
                        for target in TARGETS:
                            if (function.__name__, flavour, target) in UNREADABLE:
                                continue
                            refusal = REFUSED.get((function.__name__, family, flavour, target))
                            row = f"{function.__name__} {family} .{extension} as {flavour} {target}"
                            try:
                                problem = check(arguments.resave, source, function, flavour, target, arrays, expected,
                                                weights, refusal, work)
                            except Exception as error:  # whatever Keras thinks of the file
                                problem = f"{type(error).__name__}: {str(error)[-400:]}"
                            failed += problem is not None
                            print(f"{'FAILED' if problem else 'equal '} {row}{': ' + problem if problem else ''}",
                                  flush=True)
        for name in OPTIMIZERS:
            for family in FAMILIES:
                if arguments.only and name not in arguments.only.split(","):
                    continue
                for row, problem in resumed(arguments.resave, family, name, work):
                    failed += problem is not None
                    print(f"{'FAILED' if problem else 'equal '} {row}{': ' + problem if problem else ''}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
