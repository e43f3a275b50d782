"""The dialect of multi-backend Keras 2.0 to 2.3, made from tf_keras layers: config keys and h5 attributes of then."""
import numpy as np

ARGUMENTS = "kernel_regularizer bias_regularizer activity_regularizer kernel_constraint bias_constraint"
CONV = "filters kernel_size strides padding data_format dilation_rate activation use_bias " \
       "kernel_initializer bias_initializer " + ARGUMENTS
POOL = "pool_size padding strides data_format"
RECURRENT = "return_sequences return_state go_backwards stateful unroll units activation recurrent_activation use_bias " \
            "kernel_initializer recurrent_initializer bias_initializer kernel_regularizer recurrent_regularizer " \
            "bias_regularizer activity_regularizer kernel_constraint recurrent_constraint bias_constraint " \
            "dropout recurrent_dropout implementation"
CUDNN = "return_sequences return_state go_backwards stateful units kernel_initializer recurrent_initializer " \
        "bias_initializer kernel_regularizer recurrent_regularizer bias_regularizer activity_regularizer " \
        "kernel_constraint recurrent_constraint bias_constraint"

# class: the config keys of Keras 2.1, behind name and trainable.
KEYS = {
    "Dense": "units activation use_bias kernel_initializer bias_initializer " + ARGUMENTS,
    "Conv1D": CONV, "Conv2D": CONV, "MaxPooling1D": "strides pool_size padding", "MaxPooling2D": POOL,
    "BatchNormalization": "axis momentum epsilon center scale beta_initializer gamma_initializer "
                          "moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer "
                          "beta_constraint gamma_constraint",
    "Activation": "activation", "Flatten": "", "Dropout": "rate noise_shape seed", "Add": "", "Concatenate": "axis",
    "Embedding": "input_dim output_dim embeddings_initializer embeddings_regularizer activity_regularizer "
                 "embeddings_constraint mask_zero input_length",
    "LSTM": RECURRENT + " unit_forget_bias", "GRU": RECURRENT,
    "CuDNNLSTM": CUDNN + " unit_forget_bias", "CuDNNGRU": CUDNN,
}
SCALING = {"GlorotUniform": ("fan_avg", "uniform"), "GlorotNormal": ("fan_avg", "normal"),
           "HeNormal": ("fan_in", "normal"), "HeUniform": ("fan_in", "uniform")}


def initializer(value):
    name = value["class_name"]
    if name in SCALING:
        mode, distribution = SCALING[name]
        if name.startswith("He"):
            return {"class_name": "VarianceScaling",
                    "config": {"scale": 2.0, "mode": mode, "distribution": distribution, "seed": None}}
        return {"class_name": "VarianceScaling",
                "config": {"scale": 1.0, "mode": mode, "distribution": distribution, "seed": None}}
    return {"class_name": name, "config": dict(value["config"])}


def layer_config(layer, class_name, first_input=None):
    """{"class_name", "config"} of a tf_keras layer, as Keras 2.1 wrote it."""
    new = layer.get_config()
    old = {"name": layer.name, "trainable": new["trainable"]}
    if first_input is not None:
        old |= {"batch_input_shape": [None, *first_input[1:]], "dtype": "float32"}
    for key in KEYS[class_name].split():
        value = new.get(key)
        if key.endswith("_initializer"):
            value = initializer(value)
        if class_name == "BatchNormalization" and key == "axis":
            value = -1 if list(np.ravel(value)) == [len(layer.input_shape) - 1] else int(np.ravel(value)[0])
        old[key] = list(value) if isinstance(value, tuple) else value
    if "implementation" in old:
        old["implementation"] = 1
    return {"class_name": class_name, "config": old}


def bidirectional_config(layer, class_name, first_input):
    """Bidirectional of Keras 2.1: only the forward layer is described."""
    inner = layer_config(layer.forward_layer, class_name)
    inner["config"]["name"] = layer.forward_layer.name.removeprefix("forward_")
    return {"class_name": "Bidirectional",
            "config": {"name": layer.name, "trainable": True, "batch_input_shape": [None, *first_input[1:]],
                       "dtype": "float32", "layer": inner, "merge_mode": layer.merge_mode}}


def input_config(name, shape, dtype="float32"):
    return {"name": name, "class_name": "InputLayer", "inbound_nodes": [],
            "config": {"batch_input_shape": [None, *shape], "dtype": dtype, "sparse": False, "name": name}}


def names(values):
    """A list attribute as h5py 2 wrote it: fixed-length strings; an empty list became float64[0]."""
    return np.array([v.encode() for v in values]) if values else np.array([], np.float64)


def write_weights(group, layers, keras_version, backend):
    """layers: [(layer name, [(weight name, array)])]. Keras 1 wrote neither version nor backend here."""
    group.attrs["layer_names"] = names([name for name, _ in layers])
    if keras_version:
        group.attrs["backend"] = backend.encode()
        group.attrs["keras_version"] = keras_version.encode()
    for name, weights in layers:
        sub = group.create_group(name)
        sub.attrs["weight_names"] = names([weight for weight, _ in weights])
        for weight, array in weights:
            dataset = sub.create_dataset(weight, array.shape, dtype=array.dtype)
            dataset[...] = array


def to_cudnn(layer):
    """The three arrays of a CuDNNLSTM or CuDNNGRU that computes what this LSTM or GRU does."""
    kernel, recurrent, bias = layer.get_weights()
    gates = 4 if bias.ndim == 1 else 3
    kernel = np.hstack([k.T.reshape(k.shape, order="C") for k in np.hsplit(kernel, gates)])
    recurrent = np.hstack([k.T for k in np.hsplit(recurrent, gates)])
    return [kernel, recurrent, np.tile(0.5 * bias, 2) if gates == 4 else bias.reshape(-1)]
