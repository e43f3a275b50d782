#!/usr/bin/env python3
"""Real Keras and tf_keras write fresh models in every format; keratin must predict what they predict.

    tools/python_env tests/interop/formats.py --keratin PROGRAM

With KERATIN_TEST_ALL=1 all models of tools/goldens/formats.py, else a handful. Exit status: 0 all equal, 1 not.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import goldens

ROOT = pathlib.Path(__file__).resolve().parents[2]
HANDFUL = "mlp,first_slice,cnn,two_by_two,nested_shared,op_nodes"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keratin", required=True)
    parser.add_argument("--seed", default="2")
    arguments = parser.parse_args()
    only = [] if os.environ.get("KERATIN_TEST_ALL") else ["--only", HANDFUL]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, ROOT / "tools" / "goldens" / "formats.py", "--out", folder,
                        "--seed", arguments.seed, *only], check=True)
        return 1 if goldens.run_folder(arguments.keratin, pathlib.Path(folder)) else 0


if __name__ == "__main__":
    sys.exit(main())
