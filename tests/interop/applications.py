#!/usr/bin/env python3
"""Real Keras builds keras.applications models with random weights; keratin must predict what it predicts.

    tools/python_env tests/interop/applications.py --keratin PROGRAM [NAME…]

Without names a few models, with KERATIN_TEST_ALL=1 all of ALL. Exit status: 0 all equal, 1 not.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import goldens

ROOT = pathlib.Path(__file__).resolve().parents[2]
FEW = ["ResNet50", "MobileNetV2", "EfficientNetB0"]
ALL = FEW + ["MobileNetV3Small", "EfficientNetV2B0", "DenseNet121", "InceptionV3", "Xception", "NASNetMobile",
             "ConvNeXtTiny"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keratin", required=True)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    failed = 0
    for name in arguments.names or (ALL if os.environ.get("KERATIN_TEST_ALL") else FEW):
        with tempfile.TemporaryDirectory() as folder:   # one model at a time: some 200 MB each
            subprocess.run([sys.executable, ROOT / "tools" / "goldens" / "applications.py", "--out", folder, name],
                           check=True)
            failed += goldens.run_folder(arguments.keratin, pathlib.Path(folder))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
