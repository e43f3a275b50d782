#!/usr/bin/env python3
"""Read everything in HDF5 files with h5py: every group, link, attribute and value. Prints one line per file.

    tools/goldens/check_hdf5.py file...      exit status 1 when h5py fails on one
"""
import hashlib
import sys

import h5py


def walk(group, digest, counts):
    for name, value in sorted(group.attrs.items()):
        digest.update(repr((group.name, name, value)).encode())
        counts["attributes"] += 1
    for name in group:
        child = group[name]
        if isinstance(child, h5py.Group):
            counts["groups"] += 1
            walk(child, digest, counts)
        else:
            counts["datasets"] += 1
            digest.update(repr((child.name, child.dtype, child.shape, sorted(child.attrs.items()))).encode())
            digest.update(child[()].tobytes())


def main(paths):
    failed = False
    for path in paths:
        digest, counts = hashlib.sha256(), {"groups": 0, "datasets": 0, "attributes": 0}
        try:
            with h5py.File(path, "r") as file:
                walk(file, digest, counts)
            print(path, *(f"{n} {what}" for what, n in counts.items()), digest.hexdigest()[:16])
        except Exception as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
