#!/usr/bin/env python3
"""The import rows say about TensorFlow's ops what TensorFlow says: names and order of their results.

    tools/interop/op_rows.py

Reads the rows out of runtime/tensorflow/import_*.cc. Exit status: 0 all agree, 1 not.
"""
import os
import pathlib
import re
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")

from tensorflow.python.framework import op_def_registry  # noqa: E402

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "runtime" / "tensorflow"
ROW = re.compile(r'\{"(\w+)", "([\w ]*)", import_\w+')


def main():
    rows = [row for file in sorted(SOURCES.glob("import_*.cc")) for row in ROW.findall(file.read_text())]
    wrong = 0
    for op, outputs in rows:
        definition = op_def_registry.get(op)
        expected = definition and " ".join(output.name for output in definition.output_arg)
        if outputs != expected:
            print(f"{op}: the row says \"{outputs}\", TensorFlow \"{expected}\"")
            wrong += 1
    print(f"{len(rows)} rows, {wrong} wrong")
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
