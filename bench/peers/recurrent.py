"""Recurrent models for the comparison, and each peer's best form of them.

onnxruntime and OpenVINO have operators for whole LSTM and GRU layers, which no converter finds in Keras' loops: their
graph is written here. LiteRT runs loops step by step through its interpreter; unrolled, XNNPACK takes the whole graph.
"""
from common import keras, np, randomise, seed_of

layers = keras.layers


def stacked(layer, **options):
    return keras.Sequential([keras.Input((100, 64)), layer(128, return_sequences=True, **options),
                             layer(128, **options), layers.Dense(10, "softmax")])


def lstm(**options):
    return stacked(layers.LSTM, **options)


def gru(**options):
    return stacked(layers.GRU, **options)


def embedding_bilstm(**options):
    return keras.Sequential([keras.Input((200,)), layers.Embedding(20000, 128),
                             layers.Bidirectional(layers.LSTM(64, **options)), layers.Dense(1, "sigmoid")])


MODELS = {"LSTM": lstm, "GRU": gru, "BiLSTM": embedding_bilstm}


def make(folder, name, batch):
    """The model, the same one unrolled, and an input."""
    seed = seed_of("bench", name)
    model, unrolled = MODELS[name](), MODELS[name](unroll=True)
    randomise(model.weights, seed)
    unrolled.set_weights(model.get_weights())
    model.save(folder / "model.keras")
    generator, shape = np.random.default_rng(seed), (batch, *model.input_shape[1:])
    x = generator.integers(0, 20000, shape) if name == "BiLSTM" else generator.uniform(-1, 1, shape)
    return model, unrolled, x.astype(np.float32)


class Onnx:
    """A graph of whole layers with Keras' weights."""
    GATES = {"LSTM": (0, 3, 1, 2), "GRU": (0, 1, 2)}   # where Keras has the operator's i o f c, z r h

    def __init__(self):
        import onnx
        self.onnx, self.nodes, self.constants, self.count = onnx, [], [], 0

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants.append(self.onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind, *inputs, results=1, **attributes):
        names = [f"v{self.count + i}" for i in range(results)]
        self.count += results
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if results == 1 else names

    def by_gate(self, kind, values):
        """(…, gates · units) → (gates · units, …) in the operator's order."""
        parts = np.split(values, len(self.GATES[kind]), axis=-1)
        return np.concatenate([parts[i] for i in self.GATES[kind]], axis=-1).T

    def recurrent(self, x, kind, cells, units, sequences):
        """x: (time, batch, features). cells: one for each direction."""
        w, r, b = [], [], []
        for cell in cells:
            kernel, recurrent, bias = (np.asarray(value) for value in cell.get_weights())
            bias = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
            w.append(self.by_gate(kind, kernel))
            r.append(self.by_gate(kind, recurrent))
            b.append(np.concatenate([self.by_gate(kind, part) for part in bias]))
        more = {"linear_before_reset": 1} if kind == "GRU" else {}
        y, last = self.add(kind, x, *(self.constant(np.stack(part)) for part in (w, r, b)), results=2,
                           hidden_size=units, direction="bidirectional" if len(cells) == 2 else "forward", **more)
        if sequences:
            return self.add("Squeeze", y, self.constant(np.array([1], np.int64)))
        last = self.add("Transpose", last, perm=[1, 0, 2])
        return self.add("Reshape", last, self.constant(np.array([0, -1], np.int64)))

    def layer(self, x, layer, first):
        kind = type(layer).__name__
        if kind == "Embedding":
            ids = self.add("Cast", x, to=self.onnx.TensorProto.INT32)
            ids = self.add("Transpose", ids, perm=[1, 0])
            return self.add("Gather", self.constant(layer.get_weights()[0]), ids)
        if kind == "Dense":
            kernel, bias = layer.get_weights()
            x = self.add("Gemm", x, self.constant(kernel), self.constant(bias))
            return self.add("Softmax", x, axis=-1) if layer.activation.__name__ == "softmax" else self.add("Sigmoid", x)
        if first:
            x = self.add("Transpose", x, perm=[1, 0, 2])
        if kind == "Bidirectional":
            return self.recurrent(x, "LSTM", (layer.forward_layer, layer.backward_layer), layer.forward_layer.units, False)
        return self.recurrent(x, kind, (layer,), layer.units, layer.return_sequences)

    def write(self, model, batch, path):
        helper, real = self.onnx.helper, self.onnx.TensorProto.FLOAT
        x = "x"
        for i, layer in enumerate(model.layers):
            x = self.layer(x, layer, i == 0)
        shape = [batch, *model.input_shape[1:]]
        graph = helper.make_graph(self.nodes, "model", [helper.make_tensor_value_info("x", real, shape)],
                                  [helper.make_tensor_value_info(x, real, [batch, model.output_shape[-1]])],
                                  self.constants)
        self.onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
