#!/usr/bin/env python3
"""Run `keratin predict` on files of a golden folder and compare with what real Keras answered.

    tests/interop/goldens.py --keratin PROGRAM --folder FOLDER [--only FILE]

FOLDER holds manifest.json as tools/goldens/formats.py writes it, and may hold refused.json: {file: text}, the files
that keratin can't run yet. Each must be refused with exit 4 and this text; one that runs makes the list stale.
Standard library only.
Exit status: 0 all equal, 1 not.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import compare_npz  # noqa: E402


def run_entry(keratin, folder, entry, work, refusal=None):
    """None, or what is wrong with this file."""
    output = work / "out.npz"
    output.unlink(missing_ok=True)
    model = entry.get("arch") or entry["file"]
    command = [keratin, "predict", str(folder / model), "-i", str(folder / entry["inputs"]), "-o", str(output)]
    if "arch" in entry and entry["format"] != "json":
        command += ["--weights", str(folder / entry["file"])]
    elif "weights" in entry:
        command += ["--weights", str(folder / entry["weights"])]
    done = subprocess.run(command, capture_output=True, text=True)
    if refusal is not None:
        if done.returncode == 4 and refusal in done.stderr and not output.exists():
            return None
        return f"exit {done.returncode}, expected to be refused with {refusal!r}: mend refused.json\n{done.stderr.strip()}"
    if done.returncode != 0:
        return f"exit {done.returncode} of {' '.join(command)}\n{done.stderr.strip()}"
    problems, _ = compare_npz.compare(output, folder / entry["outputs"], entry["tolerance"])
    return "; ".join(problems) or None


def run_folder(keratin, folder, only=None):
    """The number of files that fail; prints a line for each file."""
    entries = json.loads((folder / "manifest.json").read_text())["files"]
    entries = [entry for entry in entries if only in (None, entry["file"])]
    if not entries:
        raise SystemExit(f"{folder}/manifest.json has no file {only}")
    refused = json.loads((folder / "refused.json").read_text()) if (folder / "refused.json").exists() else {}
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        for entry in entries:
            problem = run_entry(keratin, folder, entry, pathlib.Path(work), refused.get(entry["file"]))
            failed += problem is not None
            print(f"{'FAILED' if problem else 'equal '} {entry['file']}{': ' + problem if problem else ''}", flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keratin", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    return 1 if run_folder(arguments.keratin, arguments.folder, arguments.only) else 0


if __name__ == "__main__":
    sys.exit(main())
