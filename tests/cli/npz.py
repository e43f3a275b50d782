"""Writing .npy and .npz with the standard library alone."""
import math
import struct
import zipfile


def header_of(shape, descr="<f4", fortran=False):
    header = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': ({', '.join(map(str, shape))},), }}"
    header = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()


def npy(values, shape, descr="<f4", fortran=False):
    """The bytes of an .npy file; values in file order. descr: numpy's."""
    codes = {"f4": "f", "f8": "d", "i4": "i", "i8": "q", "u1": "B", "b1": "?"}
    if descr[1:] in codes:
        order = ">" if descr[0] == ">" else "<"
        body = struct.pack(f"{order}{len(values)}{codes[descr[1:]]}", *values)
    else:
        width = int(descr[2:])
        body = b"".join(value.encode("utf-32-le").ljust(4 * width, b"\0") for value in values)
    return header_of(shape, descr, fortran) + body


def zeros(shape):
    """float32 zeros, made without a list of them."""
    return header_of(shape) + bytes(4 * math.prod(shape))


def npz(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path
