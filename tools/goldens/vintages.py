"""Files in the dialects of Keras 1.2 and 2.x, written by h5py from tf_keras models, whose answers are the expected ones.

No Python of today runs those versions, so configs and layouts follow what they wrote; where tf_keras reads the
dialect, it must give the same answer before the file is kept.
"""
import json
import zipfile

import h5py

from common import np, randomise, run, seed_of, tf

import keras1
import keras2
import tf_keras

LA = tf_keras.layers
BATCH = 3


def random_input(shape, dtype, rng):
    array = rng.integers(0, 11, (BATCH, *shape)) if dtype.startswith("int") else rng.standard_normal((BATCH, *shape))
    return array.astype(np.float32 if not dtype.startswith("int") else dtype)


def write_h5(path, config, layers, version, backend, training=None):
    with h5py.File(path, "w") as f:
        f.attrs["keras_version"] = version.encode()
        if not version.startswith("1"):
            f.attrs["backend"] = backend.encode()
        f.attrs["model_config"] = json.dumps(config).encode()
        if training:
            f.attrs["training_config"] = json.dumps(training).encode()
        group = f.create_group("model_weights")
        keras2.write_weights(group, layers, None if version.startswith("1") else version, backend)


def cnn_model(data_format, seed):
    axis = -1 if data_format == "channels_last" else 1
    shape = (8, 8, 3) if axis == -1 else (3, 8, 8)
    model = tf_keras.Sequential([
        tf_keras.Input(shape, name="image"),
        LA.Conv2D(4, (3, 2), padding="same", activation="relu", data_format=data_format, name="convolution2d_1"),
        LA.BatchNormalization(axis=axis, name="batchnormalization_1"),
        LA.MaxPooling2D(2, data_format=data_format, name="maxpooling2d_1"), LA.Dropout(0.25, name="dropout_1"),
        LA.Flatten(name="flatten_1"), LA.Dense(5, kernel_initializer="he_normal", name="dense_1"),
        LA.Activation("softmax", name="activation_1")])
    randomise(model.weights, seed)
    return model


def recurrent_model(seed, bidirectional):
    rnn = [LA.LSTM(4, recurrent_activation="hard_sigmoid", return_sequences=True, name="lstm_1"),
           LA.GRU(3, recurrent_activation="hard_sigmoid", reset_after=False, name="gru_1")]
    head = [LA.Dense(2, activation="hard_sigmoid", name="dense_1")]
    if bidirectional:
        layers = [tf_keras.Input((6, 5), name="sequence"), LA.Bidirectional(rnn[0], name="bidirectional_1"), rnn[1]]
    else:
        layers = [tf_keras.Input((12,), dtype="int32", name="tokens"), LA.Embedding(11, 5, name="embedding_1"),
                  LA.Conv1D(6, 3, padding="same", activation="relu", name="convolution1d_1"),
                  LA.MaxPooling1D(2, name="maxpooling1d_1"), *rnn]
    model = tf_keras.Sequential(layers + head)
    randomise(model.weights, seed)
    return model


def keras2_names(layer):
    """Weights with the names of Keras 2: "dense_1/kernel:0"."""
    return [(f"{layer.name}/{w.name.split('/')[-1]}", a) for w, a in zip(layer.weights, layer.get_weights())]


TRAINING_2_1 = {"optimizer_config": {"class_name": "Adam", "config": {
    "lr": 0.0010000000474974513, "beta_1": 0.8999999761581421, "beta_2": 0.9990000128746033, "decay": 0.0,
    "epsilon": 1e-07, "amsgrad": False}}, "loss": "categorical_crossentropy", "metrics": ["acc"],
    "sample_weight_mode": None, "loss_weights": None}


def keras_2_1_cnn(path, seed):
    """A Sequential whose config is a list, without InputLayer."""
    model = cnn_model("channels_last", seed)
    configs = [keras2.layer_config(layer, type(layer).__name__, model.input_shape if i == 0 else None)
               for i, layer in enumerate(model.layers)]
    write_h5(path, {"class_name": "Sequential", "config": configs}, [(x.name, keras2_names(x)) for x in model.layers],
             "2.1.6", "tensorflow", TRAINING_2_1)
    return model


def keras_2_1_theano(path, seed):
    """The same from the Theano backend: its convolution flips kernels, so the file has them flipped."""
    model = cnn_model("channels_last", seed)
    configs = [keras2.layer_config(layer, type(layer).__name__, model.input_shape if i == 0 else None)
               for i, layer in enumerate(model.layers)]
    layers = [(x.name, [(n.removesuffix(":0"), a[::-1, ::-1] if a.ndim == 4 else a) for n, a in keras2_names(x)])
              for x in model.layers]
    write_h5(path, {"class_name": "Sequential", "config": configs}, layers, "2.1.6", "theano")
    return model


def keras_2_1_recurrent(path, seed):
    """hard_sigmoid of then (slope 0.2), GRU without the key reset_after, Bidirectional."""
    model = recurrent_model(seed, bidirectional=True)
    wrapper, gru, dense = model.layers
    configs = [keras2.bidirectional_config(wrapper, "LSTM", model.input_shape), keras2.layer_config(gru, "GRU"),
               keras2.layer_config(dense, "Dense")]
    prefixes = ["forward_lstm_1"] * 3 + ["backward_lstm_1"] * 3
    both = [(f"bidirectional_1/{p}/{w.name.split('/')[-1]}", a)
            for p, w, a in zip(prefixes, wrapper.weights, wrapper.get_weights())]
    layers = [(wrapper.name, both), (gru.name, keras2_names(gru)), (dense.name, keras2_names(dense))]
    write_h5(path, {"class_name": "Sequential", "config": configs}, layers, "2.1.6", "tensorflow")
    return model


def keras_2_2_model(path, seed):
    """Class "Model": a nested Model called twice (nodes counted from 1), a nested Sequential, merges."""
    inner_in = tf_keras.Input((4,), name="input_2")
    inner = tf_keras.Model(inner_in, LA.BatchNormalization(name="norm")(LA.Dense(4, name="mid")(inner_in)), name="inner")
    tail = tf_keras.Sequential([tf_keras.Input((4,), name="tail_input"), LA.Dense(3, name="last")], name="tail")
    a, b = tf_keras.Input((4,), name="input_1"), tf_keras.Input((4,), name="input_3")
    merged = LA.Add(name="add_1")([inner(a), inner(b)])
    model = tf_keras.Model([a, b], LA.Concatenate(name="concatenate_1")([tail(merged), a]))
    randomise(model.weights, seed)

    def node(config, *inbound):
        return config | {"name": config["config"]["name"], "inbound_nodes": [[list(i) + [{}] for i in n] for n in inbound]}
    mid, norm = inner.get_layer("mid"), inner.get_layer("norm")
    inner_config = {"class_name": "Model", "config": {
        "name": "inner", "input_layers": [["input_2", 0, 0]], "output_layers": [["norm", 0, 0]], "layers": [
            keras2.input_config("input_2", (4,)), node(keras2.layer_config(mid, "Dense"), [("input_2", 0, 0)]),
            node(keras2.layer_config(norm, "BatchNormalization"), [("mid", 0, 0)])]}}
    tail_config = {"class_name": "Sequential", "config": {
        "name": "tail", "layers": [keras2.layer_config(tail.get_layer("last"), "Dense", (None, 4))]}}
    config = {"class_name": "Model", "config": {
        "name": "model_1", "input_layers": [["input_1", 0, 0], ["input_3", 0, 0]],
        "output_layers": [["concatenate_1", 0, 0]], "layers": [
            keras2.input_config("input_1", (4,)), keras2.input_config("input_3", (4,)),
            node(inner_config, [("input_1", 0, 0)], [("input_3", 0, 0)]),
            node(keras2.layer_config(model.get_layer("add_1"), "Add"), [("inner", 1, 0), ("inner", 2, 0)]),
            node(tail_config, [("add_1", 0, 0)]),
            node(keras2.layer_config(model.get_layer("concatenate_1"), "Concatenate"),
                 [("tail", 1, 0), ("input_1", 0, 0)])]}}
    layers = [("input_1", []), ("input_3", []), ("inner", keras2_names(mid) + keras2_names(norm)), ("add_1", []),
              ("tail", keras2_names(tail.get_layer("last"))), ("concatenate_1", [])]
    write_h5(path, config, layers, "2.2.4", "tensorflow")
    return model


def keras_2_2_cudnn(path, seed):
    """CuDNNLSTM and CuDNNGRU: transposed kernels, doubled biases."""
    model = tf_keras.Sequential([tf_keras.Input((6, 5), name="sequence"),
                                 LA.LSTM(4, return_sequences=True, name="cu_dnnlstm_1"),
                                 LA.GRU(3, name="cu_dnngru_1")])
    randomise(model.weights, seed)
    lstm, gru = model.layers
    configs = [keras2.layer_config(lstm, "CuDNNLSTM", model.input_shape), keras2.layer_config(gru, "CuDNNGRU")]
    layers = [(x.name, [(f"{x.name}/{n}:0", a) for n, a in zip(("kernel", "recurrent_kernel", "bias"), keras2.to_cudnn(x))])
              for x in (lstm, gru)]
    write_h5(path, {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": configs}}, layers,
             "2.2.4", "tensorflow")
    return model


def keras_1_2_sequential(path, model, input_dtype="float32"):
    configs = [keras1.layer_config(layer, model.input_shape if i == 0 else None, input_dtype)
               for i, layer in enumerate(model.layers)]
    write_h5(path, {"class_name": "Sequential", "config": configs},
             [(x.name, keras1.layer_weights(x)) for x in model.layers], "1.2.2", "tensorflow")
    return model


def keras_1_2_cnn(path, seed):
    return keras_1_2_sequential(path, cnn_model("channels_last", seed))


def keras_1_2_cnn_th(path, seed):
    """dim_ordering "th": kernels are (filters, channels, rows, columns)."""
    return keras_1_2_sequential(path, cnn_model("channels_first", seed))


def keras_1_2_theano(path, seed):
    """The same from the Theano backend: flipped kernels, weight names without ":0"."""
    model = cnn_model("channels_first", seed)
    configs = [keras1.layer_config(layer, model.input_shape if i == 0 else None) for i, layer in enumerate(model.layers)]
    layers = [(x.name, [(n.removesuffix(":0"), a[:, :, ::-1, ::-1] if a.ndim == 4 else a)
                        for n, a in keras1.layer_weights(x)]) for x in model.layers]
    write_h5(path, {"class_name": "Sequential", "config": configs}, layers, "1.2.2", "theano")
    return model


def keras_1_2_recurrent(path, seed):
    """12 arrays of an LSTM, 9 of a GRU, Convolution1D kernels of rank 4."""
    return keras_1_2_sequential(path, recurrent_model(seed, bidirectional=False), "int32")


def keras_1_2_merge(path, seed):
    """Class "Model" with nodes of three elements and Merge layers."""
    a, b = tf_keras.Input((4,), name="input_1"), tf_keras.Input((3,), name="input_2")
    left = LA.Dense(3, activation="tanh", name="dense_1")(a)
    total = LA.Add(name="merge_1")([left, b])
    both = LA.Concatenate(name="merge_2")([total, a])
    model = tf_keras.Model([a, b], LA.Dense(2, name="dense_2")(both))
    randomise(model.weights, seed)

    def node(config, *inbound):
        return config | {"name": config["config"]["name"], "inbound_nodes": [[list(i) for i in inbound]] if inbound else []}

    def source(name, size):
        return node({"class_name": "InputLayer", "config": {
            "batch_input_shape": [None, size], "input_dtype": "float32", "sparse": False, "name": name}})
    config = {"class_name": "Model", "config": {
        "name": "model_1", "input_layers": [["input_1", 0, 0], ["input_2", 0, 0]], "output_layers": [["dense_2", 0, 0]],
        "layers": [source("input_1", 4), source("input_2", 3),
                   node(keras1.layer_config(model.get_layer("dense_1")), ("input_1", 0, 0)),
                   node(keras1.merge_config("merge_1", "sum"), ("dense_1", 0, 0), ("input_2", 0, 0)),
                   node(keras1.merge_config("merge_2", "concat"), ("merge_1", 0, 0), ("input_1", 0, 0)),
                   node(keras1.layer_config(model.get_layer("dense_2")), ("merge_2", 0, 0))]}}
    layers = [(n, []) for n in ("input_1", "input_2")]
    layers += [("dense_1", keras1.layer_weights(model.get_layer("dense_1"))), ("merge_1", []), ("merge_2", []),
               ("dense_2", keras1.layer_weights(model.get_layer("dense_2")))]
    write_h5(path, config, layers, "1.2.2", "tensorflow")
    return model


# function: how much of the file tf_keras reads, and must agree with: the whole model, its weights, nothing.
VINTAGES = {keras_2_1_cnn: "model", keras_2_1_theano: "", keras_2_1_recurrent: "weights", keras_2_2_model: "model",
            keras_2_2_cudnn: "weights", keras_1_2_cnn: "weights", keras_1_2_cnn_th: "weights", keras_1_2_theano: "",
            keras_1_2_recurrent: "weights", keras_1_2_merge: "weights"}


def read_back(model, path, readable):
    """The model that tf_keras makes of the file, or of its weights."""
    if readable == "model":
        return tf_keras.models.load_model(path, compile=False)
    again = tf_keras.models.clone_model(model)
    randomise(again.weights, 0)
    again.load_weights(path)
    return again


def write_vintage(folder, function, readable, base_seed):
    name = function.__name__
    seed = seed_of("vintages", name, base_seed)
    tf_keras.backend.clear_session()
    model = function(folder / f"{name}.h5", seed)
    rng = np.random.default_rng(seed)
    arrays = {n: random_input(x.shape[1:], x.dtype.name, rng) for n, x in zip(model.input_names, model.inputs)}
    values = [tf.constant(a) for a in arrays.values()]
    argument = values if len(values) > 1 else values[0]
    output = run(lambda x: model(x, training=False), argument).numpy()
    if readable:
        again = read_back(model, folder / f"{name}.h5", readable)
        np.testing.assert_allclose(run(again, argument), output, rtol=1e-5, atol=1e-5)
    if isinstance(model, tf_keras.Sequential):
        arrays = {"x": a for a in arrays.values()}   # a Sequential of then had no input name
    np.savez_compressed(folder / f"{name}.in.npz", **arrays)
    np.savez_compressed(folder / f"{name}.out.npz", **{model.layers[-1].name: output})
    return {"file": f"{name}.h5", "model": name, "writer": f"by hand, {name.replace('_', ' ')}", "format": "h5",
            "inputs": f"{name}.in.npz", "outputs": f"{name}.out.npz", "tolerance": 1e-5}


def repacked(folder):
    """mlp_tf_keras.h5 with the same content in other HDF5 and zip forms: {file: format}."""
    source = h5py.File(folder / "mlp_tf_keras.h5")

    def copy(name, libver, **options):
        with h5py.File(folder / name, "w", libver=libver) as f:
            f.attrs.update(source.attrs)

            def visit(path, item):
                if isinstance(item, h5py.Group):
                    f.require_group(path).attrs.update(item.attrs)
                else:
                    f.create_dataset(path, data=item[()], **options)
            source.visititems(visit)
    copy("mlp_chunked.h5", "earliest", chunks=True, compression="gzip", shuffle=True, fletcher32=True)
    copy("mlp_latest.h5", "latest")
    copy("mlp_split_names.h5", "earliest")
    with h5py.File(folder / "mlp_split_names.h5", "a") as f:
        for group in [f["model_weights"], *f["model_weights"].values()]:
            for key in ("layer_names", "weight_names"):
                if key in group.attrs and len(group.attrs[key]):
                    values = [v if isinstance(v, bytes) else v.encode() for v in group.attrs[key]]
                    del group.attrs[key]
                    for i, value in enumerate(values):
                        group.attrs[f"{key}{i}"] = np.array([value])
    return {"mlp_chunked.h5": "h5", "mlp_latest.h5": "h5", "mlp_split_names.h5": "h5"}


def zips(folder):
    """mlp_tf_keras.keras deflated, and as tf.keras 2.13 on Windows named its groups."""
    with zipfile.ZipFile(folder / "mlp_tf_keras.keras") as source:
        members = {name: source.read(name) for name in source.namelist()}

    def pack(name, how):
        with zipfile.ZipFile(folder / name, "w", how) as out:
            for member, data in members.items():
                out.writestr(zipfile.ZipInfo(member), data, how)
    pack("mlp_deflated.keras", zipfile.ZIP_DEFLATED)
    weights = folder / "windows.tmp.h5"
    weights.write_bytes(members["model.weights.h5"])
    with h5py.File(weights, "a") as f:
        dense = [f["layers/dense/vars/0"][()], f["layers/dense/vars/1"][()],
                 f["layers/dense_1/vars/0"][()], f["layers/dense_1/vars/1"][()]]
        del f["layers"]
        for i, array in enumerate(dense):
            f[f"_layer_checkpoint_dependencies\\{'dense' if i < 2 else 'dense_2'}/vars/{i % 2}"] = array
    members["model.weights.h5"] = weights.read_bytes()
    members["metadata.json"] = b'{"keras_version": "2.13.1", "date_saved": "2023-08-14@09:30:00"}'
    weights.unlink()
    pack("tf_keras_2_13_windows.keras", zipfile.ZIP_STORED)
    return {"mlp_deflated.keras": "keras", "tf_keras_2_13_windows.keras": "keras"}


def write(folder, base_seed):
    rows = [write_vintage(folder, function, readable, base_seed) for function, readable in VINTAGES.items()]
    for file, kind in (repacked(folder) | zips(folder)).items():
        rows.append({"file": file, "model": "mlp", "writer": "repacked from tf_keras", "format": kind,
                     "inputs": "mlp_tf_keras.in.npz", "outputs": "mlp_tf_keras.out.npz", "tolerance": 1e-5})
    return rows
