"""Small SavedModel folders: a subclassed Dense of tf_keras, a tf.Module, an exported Keras 3 model."""
import shutil

from common import keras, np, randomise, seed_of, tf

import tf_keras

INPUTS, UNITS, BATCH = 4, 3, 3


class DenseModel(tf_keras.Model):
    """MatMul, BiasAdd, Relu: what the first TensorFlow import needs."""

    def __init__(self):
        super().__init__(name="subclassed_dense")
        self.dense = tf_keras.layers.Dense(UNITS, activation="relu", name="dense")

    def call(self, x):
        return self.dense(x)


class DenseModule(tf.Module):
    def __init__(self):
        super().__init__(name="module_dense")
        self.kernel = tf.Variable(tf.zeros((INPUTS, UNITS)), name="kernel")
        self.bias = tf.Variable(tf.zeros((UNITS,)), name="bias")

    @tf.function(input_signature=[tf.TensorSpec((None, INPUTS), tf.float32, name="x")])
    def __call__(self, x):
        return tf.nn.relu(tf.nn.bias_add(tf.matmul(x, self.kernel), self.bias))


def save_subclassed(path, seed):
    tf_keras.backend.clear_session()
    model = DenseModel()
    model(tf.zeros((1, INPUTS)))
    randomise(model.weights, seed)
    model.save(path, save_format="tf")
    return model


def save_module(path, seed):
    model = DenseModule()
    randomise(model.variables, seed)
    tf.saved_model.save(model, str(path), signatures=model.__call__)
    return model


def save_exported(path, seed):
    keras.backend.clear_session()
    model = keras.Sequential([keras.Input((INPUTS,), name="x"), keras.layers.Dense(5, activation="tanh", name="hidden"),
                              keras.layers.Dense(UNITS, activation="relu", name="head")], name="exported")
    randomise(model.weights, seed)
    model.export(str(path), verbose=False)
    return model


WRITERS = {"subclassed_dense": (save_subclassed, "tf_keras"), "module_dense": (save_module, "tensorflow"),
           "exported_mlp": (save_exported, "keras")}


def write(folder, base_seed):
    rows = []
    for name, (save, writer) in WRITERS.items():
        seed = seed_of("saved_models", name, base_seed)
        shutil.rmtree(folder / name, ignore_errors=True)
        model = save(folder / name, seed)
        x = np.random.default_rng(seed).standard_normal((BATCH, INPUTS)).astype(np.float32)
        signature = tf.saved_model.load(str(folder / name)).signatures["serving_default"]
        output, = signature.structured_outputs
        np.savez_compressed(folder / f"{name}.in.npz", x=x)
        np.savez_compressed(folder / f"{name}.out.npz", **{output: model(tf.constant(x)).numpy()})
        version = {"tf_keras": tf_keras, "tensorflow": tf, "keras": keras}[writer].__version__
        rows.append({"file": name, "model": name, "writer": f"{writer} {version}", "format": "savedmodel",
                     "inputs": f"{name}.in.npz", "outputs": f"{name}.out.npz", "tolerance": 1e-5})
    return rows
