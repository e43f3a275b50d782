"""Trains a model with real Keras and says how long steps take; run with the peers' Python.

    train_host.py FOLDER WAY

FOLDER is what train_models.py made. WAY: tf (train_on_batch), tf-jit (the same, jit_compile), tf-fit (fit with
sixteen steps per execution), jax (Keras' stateless step under jax.jit, its state donated). The first line on stdout
has the losses of the first steps; "run CALLS" on stdin then runs so many steps and answers the milliseconds of one by
wall clock and by CPU clock; "fit" the milliseconds of one epoch, shuffled, after one that isn't counted.
"""
import json
import os
import pathlib
import sys
import time

WAY = sys.argv[2]
FLAGS = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "jax" if WAY == "jax" else "tensorflow",
         "JAX_PLATFORMS": "cpu", "OMP_NUM_THREADS": "1",
         "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
os.environ |= FLAGS

import keras  # noqa: E402
import numpy as np  # noqa: E402

STEPS_COMPARED = 3


def peak_mb():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


class TensorFlow:
    """train_on_batch, or fit on so many batches."""

    def __init__(self, model, x, y, jit, by_fit):
        import tensorflow as tf
        self.model, self.x, self.y, self.by_fit = model, x, y, by_fit
        self.batch = len(x)
        model.compile(model.optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=jit,
                      steps_per_execution=16 if by_fit else 1)
        self.tensors = tf.constant(x), tf.constant(y)
        self.repeated = {}

    def losses(self):
        if not self.by_fit:
            found = []
            for _ in range(STEPS_COMPARED):
                self.model.reset_metrics()
                found.append(float(self.model.train_on_batch(self.x, self.y)[0]))
            return found
        return [self.model.fit(self.x, self.y, self.batch, verbose=0, shuffle=False).history["loss"][0]
                for _ in range(STEPS_COMPARED)]

    def steps(self, calls):
        if not self.by_fit:
            for _ in range(calls):
                self.model.train_on_batch(self.x, self.y)
            return
        import tensorflow as tf
        data = tf.data.Dataset.from_tensors(self.tensors).repeat(calls)
        self.model.fit(data, verbose=0)

    def epoch(self, x, y):
        self.model.fit(x, y, self.batch, verbose=0, shuffle=True)


class Jax:
    """Keras' own stateless functions in one jitted step."""

    def __init__(self, model, x, y):
        import jax
        self.batch, self.jax = len(x), jax
        self.x, self.y = jax.device_put(x), jax.device_put(y)
        optimizer = model.optimizer
        loss = keras.losses.SparseCategoricalCrossentropy()

        def loss_of(trainable, rest, x, y):
            predicted, rest = model.stateless_call(trainable, rest, x, training=True)
            return loss(y, predicted), (rest, predicted)

        gradient = jax.value_and_grad(loss_of, has_aux=True)

        def step(state, x, y):
            trainable, rest, slots, hits = state
            (value, (rest, predicted)), gradients = gradient(trainable, rest, x, y)
            trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
            hits = hits + (predicted.argmax(-1) == y).sum()
            return value, (trainable, rest, slots, hits)

        self.step = jax.jit(step, donate_argnums=0)
        values = lambda variables: [jax.numpy.array(variable.value) for variable in variables]  # noqa: E731
        self.state = (values(model.trainable_variables), values(model.non_trainable_variables),
                      values(optimizer.variables), jax.numpy.zeros((), "int32"))

    def losses(self):
        found = []
        for _ in range(STEPS_COMPARED):
            value, self.state = self.step(self.state, self.x, self.y)
            found.append(float(value))
        return found

    def steps(self, calls):
        for _ in range(calls):
            _, self.state = self.step(self.state, self.x, self.y)
        self.jax.block_until_ready(self.state)

    def epoch(self, x, y):
        order = np.random.permutation(len(x))
        for begin in range(0, len(x) - self.batch + 1, self.batch):
            chosen = order[begin:begin + self.batch]
            _, self.state = self.step(self.state, x[chosen], y[chosen])
        self.jax.block_until_ready(self.state)


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)


def answer(**values):
    print(json.dumps(values), flush=True)


def main():
    folder = pathlib.Path(sys.argv[1])
    x, y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
    if WAY != "jax":
        import tensorflow as tf
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    model = keras.models.load_model(folder / "model.keras")
    trainer = Jax(model, x, y) if WAY == "jax" else TensorFlow(model, x, y, WAY == "tf-jit", WAY == "tf-fit")
    answer(losses=trainer.losses())
    for line in sys.stdin:
        words = line.split()
        if words[0] == "run":
            calls = int(words[1])
            wall, cpu = timed(lambda: trainer.steps(calls))
            answer(wall_ms=wall / calls, cpu_ms=cpu / calls, peak_mb=peak_mb())
        else:
            data = np.load(folder / "epoch_x.npy"), np.load(folder / "epoch_y.npy")
            trainer.epoch(*data)
            wall, cpu = timed(lambda: trainer.epoch(*data))
            answer(wall_ms=wall, cpu_ms=cpu, peak_mb=peak_mb())


if __name__ == "__main__":
    main()
