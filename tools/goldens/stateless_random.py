"""Writes tests/golden/random/random.npz: TensorFlow's stateless random ops with the Philox algorithm.

    tools/python_env tools/goldens/stateless_random.py

Entries: <op>_<dtype>_key, _counter and _value; key_seed, key_key and key_counter for the seed scrambling.
"""
from common import GOLDEN, np, tf, write_manifest, sha256

PHILOX = 1
KEY, COUNTER = 0x0123456789abcdef, (0xfffffffffffffffe, 0x1122334455667788)  # the counter's low word overflows


def main():
    raw = tf.raw_ops
    key, counter = tf.constant([KEY], tf.uint64), tf.constant(COUNTER, tf.uint64)
    arrays = {"key": key.numpy(), "counter": counter.numpy()}
    shape = tf.constant([3, 7])
    for dtype in (tf.float32, tf.float64, tf.float16, tf.bfloat16):
        for name, op in (("uniform", raw.StatelessRandomUniformV2), ("normal", raw.StatelessRandomNormalV2)):
            value = op(shape=shape, key=key, counter=counter, alg=PHILOX, dtype=dtype)
            if dtype == tf.bfloat16:  # numpy has none
                value = tf.bitcast(value, tf.uint16)
            arrays[f"{name}_{dtype.name}"] = value.numpy()
    for dtype in (tf.uint32, tf.int32, tf.uint64, tf.int64):
        arrays[f"bits_{dtype.name}"] = raw.StatelessRandomUniformFullIntV2(
            shape=shape, key=key, counter=counter, alg=PHILOX, dtype=dtype).numpy()
    for dtype in (tf.int32, tf.int64):
        seed = tf.constant([-5, 1337], dtype)
        made = raw.StatelessRandomGetKeyCounter(seed=seed)
        arrays[f"seed_{dtype.name}"] = seed.numpy()
        arrays[f"seed_{dtype.name}_key"], arrays[f"seed_{dtype.name}_counter"] = made[0].numpy(), made[1].numpy()
    folder = GOLDEN / "random"
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "random.npz", **arrays)
    write_manifest(folder / "manifest.json", "tools/python_env tools/goldens/stateless_random.py",
                   [{"file": "random.npz", "sha256": sha256(folder / "random.npz")}])


if __name__ == "__main__":
    main()
