"""Makes a compiled model by real Keras with data to train on; run with the peers' Python.

    train_models.py FOLDER NAME

Writes into FOLDER: model.keras (with its optimizer), x.npy (one batch), y.npy (its classes), and, for a model that is
timed over a whole epoch, epoch_x.npy and epoch_y.npy. No layer draws random numbers, so that losses can be compared.
"""
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "goldens"))

from common import keras, np, seed_of  # noqa: E402

layers = keras.layers
CLASSES = {"ResNet50": 1000}
EPOCH = {"MLP": 60000}   # samples


def mlp():
    return keras.Sequential([keras.Input((784,)), layers.Dense(64, "relu"), layers.Dense(64, "relu"),
                             layers.Dense(10, "softmax")])


def mnist_cnn():
    return keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"),
                             layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(),
                             layers.Dense(128, "relu"), layers.Dense(10, "softmax")])


def lstm():
    return keras.Sequential([keras.Input((100, 64)), layers.LSTM(128, return_sequences=True), layers.LSTM(128),
                             layers.Dense(10, "softmax")])


def resnet50():
    return keras.applications.ResNet50(weights=None)


MODELS = {"MLP": (mlp, 128, "adam"), "MNIST-CNN": (mnist_cnn, 128, "adam"), "LSTM": (lstm, 64, "adam"),
          "ResNet50": (resnet50, 8, "sgd")}


def data(name, model, count, generator):
    x = generator.uniform(0, 1, (count, *model.input_shape[1:])).astype(np.float32)
    return x, generator.integers(0, CLASSES.get(name, 10), count).astype(np.int32)


def main():
    folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    keras.utils.set_random_seed(1)
    make, batch, optimizer = MODELS[name]
    model = make()
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    model.save(folder / "model.keras")
    generator = np.random.default_rng(seed_of("bench", name))
    for prefix, count in (("", batch), ("epoch_", EPOCH.get(name, 0))):
        x, y = data(name, model, count, generator)
        if count:
            np.save(folder / f"{prefix}x.npy", x)
            np.save(folder / f"{prefix}y.npy", y)


if __name__ == "__main__":
    main()
