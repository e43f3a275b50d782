"""Makes a model by real Keras with random weights and converts it for each peer; run with the peers' Python.

    models.py FOLDER NAME BATCH…

NAME is MLP, a model of recurrent.py, or a function of keras.applications. Writes into FOLDER: model.keras for us; for each batch size N bN.npy
(input), bN.expected (the answer of Keras, raw float32), bN.tflite, bN.ort (optimised for this machine) and bN.xml with
bN.bin, all with fixed shapes.
"""
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "goldens"))

import recurrent  # noqa: E402
from common import keras, np, randomise, seed_of, tf  # noqa: E402


def make_mlp(folder, batch):
    seed = seed_of("bench", "MLP")
    layers = keras.layers
    model = keras.Sequential([keras.Input((784,)), layers.Dense(64, "relu"), layers.Dense(64, "relu"),
                              layers.Dense(10, "softmax")])
    randomise(model.weights, seed)
    model.save(folder / "model.keras")
    return model, np.random.default_rng(seed).uniform(0, 1, (batch, 784)).astype(np.float32)


def make_application(folder, name, batch):
    import applications
    applications.write(folder, name, "keras", batch)
    (folder / f"{name}.keras").rename(folder / "model.keras")
    with np.load(folder / f"{name}.in.npz") as data:
        x = data["x"]
    for suffix in (".in.npz", ".out.npz"):
        (folder / f"{name}{suffix}").unlink()
    return keras.models.load_model(folder / "model.keras", compile=False), x


def freeze(function):
    """The function with its variables, and tensors it took from outside, as constants."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    return convert_variables_to_constants_v2(function.get_concrete_function())


def to_litert(frozen, path):
    path.write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert())


def to_onnx(frozen, path):
    import tf2onnx
    tf2onnx.convert.from_graph_def(frozen.graph.as_graph_def(), input_names=[x.name for x in frozen.inputs],
                                   output_names=[y.name for y in frozen.outputs], opset=18, output_path=str(path))


def to_ort(onnx, path):
    """Every optimisation done beforehand, those for this machine's vector unit too."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.optimized_model_filepath = str(path)
    options.add_session_config_entry("session.save_model_format", "ORT")
    options.log_severity_level = 3   # it warns that the file is for this machine only
    onnxruntime.InferenceSession(str(onnx), options, providers=["CPUExecutionProvider"])


def to_openvino(onnx, path):
    import openvino
    openvino.save_model(openvino.convert_model(str(onnx)), str(path), compress_to_fp16=False)


def inference(model, batch, x):
    signature = [tf.TensorSpec((batch, *x.shape[1:]), tf.float32, name="x")]
    return tf.function(lambda x: model(x, training=False), input_signature=signature, autograph=False)


def main():
    folder, name, batches = pathlib.Path(sys.argv[1]), sys.argv[2], [int(word) for word in sys.argv[3:]]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    keras.utils.set_random_seed(1)
    is_recurrent = name in recurrent.MODELS
    if is_recurrent:
        model, for_litert, x = recurrent.make(folder, name, max(batches))
    else:
        model, x = make_mlp(folder, max(batches)) if name == "MLP" else make_application(folder, name, max(batches))
        for_litert = model
    for batch in batches:
        stem = folder / f"b{batch}"
        onnx = stem.with_suffix(".onnx")
        function = inference(model, batch, x)
        np.save(f"{stem}.npy", x[:batch])
        function(tf.constant(x[:batch])).numpy().astype(np.float32).tofile(f"{stem}.expected")
        frozen = freeze(inference(for_litert, batch, x))
        to_litert(frozen, stem.with_suffix(".tflite"))
        if is_recurrent:
            recurrent.Onnx().write(model, batch, onnx)
        else:
            to_onnx(frozen, onnx)
        to_ort(onnx, stem.with_suffix(".ort"))
        to_openvino(onnx, stem.with_suffix(".xml"))
        onnx.unlink()


if __name__ == "__main__":
    main()
