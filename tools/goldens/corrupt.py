#!/usr/bin/env python3
"""Describe damaged and hostile model files as edits of sound ones, with the error that each must give.

    tools/python_env tools/goldens/corrupt.py [--out FILE]

Writes tests/corrupt/manifest.json. A row: name; base, a file of tests/golden/formats, or null for an empty one; edits,
applied in order; error, a code of keratin::Error, or "any" where one may also be read (what was hit may be unused);
message, a part of the error's text. Edits:
  {"cut": size}                   keeps the first bytes
  {"set": [offset, hex]}          overwrites
  {"add": text, "times": n}       appends a text n times
  {"add_hex": hex, "times": n}    appends bytes n times
  {"replace": [from, to]}         replaces every occurrence of a text
  {"member": [name, edits]}       edits a member of a zip and packs it anew, its checksum correct
  {"drop": name}                  removes a member of a zip
"""
import argparse
import json
import pathlib
import struct
import zipfile

import h5py

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "formats"
CORRUPT, UNSUPPORTED, DATA = "corrupt_file", "unsupported", "data_mismatch"
rows = []


def row(name, base, edits, message="", error=CORRUPT):
    rows.append({"name": name, "base": base, "edits": edits, "error": error, "message": message})


def put(offset, value, size):
    return {"set": [offset, (value % (1 << 8 * size)).to_bytes(size, "little").hex()]}


def zip_rows(base):
    data = (GOLDEN / base).read_bytes()
    end = data.rfind(b"PK\5\6")
    rows_at = [i for i in range(len(data)) if data.startswith(b"PK\1\2", i)]
    for offset, size, value, what, message in [
            (8, 2, 1, "entries_here", "one part of several"), (10, 2, 9, "entries", "one part of several"),
            (4, 2, 1, "disk", "one part of several"), (12, 4, 1, "size", "shorter than it says"),
            (12, 4, 0xfffffff0, "size_huge", "outside of the file"), (16, 4, 0xfffffff0, "offset_huge", "outside"),
            (16, 4, 0, "offset_zero", "shorter than it says"), (20, 2, 7, "comment", "directory is missing")]:
        row(f"zip_end_{what}", base, [put(end + offset, value, size)], message)
    row("zip_end_counts_more", base, [put(end + 8, 9, 2), put(end + 10, 9, 2)], "shorter than it says")
    first, last = rows_at[0], rows_at[-1]
    central = [(8, 2, 1, "encrypted", "encrypted", UNSUPPORTED), (10, 2, 12, "bzip2", "method 12", UNSUPPORTED),
               (10, 2, 8, "deflated", "", CORRUPT), (16, 4, 0, "crc", "disagree", CORRUPT),
               (20, 4, 1, "stored", "two sizes", CORRUPT), (24, 4, 1 << 30, "size", "two sizes", CORRUPT),
               (28, 2, 65535, "name_length", "shorter than it says", CORRUPT), (28, 2, 0, "no_name", "empty", CORRUPT),
               (30, 2, 65535, "extra_length", "shorter than it says", CORRUPT),
               (42, 4, 0x7fffffff, "header_far", "outside of the file", CORRUPT),
               (42, 4, 5, "header_wrong", "header is missing", CORRUPT),
               (38, 4, 0o120777 << 16, "link", "symbolic link", CORRUPT),
               (38, 4, 0o020666 << 16, "device", "symbolic link or device", CORRUPT)]
    for offset, size, value, what, message, error in central:
        for where, at in (("first", first), ("last", last)):
            row(f"zip_directory_{where}_{what}", base, [put(at + offset, value, size)], message, error)
    row("zip_directory_shared", base, [put(rows_at[1] + 42, struct.unpack_from("<I", data, rows_at[2] + 42)[0], 4)],
        "disagree")
    for at, what in ((4, "version"), (6, "flags"), (8, "method"), (14, "crc"), (18, "stored"), (22, "size"),
                     (26, "name_length"), (28, "extra_length")):
        row(f"zip_header_{what}", base, [put(at, 0x5a5a, 2)], "", "any" if what in ("version", "flags") else CORRUPT)
    for old, new, message in [("config.json", "../fig.json", '".."'), ("config.json", "/onfig.json", "is absolute"),
                              ("config.json", "c:/fig.json", "is absolute"), ("config.json", "co/../.json", '".."'),
                              ("config.json", "con\\ig.json", "backslash"), ("config.json", "con\0ig.json", "NUL"),
                              ("config.json", "con//g.json", "empty"), ("config.json", "donfig.json", "without config")]:
        row(f"zip_name_{new!r}", base, [{"replace": [old, new]}], message)
    row("zip_same_name", base, [{"member": ["extra.json.", [{"add": "x", "times": 1}]]},
                                {"replace": ["extra.json.", "config.json"]}], "two members are called")
    for part in range(0, 100, 5):
        row(f"zip_cut_{part}", base, [{"cut": len(data) * part // 100}])
    row("zip_cut_1", base, [{"cut": len(data) - 1}], "directory is missing")
    inside = data.find(b"model.weights.h5") + 600
    row("zip_wrong_crc", base, [{"set": [data.find(b'{"module"'), "7c"]}], "CRC-32")
    row("zip_weights_crc", base, [put(inside, ~data[inside], 1)], "CRC-32")


def bombs():
    packed = zipfile.ZipFile(GOLDEN / "mlp_deflated.keras")
    data = (GOLDEN / "mlp_deflated.keras").read_bytes()
    for index, info in enumerate(packed.infolist()):
        at = [i for i in range(len(data)) if data.startswith(b"PK\1\2", i)][index]
        for size, message in ((1 << 31, "can't come out of"), (info.file_size + 1, ""), (max(info.file_size - 1, 0), "")):
            row(f"inflate_{info.filename}_{size}", "mlp_deflated.keras",
                [put(at + 24, size, 4), put(info.header_offset + 22, size, 4)], message)
        body = info.header_offset + 30 + len(info.filename) + struct.unpack_from("<H", data, info.header_offset + 28)[0]
        row(f"inflate_{info.filename}_flipped", "mlp_deflated.keras", [put(body + 3, ~data[body + 3], 1)], "damaged")


def config_rows(base):
    def config(name, edits, message, error=CORRUPT):
        row(f"config_{name}", base, [{"member": ["config.json", edits]}], message, error)

    def whole(name, text, message, times=1):
        config(name, [{"cut": 0}, {"add": text, "times": times}], message)

    whole("empty", "", "truncated")
    whole("null", "null", "not the config")
    whole("list", "[]", "not the config")
    whole("no_class", '{"config": {}}', "not the config")
    whole("no_config", '{"class_name": "Sequential"}', "not the config")
    whole("class_number", '{"class_name": 1, "config": {}}', "expected a string")
    whole("deep_lists", "[", "deeper than 256", 100000)
    whole("deep_objects", '{"a":', "deeper than 256", 100000)
    whole("twice", '{"class_name": "A", "class_name": "B", "config": {}}', "stands twice")
    config("bad_utf8", [{"cut": 0}, {"add_hex": "7b22ff223a20317d", "times": 1}], "UTF-8")
    whole("control", '{"a\n": 1}', "control byte")
    whole("huge_integer", '{"a": 123456789012345678901234567890}', "beyond 64 bits")
    whole("huge_number", '{"a": 1e400}', "range of a double")
    whole("trailing", "{} {}", "text follows")
    whole("single_quotes", "{'a': 1}", "a key in quotes")
    whole("surrogate", '{"a": "\\udfff"}', "surrogate")
    whole("python", "{\"a\": True}", "a value was expected")
    config("cut", [{"cut": 500}], "truncated")
    for name, text, message in [("number", "3", ""), ("list", "[]", ""), ("version", '{"keras_version": []}', "a string"),
                                ("date", '{"date_saved": 7}', "a string"), ("cut", "{", "truncated")]:
        row(f"metadata_{name}", base, [{"member": ["metadata.json", [{"cut": 0}, {"add": text, "times": 1}]]}], message,
            "any" if not message else CORRUPT)
    row("no_weights", base, [{"drop": "model.weights.h5"}], "model.weights.h5 is missing")
    row("no_config", base, [{"drop": "config.json"}], "without config.json")
    row("pickled_weights", base, [{"drop": "model.weights.h5"}, {"member": ["model.weights.npz", []]}], "pickled",
        UNSUPPORTED)
    row("text_for_weights", base, [{"member": ["model.weights.h5", [{"cut": 0}, {"add": "text", "times": 9}]]}])


def messages(data, address):
    """(type, offset of the data, size) of each message of a version 1 object header."""
    count, = struct.unpack_from("<H", data, address + 2)
    blocks = [(address + 16, struct.unpack_from("<I", data, address + 8)[0])]
    while blocks:
        at, size = blocks.pop(0)
        end = at + size
        while at + 8 <= end and count:
            kind, length = struct.unpack_from("<HH", data, at)
            yield kind, at + 8, length
            if kind == 16:
                blocks.append(struct.unpack_from("<QQ", data, at + 8))
            at += 8 + length
            count -= 1


def every(data, text):
    at = data.find(text)
    while at >= 0:
        yield at
        at = data.find(text, at + 1)


def h5_rows(base):
    data = (GOLDEN / base).read_bytes()
    far, undefined = len(data) + 4096, (1 << 64) - 1
    for offset, size, value, what, message, error in [
            (0, 1, 0, "signature", "no model", CORRUPT), (8, 1, 9, "version", "version", "any"),
            (13, 1, 3, "offset_size", "", "any"), (14, 1, 0, "length_size", "", "any"), (16, 2, 0, "leaf_k", "", "any"),
            (18, 2, 0, "internal_k", "", "any"), (24, 8, 4096, "base", "", "any"), (40, 8, far * 2, "end", "truncated", CORRUPT),
            (64, 8, 0, "root_zero", "", CORRUPT), (64, 8, far, "root_far", "", CORRUPT),
            (64, 8, undefined, "root_undefined", "", CORRUPT), (64, 8, 1000, "root_odd", "", CORRUPT)]:
        row(f"h5_superblock_{what}", base, [put(offset, value, size)], message, error)
    with h5py.File(GOLDEN / base) as file:
        root = h5py.h5o.get_info(file.id).addr
        names = []
        file.visit(names.append)
        headers = {name: h5py.h5o.get_info(file[name].id).addr for name in names}
        datasets = [name for name in names if isinstance(file[name], h5py.Dataset)]
    for number, at in enumerate(every(data, b"TREE")):
        row(f"h5_tree{number}_signature", base, [put(at, 0, 1)])
        row(f"h5_tree{number}_count", base, [put(at + 6, 65535, 2)])
        empty = data[at + 6:at + 8] == bytes(2)  # then nothing leads below
        row(f"h5_tree{number}_self", base, [put(at + 32, at, 8)], "", "any" if empty else CORRUPT)
        row(f"h5_tree{number}_far", base, [put(at + 32, far, 8)], "", "any" if empty else CORRUPT)
        row(f"h5_tree{number}_level", base, [put(at + 5, 200, 1)], "", "any" if empty else CORRUPT)
    for number, at in enumerate(every(data, b"HEAP")):
        row(f"h5_heap{number}_signature", base, [put(at + 1, 0, 1)])
        row(f"h5_heap{number}_size", base, [put(at + 8, 1 << 60, 8)])
        row(f"h5_heap{number}_far", base, [put(at + 24, far, 8)])
    for number, at in enumerate(every(data, b"SNOD")):
        row(f"h5_symbols{number}_count", base, [put(at + 6, 65535, 2)])
        row(f"h5_symbols{number}_name", base, [put(at + 8, 1 << 40, 8)])
        row(f"h5_symbols{number}_cycle", base, [put(at + 16, root, 8)], "", "any")  # a second way to the root is noted
        row(f"h5_symbols{number}_far", base, [put(at + 16, far, 8)])
    for number, at in enumerate(every(data, b"GCOL")):
        row(f"h5_strings{number}_signature", base, [put(at, 0, 1)])
        row(f"h5_strings{number}_size", base, [put(at + 8, 1 << 50, 8)])
        row(f"h5_strings{number}_object", base, [put(at + 24, 1 << 50, 8)])
    sizes = {1: "space", 3: "type", 8: "layout"}
    for name in datasets[:2]:
        short = name.replace("/", "_")
        for kind, at, length in messages(data, headers[name]):
            if kind not in sizes:
                continue
            what = sizes[kind]
            row(f"h5_{short}_{what}_version", base, [put(at, 255, 1)], "", "any")
            if what == "space":
                row(f"h5_{short}_rank", base, [put(at + 1, 255, 1)])
                row(f"h5_{short}_dim_huge", base, [put(at + 8, 1 << 62, 8)])
                row(f"h5_{short}_dim_more", base, [put(at + 8, 1000, 8)])
            if what == "type":
                row(f"h5_{short}_element_zero", base, [put(at + 4, 0, 4)], "", "any")
                row(f"h5_{short}_element_huge", base, [put(at + 4, 1 << 31, 4)], "", "any")
                for code in (2, 3, 4, 5, 6, 7, 8, 9, 10, 15):
                    row(f"h5_{short}_class_{code}", base, [put(at, 0x10 | code, 1)], "", "any")
            if what == "layout":
                row(f"h5_{short}_layout_class", base, [put(at + 1, 7, 1)], "", "any")
                row(f"h5_{short}_address_far", base, [put(at + 2, far, 8)])
                row(f"h5_{short}_address_wraps", base, [put(at + 2, undefined - 8, 8)])
                row(f"h5_{short}_size_small", base, [put(at + 10, 4, 8)])
                row(f"h5_{short}_size_huge", base, [put(at + 10, 1 << 60, 8)], "", "any")  # the shape says it, too
    for kind, at, length in messages(data, root):
        row(f"h5_root_message_{kind}_at_{at}", base, [put(at - 6, 65535, 2)])
    row("h5_root_count", base, [put(root + 2, 65535, 2)], "", "any")
    for part in range(0, 100, 7):
        row(f"h5_cut_{part}", base, [{"cut": len(data) * part // 100}])
    for old, new, message in [('{"class_name"', '["class_name"', "JSON at byte"), ('"class_name"', '"klass_name"', "class_name")]:
        row(f"h5_config_{new}", base, [{"replace": [old, new]}], message)


def checked_h5_rows(base):
    """Metadata of newer files carries checksums: each flip in it is found, or the metadata are not used."""
    data = (GOLDEN / base).read_bytes()
    for magic in (b"OHDR", b"FRHP", b"FHDB", b"BTHD", b"BTLF", b"OCHK"):
        for number, at in enumerate(list(every(data, magic))[:4]):
            row(f"h5_new_{magic.decode()}{number}_flip", base, [put(at + 7, ~data[at + 7], 1)], "", CORRUPT)
    row("h5_new_superblock_flip", base, [put(20, ~data[20], 1)])
    for part in range(10, 100, 10):
        row(f"h5_new_cut_{part}", base, [{"cut": len(data) * part // 100}])


def npy_rows():
    """No models at all, but the arrays' reader must hold as well: base null, the file starts with npy's magic."""
    good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"

    def npy(name, header, message, error=CORRUPT, body="0000803f00000040", length=None, version=1):
        size = len(header) if length is None else length
        start = b"\x93NUMPY" + bytes([version, 0]) + size.to_bytes(2 if version == 1 else 4, "little") + header.encode("latin-1")
        row(f"npy_{name}", None, [{"add_hex": start.hex() + body, "times": 1}], message, error)

    for what in ("|O", "O"):
        npy(f"pickle_{what}", good.replace("<f4", what), "pickled" if what == "|O" else "unknown")
    for descr in ("<U4", "|S9", "<c8", "|V2", "<M8[ns]", "<f16"):
        npy(f"type_{descr}", good.replace("<f4", descr), "numbers or bool", DATA)
    for descr in ("", "f4", "<", "<f3", "<i16", "<f4\\x00", "__import__('os')", "<b9"):
        npy(f"type_{descr!r}", good.replace("<f4", descr), "")
    npy("record", good.replace("'<f4'", "[('a', '<f4')]"), "records", DATA)
    for shape, message in [("(3,)", "truncated"), ("(1,)", "truncated"), ("(-1,)", "no tuple"), ("(2.0,)", "')'"),
                           ("(1e9,)", "')'"), ("(4611686018427387904, 4)", "2^40"), ("(99999999999999999999,)", "no tuple"),
                           ("(1099511627776,)", "2^40"), ("[2]", "'('"), ("(2", "no tuple"), ("((2,),)", "no tuple")]:
        npy(f"shape_{shape}", good.replace("(2,)", shape), message)
    npy("no_order", "{'descr': '<f4', 'shape': (2,), }", "is missing")
    npy("order_text", good.replace("False", "'False'"), "True or False")
    npy("order_call", good.replace("False", "exit()"), "True or False")
    npy("extra_key", good.replace("}", "'x': 1}"), "not expected")
    npy("key_twice", good.replace("}", "'shape': (2,)}"), "not expected")
    npy("trailing", good + "__import__('os')", "text follows")
    npy("header_long", good, "truncated", length=60000)
    npy("header_huge", good, "truncated", length=1 << 31, version=2)
    npy("version", good, "version 9", version=9)
    npy("no_data", good, "truncated", body="")
    row("npy_magic_only", None, [{"add_hex": "934e554d5059", "times": 1}], "no .npy array")


def other_rows():
    row("empty", None, [], "the file is empty")
    row("zeros", None, [{"add_hex": "00", "times": 4096}], "no model")
    row("text", None, [{"add": "hello ", "times": 100}], "no model")
    row("json_nested", None, [{"add": '{"class_name":', "times": 100000}], "deeper than 256")
    row("json_number", None, [{"add": "7", "times": 1}], "no model")
    row("json_string", None, [{"add": '"x"', "times": 1}], "JSON at byte 0")
    row("json_list", None, [{"add": "[1]", "times": 1}], "no model of Keras")
    row("json_object", None, [{"add": "{}", "times": 1}], "no model of Keras")
    row("shards_outside", None, [{"add": '{"weight_map": {"/a": ["../../x.h5"]}}', "times": 1}], "leads out")
    row("shards_absolute", None, [{"add": '{"weight_map": {"/a": "/etc/passwd"}}', "times": 1}], "leads out")
    row("shards_missing", None, [{"add": '{"weight_map": {"/a": "b.h5"}}', "times": 1}], "not there")
    row("shards_number", None, [{"add": '{"weight_map": 7}', "times": 1}], "expected an object")
    row("shards_none", None, [{"add": '{"weight_map": {}}', "times": 1}], "names no file")
    row("shards_many", None, [{"add": '{"weight_map": {"/a": [', "times": 1}, {"add": '"b.h5", ', "times": 5000}], "truncated")
    for name, start in (("pickle", "800495"), ("tflite", "1c00000054464c33"), ("gzip", "1f8b0800")):
        row(name, None, [{"add_hex": start + "00" * 60, "times": 1}], "", UNSUPPORTED)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default=ROOT / "tests" / "corrupt" / "manifest.json", type=pathlib.Path)
    arguments = parser.parse_args()
    zip_rows("mlp.keras")
    bombs()
    config_rows("mlp.keras")
    h5_rows("mlp_tf_keras.h5")
    checked_h5_rows("mlp_latest.h5")
    npy_rows()
    other_rows()
    assert len({r["name"] for r in rows}) == len(rows)
    text = ",\n".join(json.dumps(r) for r in rows)
    arguments.out.write_text(f'{{"files": [\n{text}\n]}}\n')
    print(f"{arguments.out}: {len(rows)} files")


if __name__ == "__main__":
    main()
