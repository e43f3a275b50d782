"""What all golden scripts share: a quiet Keras on the CPU, seeds, random weights, npz files, manifests."""
import os

os.environ.update(KERAS_BACKEND="tensorflow", CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3",
                  TF_ENABLE_ONEDNN_OPTS="0")  # plain kernels: the same answer on every machine

import hashlib  # noqa: E402
import json  # noqa: E402
import pathlib  # noqa: E402
import sys  # noqa: E402
import warnings  # noqa: E402
import zlib  # noqa: E402

warnings.filterwarnings("ignore")

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

tf.get_logger().setLevel("ERROR")

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"


def versions():
    import tf_keras
    return {"python": sys.version.split()[0], "keras": keras.__version__, "tf_keras": tf_keras.__version__,
            "tensorflow": tf.__version__, "h5py": h5py.__version__, "hdf5": h5py.version.hdf5_version,
            "numpy": np.__version__}


def seed_of(*words):
    """A seed that depends on the words alone."""
    return zlib.crc32("/".join(map(str, words)).encode())


def random_weight(rng, name, shape):
    """A value that keeps activations alive: variances positive, kernels scaled by their fan-in."""
    leaf = name.split(":")[0].split("/")[-1]
    normal = rng.standard_normal(shape)
    if "variance" in leaf or "stddev" in leaf:
        return rng.uniform(0.5, 1.5, shape)
    if leaf in ("gamma", "scale"):
        return 1 + 0.2 * normal
    if "mean" in leaf or "bias" in leaf or leaf == "beta" or len(shape) < 2:
        return 0.2 * normal
    fan_in = shape[0] if len(shape) == 2 else int(np.prod(shape[:-1]))
    if "depthwise" in name:
        fan_in = int(np.prod(shape[:-2]))
    if "embedding" in leaf:
        fan_in = 1
    return normal / np.sqrt(fan_in)


def randomise(weights, seed):
    """Gives every floating-point weight a random value; integer state stays as it is."""
    rng = np.random.default_rng(seed)
    for weight in weights:
        dtype = tf.as_dtype(weight.dtype)
        if dtype.is_floating:
            name = getattr(weight, "path", weight.name)
            value = random_weight(rng, name, tuple(weight.shape))
            weight.assign(tf.cast(tf.constant(value), dtype))


def to_numpy(value):
    """The value as an array that numpy and npz know: bfloat16 and float16 become float32."""
    value = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
    return value.astype(np.float32) if value.dtype.name in ("bfloat16", "float16") else value


def run(function, *arguments):
    """The result of a call; what plain TensorFlow can't do on a CPU (channels_first, dilation) goes through XLA."""
    try:
        return function(*arguments)
    except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError) as error:
        if not any(words in str(error) for words in ("NHWC", "NDHWC", "dilation rates")):
            raise
    return tf.function(function, jit_compile=True)(*arguments)


def sha256(path):
    """The hash of a file; of a folder, that of its files with their names."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    lines = [f"{p.relative_to(path).as_posix()} {sha256(p)}" for p in sorted(path.rglob("*")) if p.is_file()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def write_manifest(path, command, rows, **more):
    """A manifest says what wrote the files beside it."""
    text = json.dumps({"command": command, "versions": versions(), **more, "files": rows}, indent=1)
    path.write_text(text + "\n")
