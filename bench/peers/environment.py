"""The Python that has the peers: .venv/peers with the versions of bench/requirements.txt, or KERATIN_PEERS_PYTHON."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "bench" / "requirements.txt"


def peers_python():
    """Path of the interpreter; installs it on the first call."""
    chosen = os.environ.get("KERATIN_PEERS_PYTHON")
    if chosen:
        return chosen
    folder = ROOT / ".venv" / "peers"
    python = folder / "bin" / "python"
    stamp = folder / f"requirements.{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]}"
    if stamp.exists():
        return str(python)
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        raise SystemExit(f"bench/compare: found Python {sys.version.split()[0]}; TensorFlow needs 3.10 to 3.13. "
                         "Run it with one of them, or set KERATIN_PEERS_PYTHON")
    print("bench/compare: installing the peers into .venv/peers (once, some 900 MB)", file=sys.stderr)
    venv.create(folder, with_pip=True, clear=True)
    lines = [line.strip() for line in REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
    bare = [line.split("#")[0].strip() for line in lines if "--no-deps" in line]
    pip = [python, "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    subprocess.run([*pip, *(line for line in lines if "--no-deps" not in line)], check=True)
    subprocess.run([*pip, "--no-deps", *bare], check=True)
    stamp.touch()
    return str(python)


# Prints versions and the shared libraries that the native hosts open. Nothing is imported: that would be slow.
LOOK = r"""
import importlib.metadata, importlib.util, json, pathlib
def found(package, pattern):
    folder = pathlib.Path(importlib.util.find_spec(package).origin).parent
    return str(sorted(folder.glob(pattern))[0])
print(json.dumps({
    "versions": {name: importlib.metadata.version(name)
                 for name in ("onnxruntime", "openvino", "ai-edge-litert", "keras", "tf2onnx", "tensorflow-cpu", "jax")},
    "libraries": {"onnxruntime": found("onnxruntime", "capi/libonnxruntime.so*"),
                  "openvino": found("openvino", "libs/libopenvino_c.so*"),
                  "litert": found("ai_edge_litert", "libLiteRt.so")}}))
"""


def look(python):
    """{"versions": package → version, "libraries": runtime → path}."""
    answer = subprocess.run([python, "-c", LOOK], check=True, stdout=subprocess.PIPE)
    return json.loads(answer.stdout)
