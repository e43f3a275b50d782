"""What the scripts for case tables share: input specs, random arrays, one compact npz per layer or op.

In the npz of a layer or op, case i has the entries "i/x0" … (inputs), "i/w0" … (weights in the order of layer.weights),
"i/y0" … (outputs), "i/y_mask0" … where an output carries a mask, "i/u0" … (weights that the call changed, by their
number among the weights), "i/<argument>" or "i/<argument>0" … (random call arguments) and "i/meta": UTF-8 JSON as
uint8, {"case": the case itself, "weights": paths, …}. float16 and bfloat16 are stored as float32.
"""
import argparse
import json
import pathlib
import re
import sys
import traceback

from common import GOLDEN, ROOT, keras, np, seed_of, sha256, tf, to_numpy, versions

SPEC = re.compile(r"(bool|bfloat16|(?:u?int|float)\d+)\[([\d, ]*)\]")


def parse_spec(text):
    """("float32", (2, 4)) of "float32[2,4]", None of anything else."""
    match = SPEC.fullmatch(text.strip()) if isinstance(text, str) else None
    return match and (match[1], tuple(int(n) for n in match[2].split(",") if n.strip()))


def random_array(spec, rng, low=None, high=None, is_mask=False):
    """Normal numbers, or between low and high; integers from 0 below high (4); a mask is a prefix of each row."""
    dtype, shape = parse_spec(spec)
    kind = tf.as_dtype(dtype)
    if is_mask and len(shape) == 2:
        return np.arange(shape[1])[None] < rng.integers(1, shape[1] + 1, (shape[0], 1))
    if kind.is_bool:
        return rng.random(shape) < 0.6
    if kind.is_integer:
        return rng.integers(0, int(high or 4), shape).astype(kind.as_numpy_dtype)
    array = rng.standard_normal(shape) if low is None else rng.uniform(low, high, shape)
    return array.astype(np.float64 if dtype == "float64" else np.float32)


def tensor(array, spec):
    return tf.cast(tf.constant(array), tf.as_dtype(parse_spec(spec)[0]))


def random_tree(value, rng, entries, name, **options):
    """Replaces the specs in a JSON value by random tensors, and puts their arrays into entries: name, or name0 …"""
    if parse_spec(value):
        array = random_array(value, rng, is_mask="mask" in name, **options)
        made = tensor(array, value)
        entries[name] = to_numpy(made)
        return made
    if isinstance(value, list) and any(parse_spec(v) for v in value):
        return [random_tree(v, rng, entries, f"{name}{i}", **options) for i, v in enumerate(value)]
    return keras.saving.deserialize_keras_object(value) if isinstance(value, (dict, list)) else value


def put_results(entries, result):
    for i, value in enumerate(keras.tree.flatten(result)):
        entries[f"y{i}"] = to_numpy(value)
        mask = getattr(value, "_keras_mask", None)
        if mask is not None:
            entries[f"y_mask{i}"] = to_numpy(mask)


def without_ids(value):
    """A serialized object without Python's ids, which differ from run to run."""
    if isinstance(value, dict):
        return {k: without_ids(v) for k, v in value.items() if k != "shared_object_id"}
    return [without_ids(v) for v in value] if isinstance(value, (list, tuple)) else value


def canonical(case):
    return json.dumps(case, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_cases(path):
    text = path.read_text() if path else sys.stdin.read()
    cases = json.loads(text)
    return cases["cases"] if isinstance(cases, dict) else cases


def write_group(path, cases, key, evaluate):
    """The npz of one layer or op; returns the errors."""
    arrays, errors = {}, []
    for case in cases:
        keras.backend.clear_session()
        rng = np.random.default_rng(seed_of(case[key], case["index"]))
        entries = {}
        try:
            meta = evaluate(case, rng, entries)
        except Exception as error:   # the other cases are still worth their answer
            place = traceback.extract_tb(error.__traceback__)[-1]
            errors.append(f"{case[key]} case {case['index']}: {type(error).__name__}: {str(error).strip()[:600]} "
                          f"({pathlib.Path(place.filename).name}:{place.lineno})")
            continue
        meta = {"case": json.loads(canonical(case)), **meta}
        arrays |= {f"{case['index']}/{name}": array for name, array in entries.items()}
        arrays[f"{case['index']}/meta"] = np.frombuffer(json.dumps(meta, sort_keys=True).encode(), np.uint8)
    if not errors:
        np.savez_compressed(path, **arrays)
    return errors


def main(key, folder, evaluate, script, description):
    """Reads cases, groups them by case[key], writes folder/<group>.npz and a row for each in folder/manifest.json."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("cases", nargs="?", type=pathlib.Path, help="a JSON file; default: standard input")
    parser.add_argument("--out", type=pathlib.Path, default=GOLDEN / folder)
    parser.add_argument("--stale", action="store_true", help="write only what lacks these very cases")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    groups = {}
    for case in read_cases(arguments.cases):
        groups.setdefault(case[key], []).append(case)
    manifest = arguments.out / "manifest.json"
    old = json.loads(manifest.read_text())["files"] if manifest.exists() else []
    rows = {row["file"]: row for row in old if (arguments.out / row["file"]).exists()}
    errors = []
    for name, cases in sorted(groups.items()):
        path = arguments.out / f"{name}.npz"
        failed = [] if arguments.stale and is_fresh(path, cases) else write_group(path, cases, key, evaluate)
        errors += failed
        if not failed:
            rows[path.name] = {"file": path.name, "cases": len(cases), "sha256": sha256(path), "keras": keras.__version__}
    text = {"command": f"tools/python_env {script.relative_to(ROOT)}", "versions": versions(),
            "files": [rows[file] for file in sorted(rows)]}
    manifest.write_text(json.dumps(text, indent=1) + "\n")
    print("\n".join(errors) + ("\n" if errors else "") + f"{len(groups)} groups, "
          f"{sum(map(len, groups.values()))} cases, {len(errors)} failed; {arguments.out}")
    return 1 if errors else 0


def is_fresh(path, cases):
    """Whether the file holds exactly these cases."""
    if not path.exists():
        return False
    with np.load(path) as data:
        metas = [json.loads(data[name].tobytes())["case"] for name in data.files if name.endswith("/meta")]
    return sorted(map(canonical, metas)) == sorted(map(canonical, cases))
