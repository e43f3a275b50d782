"""Small models for the golden files. Each function takes the family (keras or tf_keras) and returns a model.

Names are explicit where a file format shows them, so that both families write the same ones.
"""
import keras
import tensorflow as tf


def mlp(k):
    return k.Sequential([k.Input((6,), name="x"), k.layers.Dense(8, activation="relu", name="hidden"),
                         k.layers.Dense(4, activation="softmax", name="probabilities")], name="mlp")


def first_slice(k):
    """Dense, BatchNormalization, Dropout and a recurrent layer: every seam once."""
    return k.Sequential([k.Input((5, 3), name="x"), k.layers.Dense(4, activation="relu", name="dense"),
                         k.layers.BatchNormalization(name="norm"), k.layers.Dropout(0.3, name="dropout"),
                         k.layers.SimpleRNN(6, name="rnn"), k.layers.Dense(2, name="head")], name="first_slice")


def cnn(k):
    la = k.layers
    return k.Sequential([
        k.Input((12, 12, 3), name="image"), la.Rescaling(1 / 127.5, offset=-1.0, name="rescale"),
        la.ZeroPadding2D(((0, 1), (1, 0)), name="pad"),
        la.Conv2D(6, 3, strides=2, use_bias=False, name="conv"), la.BatchNormalization(epsilon=1.001e-5, name="bn"),
        la.ReLU(max_value=6.0, name="relu6"), la.DepthwiseConv2D(3, padding="same", name="depthwise"),
        la.SeparableConv2D(8, 3, padding="same", activation="swish", name="separable"),
        la.MaxPooling2D(2, name="pool"), la.GlobalAveragePooling2D(name="average"),
        la.Dropout(0.2, name="dropout"), la.Dense(5, activation="softmax", name="classes")], name="cnn")


def two_by_two(k):
    """Two inputs, two outputs, merges."""
    la = k.layers
    a, b = k.Input((4,), name="a"), k.Input((3,), name="b")
    joined = la.Concatenate(name="joined")([la.Dense(5, activation="tanh", name="left")(a), b])
    wide = la.Dense(4, activation="elu", name="wide")(joined)
    total = la.Add(name="total")([wide, a])
    gate = la.Multiply(name="gate")([la.Dense(4, activation="sigmoid", name="squash")(b), total])
    return k.Model([a, b], [la.Dense(2, name="score")(gate), la.Maximum(name="peak")([wide, gate])],
                   name="two_by_two")


def nested_shared(k):
    """A nested functional model called twice, a nested Sequential, a shared layer, a frozen layer."""
    la = k.layers
    inner_in = k.Input((4,), name="inner_in")
    inner_mid = la.Dense(4, activation="relu", name="inner_dense")(inner_in)
    inner = k.Model(inner_in, la.BatchNormalization(name="inner_norm")(inner_mid), name="inner")
    tail = k.Sequential([k.Input((8,), name="tail_in"), la.Dense(3, name="tail_dense"),
                         la.LeakyReLU(name="tail_leaky")], name="tail")
    shared = la.Dense(4, name="shared")
    shared_frozen = la.Dense(4, name="frozen", trainable=False)
    a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
    u, v = inner(shared(a)), inner(shared_frozen(shared(b)))
    out = tail(la.Concatenate(name="both")([u, v]))
    return k.Model([a, b], out, name="nested_shared")


def dict_io(k):
    la = k.layers
    inputs = {"height": k.Input((2,), name="height"), "weight": k.Input((3,), name="weight")}
    both = la.Concatenate(name="both")([inputs["weight"], inputs["height"]])
    outputs = {"risk": la.Dense(1, activation="sigmoid", name="risk_dense")(both),
               "class": la.Dense(3, activation="softmax", name="class_dense")(both)}
    return k.Model(inputs, outputs, name="dict_io")


def op_nodes(k):
    """keras.ops calls as nodes of a functional model."""
    ops, la = keras.ops, k.layers
    x, y = k.Input((4, 6), name="x"), k.Input((4, 6), name="y")
    z = ops.exp(x * 0.5) + ops.maximum(y, 0.25) - 1.5
    z = ops.concatenate([z, ops.square(y)], axis=-1)
    z = la.Dense(6, name="dense")(z)
    z = ops.matmul(z, ops.transpose(ops.reshape(y, (-1, 4, 6)), (0, 2, 1)))
    z = ops.softmax(z, axis=-1) * ops.mean(x, axis=-1, keepdims=True)
    first, rest = ops.split(z, [1], axis=1)
    w = ops.einsum("bij,bkj->bik", rest, first) + x[:, 1:, 2:3]
    return k.Model([x, y], [ops.sum(w, axis=(1, 2)), ops.relu(z[:, ::2, -1])], name="op_nodes")


def op_lambda(k):
    """TensorFlow calls as nodes of a functional model (TFOpLambda, SlicingOpLambda)."""
    la = k.layers
    x, y = k.Input((4, 6), name="x"), k.Input((4, 6), name="y")
    z = tf.nn.relu(x) * 0.5 + tf.math.maximum(y, 0.25) - 1.5
    z = tf.concat([z, tf.square(y)], axis=-1)
    z = la.Dense(6, name="dense")(z)
    z = tf.matmul(z, tf.transpose(tf.reshape(y, (-1, 4, 6)), perm=(0, 2, 1)))
    z = tf.nn.softmax(z, axis=-1) * tf.reduce_mean(x, axis=-1, keepdims=True)
    w = 1.0 / (2.0 + tf.math.sigmoid(z[:, 1:, :2])) + x[:, 1:, 2:4]
    flat = tf.expand_dims(tf.reduce_sum(w, axis=[1, 2]), -1)
    return k.Model([x, y], [flat, z[:, ::2, -1]], name="op_lambda")


def op_ellipsis(k):
    """Slices that only h5 can hold."""
    x = k.Input((4, 6), name="x")
    return k.Model(x, tf.concat([x[..., 1], x[:, tf.newaxis, 0, 2:][:, 0]], axis=1), name="op_ellipsis")


def bidirectional(k):
    la = k.layers
    x = k.Input((7,), dtype="int32", name="tokens")
    y = la.Embedding(11, 5, name="embed")(x)
    y = la.Bidirectional(la.LSTM(4, return_sequences=True), name="both")(y)
    y = la.Bidirectional(la.GRU(3), merge_mode="sum", name="summed")(y)
    return k.Model(x, la.Dense(2, name="head")(y), name="bidirectional")


def masked(k):
    la = k.layers
    x = k.Input((7,), dtype="int32", name="tokens")
    y = la.Embedding(11, 5, mask_zero=True, name="embed")(x)
    y = la.LSTM(4, return_sequences=True, name="lstm")(y)
    y = la.TimeDistributed(la.Dense(3, activation="tanh"), name="each")(y)
    return k.Model(x, la.GRU(3, name="gru")(y), name="masked")


def masked_merges(k):
    """Merging layers of masked and unmasked tensors, each before a layer that obeys masks."""
    la = k.layers
    tokens, x = k.Input((7,), dtype="int32", name="tokens"), k.Input((6, 5), name="x")
    a = la.Embedding(11, 5, mask_zero=True, name="embed")(tokens)
    padded = la.ZeroPadding1D((1, 0), name="pad")(x)
    b = la.Masking(name="masking")(padded)
    c = la.Dense(5, name="unmasked")(padded)
    merges = {"add": (la.Add, [a, b]), "subtract": (la.Subtract, [b, a]), "multiply": (la.Multiply, [a, b]),
              "average": (la.Average, [a, b]), "maximum": (la.Maximum, [a, b]), "minimum": (la.Minimum, [a, b]),
              "three": (la.Add, [a, b, a]), "half": (la.Add, [a, c]), "peak": (la.Maximum, [c, a]),
              "features": (la.Concatenate, [a, b]), "steps": (lambda name: la.Concatenate(1, name=name), [a, b]),
              "some": (la.Concatenate, [a, c]), "dot": (lambda name: la.Dot(2, name=name), [a, b])}
    if k is keras:  # tf_keras fails to join these masks
        merges["some_steps"] = (lambda name: la.Concatenate(1, name=name), [b, c])
    return k.Model([tokens, x], [la.SimpleRNN(3, name=f"rnn_{name}")(merge(name=name)(inputs))
                                 for name, (merge, inputs) in merges.items()], name="masked_merges")


def masked_layers(k):
    """Layers after a mask, each before one that obeys masks: which use it, which pass it on."""
    la = k.layers
    tokens = k.Input((7,), dtype="int32", name="tokens")
    x = la.Embedding(11, 6, mask_zero=True, name="embed")(tokens)
    other = la.Embedding(11, 6, name="unmasked")(tokens)
    steps = {"dropout": la.Dropout(0.5), "norm": la.LayerNormalization(), "batch": la.BatchNormalization(),
             "relu": la.ReLU(), "activation": la.Activation("tanh"), "softmax": la.Activation("softmax"),
             "dense": la.Dense(4), "each": la.TimeDistributed(la.Dense(3)), "noise": la.GaussianNoise(0.1),
             "rnn": la.SimpleRNN(4, return_sequences=True), "leaky": la.LeakyReLU(), "unit": la.UnitNormalization(),
             "spatial": la.SpatialDropout1D(0.3), "elu": la.ELU()}
    outputs = [la.SimpleRNN(3, name=f"rnn_{name}")(layer(x)) for name, layer in steps.items()]
    outputs += [la.GlobalAveragePooling1D(name="average")(x), la.GlobalMaxPooling1D(name="max")(x)]
    # In Keras 3 MultiHeadAttention takes the mask from what it is called on; calls before and after tell
    heads, attended = la.MultiHeadAttention(2, 3, name="heads"), la.MultiHeadAttention(2, 3, name="again")
    residual = la.Add(name="residual")([x, attended(x, x)])
    residual = la.LayerNormalization(name="normed")(residual)
    outputs += [la.SimpleRNN(3, name="rnn_heads")(heads(x, x)), la.SimpleRNN(3, name="rnn_cross")(heads(other, x)),
                la.GlobalAveragePooling1D(name="pooled")(la.MultiHeadAttention(1, 2, name="next")(residual, residual)),
                la.SimpleRNN(3, name="rnn_attention")(la.Attention(name="attention")([x, x])),
                la.SimpleRNN(3, name="rnn_value")(la.Attention(name="value")([other, x])),
                la.SimpleRNN(3, name="rnn_additive")(la.AdditiveAttention(name="additive")([x, x]))]
    return k.Model(tokens, outputs, name="masked_layers")


def low_rank(k):
    """Low-rank weights in every layer that takes them; one layer is used twice."""
    la = k.layers
    x = k.Input((7,), dtype="int32", name="tokens")
    y = la.Embedding(11, 4, lora_rank=2, lora_alpha=4.0, name="embed")(x)
    y = la.Conv1D(4, 2, padding="same", lora_rank=2, lora_alpha=3.0, name="conv")(y)
    y = la.EinsumDense("abc,cd->abd", (None, 4), lora_rank=2, lora_alpha=3.0, name="einsum")(y)
    dense = la.Dense(4, lora_rank=2, lora_alpha=4.0, name="dense")
    return k.Model(x, dense(dense(y)), name="low_rank")


def attention(k):
    la = k.layers
    x = k.Input((5, 8), name="x")
    y = la.LayerNormalization(epsilon=1e-6, name="norm")(x)
    y = la.MultiHeadAttention(2, 4, name="heads")(y, y)
    y = la.Add(name="residual")([x, y])
    return k.Model(x, la.Dense(3, activation="gelu", name="head")(y), name="attention")


def mixed_float16(k):
    la = k.layers
    return k.Sequential([k.Input((6,), name="x"), la.Dense(8, activation="relu", dtype="mixed_float16", name="half"),
                         la.BatchNormalization(dtype="mixed_float16", name="norm"),
                         la.Dense(4, dtype="mixed_float16", name="scores"),
                         la.Activation("softmax", dtype="float32", name="probabilities")], name="mixed")


def bfloat16(k):
    la = k.layers
    return k.Sequential([k.Input((6,), name="x"), la.Dense(8, activation="relu", dtype="bfloat16", name="brain"),
                         la.Dense(4, dtype="float32", name="scores")], name="bfloat16")


def float64(k):
    la = k.layers
    return k.Sequential([k.Input((6,), dtype="float64", name="x"),
                         la.Dense(8, activation="tanh", dtype="float64", name="wide"),
                         la.Dense(4, dtype="float64", name="scores")], name="float64")


def channels(k):
    """Both data formats in one model, concatenated along channels, with groups, dilation and transposition."""
    la = k.layers
    x = k.Input((8, 8, 4), name="image")
    last = la.Conv2D(6, 3, padding="same", dilation_rate=2, groups=2, activation="relu", name="last")(x)
    first = la.Permute((3, 1, 2), name="to_first")(x)
    first = la.Conv2D(6, (3, 2), padding="same", data_format="channels_first", name="first")(first)
    first = la.BatchNormalization(axis=1, name="norm_first")(first)
    first = la.Permute((2, 3, 1), name="to_last")(first)
    y = la.Concatenate(axis=-1, name="stack")([last, first])
    y = la.AveragePooling2D(2, padding="same", name="pool")(y)
    y = la.Conv2DTranspose(3, 3, strides=2, padding="same", name="up")(y)
    return k.Model(x, la.Cropping2D(1, name="crop")(y), name="channels")


def trained(k):
    """Compiled and trained for a few steps: the file holds an optimizer's state."""
    model = k.Sequential([k.Input((4,), name="x"), k.layers.Dense(5, activation="relu", name="hidden"),
                          k.layers.Dense(3, activation="softmax", name="classes")], name="trained")
    model.compile(optimizer=k.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def op_layers(k):
    """Raw TensorFlow ops as layers (TensorFlowOpLayer), as TensorFlow 1.14 to 2.3 made them of such calls."""
    from tensorflow.core.framework import node_def_pb2
    from tf_keras.src.engine.base_layer import TensorFlowOpLayer

    def op(name, kind, inputs, constants=None, **attributes):
        node = node_def_pb2.NodeDef(name=name, op=kind, input=[f"input_{i}" for i in range(inputs)])
        node.attr["T"].type = tf.float32.as_datatype_enum
        for key, value in attributes.items():
            if isinstance(value, bool):
                node.attr[key].b = value
            else:
                node.attr[key].type = value.as_datatype_enum
        return TensorFlowOpLayer(node.SerializeToString(), name, constants=constants)

    x = k.Input((4,), name="x")
    y = op("Mul", "Mul", 2, {1: 0.5})(k.layers.Dense(4, name="dense")(x))
    y = op("Relu", "Relu", 1)(op("AddV2", "AddV2", 2)([y, x]))
    mean = op("Mean", "Mean", 2, {1: [1]}, keep_dims=True, Tidx=tf.int32)(y)
    return k.Model(x, op("Sub", "Sub", 2)([y, mean]), name="op_layers")
