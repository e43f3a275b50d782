"""Ask real Keras 3 (TensorFlow) for the answers of convolutions, pooling, norms, gathers, sorts and resizes.

    tools/python_env tools/goldens/nn.py

Writes tests/golden/nn/nn.npz: per case "<case>/x0" … (operands) and "<case>/y0" … (results). The test program
test_kernels says how each case is built from our words.
"""
from common import GOLDEN, keras, np, seed_of, sha256, tf, to_numpy, write_manifest

ops, image = keras.ops, keras.ops.image
cases = {}


def case(name, compute, *specs):
    """specs: shapes of normal float32 operands, or arrays."""
    rng = np.random.default_rng(seed_of(name))
    operands = [s if isinstance(s, np.ndarray) else rng.standard_normal(s).astype(np.float32) for s in specs]
    results = keras.tree.flatten(compute(*operands))
    for i, value in enumerate(operands):
        cases[f"{name}/x{i}"] = value
    for i, value in enumerate(results):
        cases[f"{name}/y{i}"] = to_numpy(value)


def gradients(compute):
    """d sum(y · cos(k)) / d x for every operand, k the number of the element of y."""

    def run(*operands):
        variables = [tf.constant(x) for x in operands]
        with tf.GradientTape() as tape:
            tape.watch(variables)
            y = compute(*variables)
            weights = np.cos(np.arange(int(tf.size(y)), dtype=np.float32)).reshape(y.shape)
            loss = tf.reduce_sum(y * weights)
        return tape.gradient(loss, variables)

    return run


def convolutions():
    case("conv_same", lambda x, w: ops.conv(x, w, (2, 3), "same"), (2, 7, 8, 3), (3, 4, 3, 5))
    case("conv_groups", lambda x, w: ops.conv(x, w, 1, "valid", dilation_rate=2), (1, 7, 8, 4), (2, 3, 2, 6))
    case("conv_1d", lambda x, w: ops.conv(x, w, 3, "same"), (2, 11, 2), (2, 2, 3))
    case("conv_3d", lambda x, w: ops.conv(x, w, 2, "same"), (1, 5, 4, 6, 2), (3, 2, 3, 2, 3))
    case("conv_depthwise", lambda x, w: ops.depthwise_conv(x, w, 2, "same"), (1, 6, 7, 3), (3, 3, 3, 2))
    for padding in "valid", "same":
        case(f"conv_transpose_{padding}", lambda x, w: ops.conv_transpose(x, w, (2, 3), padding),
             (1, 4, 3, 3), (3, 4, 2, 3))
    case("conv_gradients", gradients(lambda x, w: ops.conv(x, w, (2, 3), "same")), (2, 7, 8, 3), (3, 4, 3, 5))


def pools():
    case("max_pool_same", lambda x: ops.max_pool(x, 3, 2, "same"), (2, 7, 8, 3))
    case("max_pool_1d", lambda x: ops.max_pool(x, 3, 2, "valid"), (2, 8, 3))
    case("average_pool_same", lambda x: ops.average_pool(x, (3, 2), 2, "same"), (2, 7, 8, 3))
    case("average_pool_3d", lambda x: ops.average_pool(x, 2, 1, "same"), (1, 3, 4, 3, 2))
    ties = np.random.default_rng(1).integers(0, 3, (2, 6, 7, 2)).astype(np.float32)
    case("max_pool_gradient", gradients(lambda x: ops.max_pool(x, 3, 2, "same")), ties)
    case("average_pool_gradient", gradients(lambda x: ops.average_pool(x, 3, 2, "same")), (2, 6, 7, 2))


def norms():
    case("softmax", lambda x: keras.layers.Softmax(axis=[1, 2])(x), (2, 3, 4))
    case("log_softmax", lambda x: ops.log_softmax(x, 1), (2, 5, 3))
    case("logsumexp", lambda x: ops.logsumexp(x, (0, 2)), (2, 5, 3))
    case("layer_norm", lambda x, g, b: ops.layer_normalization(x, g, b, -1, epsilon=1e-3), (2, 3, 8), (8,), (8,))
    case("rms_norm", lambda x, g: ops.rms_normalization(x, g, -1, epsilon=1e-3), (2, 3, 8), (8,))
    case("batch_norm", lambda x, m, v, b, g: ops.batch_normalization(x, m, ops.square(v), 1, b, g, 1e-2),
         (2, 3, 4), (3,), (3,), (3,), (3,))
    attention = ops.dot_product_attention
    case("attention", lambda q, k, v: attention(q, k, v, scale=0.3, flash_attention=False),
         (2, 4, 3, 5), (2, 6, 3, 5), (2, 6, 3, 5))
    seen = np.random.default_rng(2).random((2, 1, 4, 4)) < 0.5
    seen[0, 0, 1] = False
    case("attention_masked", lambda q, k, v, m: attention(q, k, v, mask=m, flash_attention=False),
         (2, 4, 3, 5), (2, 4, 3, 5), (2, 4, 3, 5), seen)
    case("attention_causal", lambda q, k, v: attention(q, k, v, is_causal=True, flash_attention=False),
         (2, 4, 3, 5), (2, 4, 3, 5), (2, 4, 3, 5))


def places():
    some = np.array([[0, -1], [2, 1]], np.int32)
    case("take", lambda x, i: ops.take(x, i, 1), (2, 4, 3), some)
    case("take_along_axis", lambda x, i: ops.take_along_axis(x, i, 1), (2, 4), some)
    case("one_hot", lambda i: ops.one_hot(i, 3, axis=1), np.array([[0, 2], [5, -1]], np.int32))
    ties = np.random.default_rng(3).integers(0, 4, (3, 7)).astype(np.float32)
    case("sort", lambda x: [ops.sort(x, 1), ops.argsort(x, 1)], ties)
    case("top_k", lambda x: ops.top_k(x, 4), ties)
    case("argmax", lambda x: [ops.argmax(x, 0), ops.argmin(x, 1)], ties)
    case("searchsorted", lambda s, x: [ops.searchsorted(s, x), ops.searchsorted(s, x, "right")],
         np.array([0, 1, 1, 2, 5], np.float32), np.array([-1, 1, 2, 6, 3], np.float32))
    case("cumsum", lambda x: [tf.cumsum(x, 1), tf.cumsum(x, 0, exclusive=True, reverse=True)], (3, 4))
    case("cumprod", lambda x: [tf.math.cumprod(x, 1), tf.math.cumprod(x, 0, exclusive=True)], (3, 4))
    case("roll", lambda x: [ops.roll(x, 2, 1), ops.roll(x, -5, 0)], (3, 4))
    case("triangle", lambda x: [ops.tril(x, 1), ops.triu(x, -1)], (2, 4, 5))
    case("patches", lambda x: image.extract_patches(x, (3, 2), (2, 2), padding="same"), (1, 5, 6, 2))


def resizes():
    for method in "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area":
        for antialias in False, True:
            case(f"resize_{method}{'_antialias' * antialias}",
                 lambda x: [image.resize(x, size, method, antialias) for size in ((13, 4), (3, 9))], (2, 7, 6, 2))


def main():
    for group in convolutions, pools, norms, places, resizes:
        group()
    folder = GOLDEN / "nn"
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "nn.npz", **cases)
    write_manifest(folder / "manifest.json", "tools/python_env tools/goldens/nn.py",
                   [{"file": "nn.npz", "sha256": sha256(folder / "nn.npz")}])
    print(f"{folder / 'nn.npz'}: {len(cases)} arrays")


if __name__ == "__main__":
    main()
