"""The dialect of Keras 1.2, made from tf_keras layers: class names, config keys, weight names and layouts of then."""
import numpy as np

CLASSES = {"Conv1D": "Convolution1D", "Conv2D": "Convolution2D"}
ORDERING = {"channels_last": "tf", "channels_first": "th"}
INITIALIZERS = {"GlorotUniform": "glorot_uniform", "HeNormal": "he_normal", "Orthogonal": "orthogonal",
                "RandomUniform": "uniform", "Zeros": "zero"}
W_B = {"W_regularizer": None, "b_regularizer": None, "activity_regularizer": None, "W_constraint": None,
       "b_constraint": None}


def dense(c, shape):
    return {"output_dim": c["units"], "init": INITIALIZERS[c["kernel_initializer"]["class_name"]],
            "activation": c["activation"], **W_B, "bias": c["use_bias"], "input_dim": shape[-1]}


def convolution2d(c, shape):
    return {"nb_filter": c["filters"], "nb_row": c["kernel_size"][0], "nb_col": c["kernel_size"][1],
            "init": "glorot_uniform", "activation": c["activation"], "border_mode": c["padding"],
            "subsample": list(c["strides"]), "dim_ordering": ORDERING[c["data_format"]], **W_B, "bias": c["use_bias"]}


def convolution1d(c, shape):
    return {"nb_filter": c["filters"], "filter_length": c["kernel_size"][0], "init": "uniform",
            "activation": c["activation"], "border_mode": c["padding"], "subsample_length": c["strides"][0], **W_B,
            "bias": c["use_bias"], "input_dim": shape[-1], "input_length": None}


def pooling2d(c, shape):
    return {"pool_size": list(c["pool_size"]), "border_mode": c["padding"], "strides": list(c["strides"]),
            "dim_ordering": ORDERING[c["data_format"]]}


def pooling1d(c, shape):
    return {"stride": c["strides"][0], "pool_length": c["pool_size"][0], "border_mode": c["padding"]}


def batch_normalization(c, shape):
    axis = int(np.ravel(c["axis"])[0])
    return {"epsilon": c["epsilon"], "mode": 0, "axis": -1 if axis == len(shape) - 1 else axis,
            "momentum": c["momentum"], "gamma_regularizer": None, "beta_regularizer": None}


def embedding(c, shape):
    return {"input_dim": c["input_dim"], "output_dim": c["output_dim"], "init": "uniform", "input_length": None,
            "activity_regularizer": None, "W_regularizer": None, "W_constraint": None, "mask_zero": c["mask_zero"],
            "dropout": 0.0}


def recurrent(c, shape):
    config = {"return_sequences": c["return_sequences"], "go_backwards": c["go_backwards"], "stateful": False,
              "unroll": False, "consume_less": "cpu", "input_dim": shape[-1], "input_length": None,
              "output_dim": c["units"], "init": "glorot_uniform", "inner_init": "orthogonal",
              "activation": c["activation"], "inner_activation": c["recurrent_activation"], "W_regularizer": None,
              "U_regularizer": None, "b_regularizer": None, "dropout_W": 0.0, "dropout_U": 0.0}
    return config | ({"forget_bias_init": "one"} if "unit_forget_bias" in c else {})


CONFIGS = {"Dense": dense, "Conv2D": convolution2d, "Conv1D": convolution1d, "MaxPooling2D": pooling2d,
           "MaxPooling1D": pooling1d, "BatchNormalization": batch_normalization, "Embedding": embedding,
           "LSTM": recurrent, "GRU": recurrent, "Dropout": lambda c, shape: {"p": c["rate"]},
           "Activation": lambda c, shape: {"activation": c["activation"]}, "Flatten": lambda c, shape: {}}


def layer_config(layer, first_input=None, input_dtype="float32"):
    """{"class_name", "config"} of a tf_keras layer, as Keras 1.2 wrote it."""
    kind = type(layer).__name__
    old = {"name": layer.name, "trainable": layer.trainable}
    if first_input is not None:
        old |= {"batch_input_shape": [None, *first_input[1:]], "input_dtype": input_dtype}
    return {"class_name": CLASSES.get(kind, kind), "config": old | CONFIGS[kind](layer.get_config(), layer.input_shape)}


def merge_config(name, mode, concat_axis=-1):
    return {"class_name": "Merge", "config": {
        "name": name, "mode": mode, "mode_type": "raw", "concat_axis": concat_axis, "dot_axes": -1,
        "output_shape": None, "output_shape_type": "raw", "output_mask": None, "output_mask_type": "raw",
        "arguments": {}}}


def layer_weights(layer):
    """[(weight name, array)]: one array per gate for recurrent layers, (k, 1, in, out) for Convolution1D."""
    kind, arrays = type(layer).__name__, layer.get_weights()
    if kind in ("LSTM", "GRU"):
        gates = {"LSTM": "ifco", "GRU": "zrh"}[kind]          # order inside a Keras 2 array
        parts = {g: [np.split(a, len(gates), axis=-1)[i] for a in arrays] for i, g in enumerate(gates)}
        order = {"LSTM": "icfo", "GRU": "zrh"}[kind]          # order of the Keras 1 list
        return [(f"{layer.name}_{letter}_{g}:0", part) for g in order for letter, part in zip("WUb", parts[g])]
    if kind == "BatchNormalization":
        return [(f"{layer.name}_{n}:0", a) for n, a in zip(("gamma", "beta", "running_mean", "running_std"), arrays)]
    if kind == "Conv1D":
        arrays[0] = arrays[0][:, None]
    if kind == "Conv2D" and layer.data_format == "channels_first":
        arrays[0] = arrays[0].transpose(3, 2, 0, 1)
    return [(f"{layer.name}_{letter}:0", a) for letter, a in zip("Wb", arrays)]
