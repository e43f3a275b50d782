#!/usr/bin/env python3
"""Compare two .npz files of numbers, entry by entry and in order, with the standard library alone.

    tools/compare_npz.py ACTUAL.npz EXPECTED.npz [--tolerance 1e-4] [--exact]

Equal: the same names in the same order, dtypes and shapes, and |a - b| <= tolerance * max|b| for every number
(integers, bools and strings exactly). Exit status: 0 equal, 1 different, 2 wrong use.
"""
import argparse
import ast
import math
import struct
import sys
import zipfile

FORMATS = {"f2": "e", "f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q",
           "u1": "B", "u2": "H", "u4": "I", "u8": "Q", "b1": "?"}


def read_npy(data):
    """(dtype, shape, values in file order) of one .npy member."""
    if data[:6] != b"\x93NUMPY":
        raise ValueError("not a .npy member")
    size, start = (struct.unpack("<H", data[8:10])[0], 10) if data[6] == 1 else (struct.unpack("<I", data[8:12])[0], 12)
    header = ast.literal_eval(data[start:start + size].decode("latin1"))
    dtype, shape = header["descr"], header["shape"]
    if header["fortran_order"] and sum(dim > 1 for dim in shape) > 1:
        raise ValueError("Fortran order is not compared")
    count = math.prod(shape)
    body = data[start + size:]
    if dtype[1:] in FORMATS:
        order = ">" if dtype[0] == ">" else "<"
        return dtype.lstrip("<>|="), shape, struct.unpack(f"{order}{count}{FORMATS[dtype[1:]]}", body)
    width = int(dtype[2:]) * (4 if dtype[1] == "U" else 1)
    items = [body[i * width:(i + 1) * width] for i in range(count)]
    text = [(i.decode("utf-32-le") if dtype[1] == "U" else i.decode()).rstrip("\0") for i in items]
    return "string", shape, text


def read_npz(path):
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy"): read_npy(archive.read(name)) for name in archive.namelist()}


def compare_entry(name, actual, expected, tolerance):
    """(problem or None, largest difference relative to the largest expected number)."""
    (dtype_a, shape_a, a), (dtype_b, shape_b, b) = actual, expected
    if (dtype_a, shape_a) != (dtype_b, shape_b):
        return f"{name}: {dtype_a}{list(shape_a)}, expected {dtype_b}{list(shape_b)}", 0.0
    if not dtype_b.startswith("f"):
        wrong = [i for i, (x, y) in enumerate(zip(a, b)) if x != y]
        return (f"{name}: {len(wrong)} of {len(b)} differ, first at {wrong[0]}: {a[wrong[0]]}, "
                f"expected {b[wrong[0]]}" if wrong else None), 0.0
    scale = max((abs(y) for y in b if math.isfinite(y)), default=0.0)
    worst, where = 0.0, 0
    for i, (x, y) in enumerate(zip(a, b)):
        same = x == y or (math.isnan(x) and math.isnan(y))
        difference = 0.0 if same else abs(x - y)
        if math.isnan(difference):
            difference = math.inf
        if difference > worst:
            worst, where = difference, i
    relative = worst / scale if scale else worst
    if worst <= tolerance * scale:
        return None, relative
    return f"{name}: element {where} is {a[where]:.9g}, expected {b[where]:.9g} " \
           f"({relative:.2g} of the largest, {tolerance:g} allowed)", relative


def compare(actual, expected, tolerance=1e-4):
    """(problems, largest relative difference) of two files."""
    a, b = read_npz(actual), read_npz(expected)
    if list(a) != list(b):
        return [f"entries {list(a)}, expected {list(b)}"], math.inf
    results = [compare_entry(name, a[name], b[name], tolerance) for name in b]
    return [problem for problem, _ in results if problem], max((r for _, r in results), default=0.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("actual")
    parser.add_argument("expected")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="fraction of the largest expected number")
    parser.add_argument("--exact", action="store_true")
    arguments = parser.parse_args()
    problems, worst = compare(arguments.actual, arguments.expected, 0 if arguments.exact else arguments.tolerance)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"equal to {arguments.expected} (largest difference {worst:.2g} of the largest number)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
