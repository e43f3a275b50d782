#!/usr/bin/env python3
"""Two SGD steps of real Keras on first_slice.keras: losses and every weight after them.

    tools/python_env tools/goldens/slice.py

Writes tests/golden/slice/sgd.npz: x, y, learning_rate, seed (the Dropout's generator state before), loss0, loss1,
and w0 w1 … in model.weights order after the second step.
"""
from common import GOLDEN, keras, np

LEARNING_RATE = 0.1


def main():
    model = keras.models.load_model(GOLDEN / "formats" / "first_slice.keras", compile=False)
    rng = np.random.default_rng(7)
    x = np.load(GOLDEN / "formats" / "first_slice.in.npz")
    x = x[x.files[0]]
    y = rng.standard_normal(model(x).shape).astype("float32")
    model.compile(optimizer=keras.optimizers.SGD(LEARNING_RATE), loss="mse", jit_compile=False)
    seeds = [v.numpy() for layer in model.layers if isinstance(layer, keras.layers.Dropout)
             for v in layer.non_trainable_variables or [layer.seed_generator.state]]
    out = {"x": x, "y": y, "learning_rate": np.float32(LEARNING_RATE), "seed": seeds[0]}
    for step in range(2):
        out[f"loss{step}"] = np.float32(model.train_on_batch(x, y))
    for i, weight in enumerate(model.weights):
        out[f"w{i}"] = weight.numpy()
    (GOLDEN / "slice").mkdir(exist_ok=True)
    np.savez(GOLDEN / "slice" / "sgd.npz", **out)


if __name__ == "__main__":
    main()
