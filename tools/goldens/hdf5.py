#!/usr/bin/env python3
"""Write the small HDF5 files of tests/golden/hdf5 with h5py and Keras, and the fuzzer's seeds.

    tools/goldens/hdf5.py [folder]      needs keras, tf_keras, h5py; with a folder, no seeds
"""
import os
import pathlib
import sys

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import numpy as np


def plain(folder):
    """What h5py writes without options: types, strings, groups, an empty list."""
    for libver in ("earliest", "v110"):
        with h5py.File(folder / f"plain_{libver}.h5", "w", libver=libver) as f:
            rng = np.random.default_rng(1)
            for dtype in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">f4", ">i8"):
                f["types/" + dtype.replace(">", "big_")] = rng.integers(0, 100, (2, 3)).astype(dtype)
            f["types/bool"] = np.array([True, False, True])
            f["scalar"] = np.float32(2.5)
            f["empty"] = np.zeros((0, 4), "f4")
            f.create_dataset("never_written", (3, 2), "f4")
            f["strings"] = ["a", "bc"]
            f["layers\\dense/vars/0"] = np.arange(4, dtype="f4")
            brain = f.create_dataset("brain", data=np.array([0x3F80, 0xC000], "u2").view("V2"))
            brain.attrs["dtype"] = "bfloat16"
            group = f.create_group("attributes")
            group.attrs["text"] = "größe"
            group.attrs["bytes"] = b"ascii"
            group.attrs["list"] = ["one", "two", "drei"]
            group.attrs["byte_list"] = [b"one", b"two"]
            group.attrs["fixed"] = np.array([b"kernel:0", b"bias:0"])
            group.attrs["empty_list"] = []
            group.attrs["number"] = 7
            group.attrs["float"] = 0.25
            group.attrs["flag"] = True
            group.attrs["nothing"] = h5py.Empty("S10")
            for i in range(3):
                group.attrs[f"layer_names{i}"] = np.array([b"layer_%d_%d" % (i, k) for k in range(4)])


def stored(folder):
    """Layouts and filters that h5py users choose."""
    values = np.arange(7 * 11, dtype="f4").reshape(7, 11)
    for libver in ("earliest", "v110"):
        with h5py.File(folder / f"stored_{libver}.h5", "w", libver=libver) as f:
            f.create_dataset("chunked", data=values, chunks=(3, 4))
            f.create_dataset("gzip", data=values, chunks=(3, 4), compression="gzip")
            f.create_dataset("all", data=values, chunks=(3, 4), compression="gzip", shuffle=True,
                             fletcher32=True)
            f.create_dataset("grows", data=values, chunks=(2, 5), maxshape=(None, 11))
            f.create_dataset("grows_twice", data=values, chunks=(2, 5), maxshape=(None, None))
            f.create_dataset("lzf", data=values, chunks=(3, 4), compression="lzf")
            f["link"] = h5py.SoftLink("/chunked")
            f["outside"] = h5py.ExternalLink("other.h5", "/x")
            f["compound"] = np.zeros(2, dtype=[("a", "i4"), ("b", "f4")])
            f["complex"] = np.zeros(2, "c8")


def keras_models(folder):
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="first"),
                              keras.layers.BatchNormalization(), keras.layers.ReLU(),
                              keras.layers.Dense(2, name="last")])
    model.compile("adam", "mean_squared_error")
    model.fit(np.ones((4, 4), "f4"), np.ones((4, 2), "f4"), verbose=0)
    model.save_weights(folder / "keras3.weights.h5")
    model.save(folder / "keras3.h5")
    bfloat = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, dtype="bfloat16")])
    bfloat.save_weights(folder / "keras3_bfloat16.weights.h5")


def tf_keras_model(folder):
    import tf_keras

    tf_keras.utils.set_random_seed(1)
    model = tf_keras.Sequential([tf_keras.layers.InputLayer((4,)),
                                 tf_keras.layers.Dense(3, name="conv1/first"), tf_keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 4), "f4"), np.ones((4, 2), "f4"), verbose=0)
    model.save(folder / "tf_keras.h5")


def seeds(folder):
    """One structure per file, as small as it gets."""
    def texts(f):
        f["a/b"] = np.arange(3, dtype="f4")
        f.attrs["text"], f.attrs["list"] = "text", ["a", "b"]
        f["a"].attrs["none"], f["a"].attrs["number"] = [], 3

    def filters(f):
        f.create_dataset("x", data=np.arange(40, dtype=">i2").reshape(5, 8), chunks=(2, 3),
                         compression="gzip", shuffle=True, fletcher32=True)

    def grows(f):
        f.create_dataset("x", data=np.arange(40, dtype="i1"), chunks=(2,), maxshape=(None,))
        f["soft"] = h5py.SoftLink("/x")

    def grows_twice(f):
        f.create_dataset("x", data=np.arange(20, dtype="i1").reshape(4, 5), chunks=(1, 1),
                         maxshape=(None, None), fillvalue=3)

    def dense(f):
        for i in range(12):
            f[f"d{i}"] = np.float16(i)
            f.attrs[f"a{i}"] = f"v{i}"

    def types(f):
        f["type"] = np.dtype("f4")
        f.create_dataset("committed", shape=(2,), dtype=f["type"])
        f["bool"] = np.array([True])
        f.create_dataset("fixed", data=np.arange(9), chunks=(2,))
        f.create_dataset("one", data=np.arange(9), chunks=(9,), compression="gzip")

    for write in (texts, filters, grows, grows_twice, dense, types):
        for libver in ("earliest", "v110"):
            with h5py.File(folder / f"{write.__name__}_{libver}.h5", "w", libver=libver) as f:
                write(f)


def main():
    here = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "hdf5"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    folder.mkdir(parents=True, exist_ok=True)
    for write in (plain, stored, keras_models, tf_keras_model):
        write(folder)
    if len(sys.argv) == 1:
        corpus = here.parents[1] / "fuzz" / "corpus" / "hdf5"
        corpus.mkdir(parents=True, exist_ok=True)
        seeds(corpus)


if __name__ == "__main__":
    main()
