#!/usr/bin/env python3
"""What real Keras' EarlyStopping and ReduceLROnPlateau decide on one table of losses.

    tools/python_env tools/goldens/callbacks.py

tests/golden/callbacks/decisions.npz: losses, per epoch; early_stopping, the epoch at which each of EARLY stops (0: it
doesn't); learning_rates/<i>, after each epoch, by PLATEAU i. tests/train/callbacks_test.cc has the same options.
"""
from common import GOLDEN, keras, np, sha256, write_manifest

OUT = GOLDEN / "callbacks"
LOSSES = [1.0, 0.8, 0.79, 0.81, 0.6, 0.58, 0.57, 0.57, 0.565, 0.56, 0.7, 0.7, 0.55, 0.549, 0.7, 0.7]
EARLY = [dict(patience=2), dict(min_delta=0.05, patience=2), dict(patience=1, mode="max"),
         dict(patience=2, baseline=0.5), dict(patience=1, start_from_epoch=4), dict(min_delta=0.1, patience=3)]
PLATEAU = [dict(factor=0.5, patience=1), dict(factor=0.1, patience=2, min_delta=0.05, cooldown=2),
           dict(factor=0.1, patience=1, min_lr=0.005)]


def model():
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    made.compile(keras.optimizers.SGD(0.02), "mse")
    return made


def run(callback):
    """Learning rates after each epoch."""
    m = model()
    callback.set_model(m)
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(LOSSES):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        rates.append(float(m.optimizer.learning_rate.numpy()))
        if getattr(callback, "stopped_epoch", 0):
            break
    return rates


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    stopped = []
    for options in EARLY:
        callback = keras.callbacks.EarlyStopping(**options)
        run(callback)
        stopped.append(float(callback.stopped_epoch))
    arrays = {"losses": np.array(LOSSES), "early_stopping": np.array(stopped)}
    for i, options in enumerate(PLATEAU):
        arrays[f"learning_rates/{i}"] = np.array(run(keras.callbacks.ReduceLROnPlateau(**options)))
    path = OUT / "decisions.npz"
    np.savez(path, **arrays)
    write_manifest(OUT / "manifest.json", "tools/python_env tools/goldens/callbacks.py",
                   [{"file": path.name, "sha256": sha256(path)}])


if __name__ == "__main__":
    main()
