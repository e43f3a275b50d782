#!/usr/bin/env python3
"""Models for the tests of the public interface, with what real Keras predicts:

    tools/python_env tools/goldens/api.py

Writes tests/golden/api: custom (a registered layer and a registered activation), built (what the tests build with the
functional builder), chain (the same for Sequential), each as .keras, .in.npz and .out.npz; and manifest.json.
"""
from common import GOLDEN, json, keras, np, randomise, versions

FOLDER = GOLDEN / "api"


@keras.saving.register_keras_serializable(package="my_package")
class Scale(keras.layers.Layer):
    """y = x * factor * scale + offset"""

    def __init__(self, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def build(self, input_shape):
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones")
        self.offset = self.add_weight(name="offset", shape=(input_shape[-1],), initializer="zeros")

    def call(self, x):
        return x * self.factor * self.scale + self.offset

    def get_config(self):
        return super().get_config() | {"factor": self.factor}


@keras.saving.register_keras_serializable(package="my_package")
def squash(x):
    return x / (keras.ops.abs(x) + 1.0)


def custom():
    x = inputs = keras.Input((4,), name="x")
    x = Scale(2.5, name="scale")(x)
    x = keras.layers.Dense(3, activation=squash, name="dense")(x)
    return keras.Model(inputs, x, name="custom")


def built():
    la = keras.layers
    x = inputs = keras.Input((8, 8, 3), name="image")
    x = la.Conv2D(4, 3, padding="same", activation="relu", name="conv")(x)
    x = la.BatchNormalization(name="norm")(x)
    x = la.MaxPooling2D(2, name="pool")(x)
    y = la.GlobalAveragePooling2D(name="avg_pool")(x)
    z = la.GlobalMaxPooling2D(name="max_pool")(x)
    x = la.Concatenate(name="both")([y, z])
    return keras.Model(inputs, la.Dense(5, activation="softmax", name="head")(x), name="built")


def chain():
    la = keras.layers
    return keras.Sequential([keras.Input((4,), name="x"), la.Dense(8, activation="gelu", name="first"),
                             la.Dropout(0.5, name="dropout"), la.Dense(3, name="last")], name="chain")


def main():
    FOLDER.mkdir(exist_ok=True)
    for make in (custom, built, chain):
        name = make.__name__
        keras.utils.set_random_seed(3)
        model = make()
        randomise(model.weights, 3)
        x = np.random.default_rng(4).standard_normal((5, *model.inputs[0].shape[1:])).astype("float32")
        y = model(x, training=False).numpy()
        model.save(FOLDER / f"{name}.keras")
        np.savez(FOLDER / f"{name}.in.npz", x=x)
        np.savez(FOLDER / f"{name}.out.npz", **{model.layers[-1].name: y})
    (FOLDER / "manifest.json").write_text(json.dumps({"versions": versions(), "seed": 3}, indent=1) + "\n")


if __name__ == "__main__":
    main()
