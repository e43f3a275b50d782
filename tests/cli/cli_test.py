#!/usr/bin/env python3
"""The command line's contract: options, exit codes, what goes to stdout, keys of the JSON, no file after a refusal.

    tests/cli/cli_test.py --keratin PROGRAM --golden tests/golden [unittest arguments]
"""
import argparse
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile

from npz import npy, npz, zeros

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import compare_npz  # noqa: E402

DONE, OTHER, USAGE, DAMAGED, UNSUPPORTED, DATA = range(6)
PROGRAM = None
FORMATS = API = None


def setUpModule():
    assert pathlib.Path(PROGRAM).is_file(), PROGRAM


def read_all(descriptor, parts):
    """What comes from a terminal until its other side is closed."""
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:
            return
        if not part:
            return
        parts.append(part)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = self.folder / "out.npz"

    def keratin(self, status, *words, **environment):
        """Runs the program; stdout. The status must be this one, and a refusal must say why on stderr."""
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=120,
                              env=os.environ | environment)
        self.stderr = done.stderr
        self.assertEqual(done.returncode, status, f"{words}\n{done.stdout}{done.stderr}")
        if status not in (DONE, OTHER):
            self.assertTrue(done.stderr.strip(), "a refusal without a word")
        return done.stdout

    def json(self, *words, status=DONE):
        """The one JSON object on stdout."""
        return json.loads(self.keratin(status, *words, "--json"))

    def predict(self, status, model, data, *words, **environment):
        """Predicts; after a refusal no output file may exist."""
        stdout = self.keratin(status, "predict", model, "-i", data, "-o", self.out, *words, **environment)
        self.assertEqual(self.out.exists(), status == DONE)
        return stdout

    def data(self, **members):
        return npz(self.folder / "data.npz", **members)

    def edited(self, change, model="mlp.keras", without=None):
        """A copy of a .keras file whose config went through change(config), without one of its members."""
        path = self.folder / "edited.keras"
        with zipfile.ZipFile(FORMATS / model) as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                if name == without:
                    continue
                data = old.read(name)
                if name == "config.json":
                    config = json.loads(data)
                    change(config)
                    data = json.dumps(config)
                new.writestr(name, data)
        return path


class Usage(Case):
    def test_version_is_one_line(self):
        self.assertRegex(self.keratin(DONE, "--version"), r"\Akeratin \d+\.\d+\.\d+\n\Z")

    def test_help(self):
        for words in ([], ["predict"], ["weights"]):
            self.assertIn("--help", self.keratin(DONE, *words, "--help"))

    def test_wrong_usage(self):
        model, data = FORMATS / "mlp.keras", FORMATS / "mlp.in.npz"
        for words in ([], ["wobble"], ["predict"], ["predict", model], ["predict", model, "-i", data],
                      ["predict", model, "-o", self.out], ["summary"], ["summary", model, "--wobble"],
                      ["summary", model, "--threads", "-1"], ["summary", model, "--threads", "many"],
                      ["summary", model, "--batch-size", "0"], ["summary", model, "--device", "tpu"],
                      ["summary", model, "--device", "cuda:"], ["bench", model, "--batch-size", "-3"],
                      ["predict", model, "-i", data, "-o", self.out, "--signature", "wobble"]):
            with self.subTest(words=words):
                self.keratin(USAGE, *words)
                self.assertFalse(self.out.exists())

    def test_files_that_are_not_there(self):
        self.keratin(OTHER, "summary", self.folder / "none.keras")
        self.assertIn("none.keras", self.stderr)
        self.predict(OTHER, FORMATS / "mlp.keras", self.folder / "none.npz")
        self.keratin(OTHER, "predict", FORMATS / "mlp.keras", "-i", FORMATS / "mlp.in.npz", "-o",
                     self.folder / "no" / "folder.npz")


class Check(Case):
    KEYS = {"format", "writer", "layers", "problems"}

    def test_whole_model(self):
        found = self.json("check", FORMATS / "mlp.keras")
        self.assertLessEqual(self.KEYS, found.keys())
        self.assertIn("keras 3", found["writer"])
        self.assertIn("Dense", [layer["class"] for layer in found["layers"]])
        self.assertTrue(all(layer.keys() >= {"name", "class"} for layer in found["layers"]))
        self.assertIn("layers", self.keratin(DONE, "check", FORMATS / "mlp.keras"))

    def test_architecture_alone_and_bare_weights(self):
        for name in ("mlp.json", "mlp.weights.h5", "mlp.weights.json", "mlp_tf_keras.json"):
            with self.subTest(name=name):
                found = self.json("check", FORMATS / name)
                self.assertEqual(found["problems"], [])
                self.assertEqual(bool(found["converted"]), name == "mlp_tf_keras.json")

    def test_all_unknown_classes_are_named(self):
        def change(config):
            for i, layer in enumerate(config["config"]["layers"][1:]):
                layer.update(class_name=f"Strange{i}", registered_name=f"pkg>Strange{i}", module="mine")
        path = self.edited(change)
        found = self.json("check", path, status=UNSUPPORTED)
        self.assertLessEqual(self.KEYS, found.keys())
        self.assertIn(".keras", found["format"])
        for name in ("pkg>Strange0", "pkg>Strange1"):
            self.assertIn(name, " ".join(found["problems"]))
            self.assertIn(name, self.stderr)
            self.assertIn(name, [layer["class"] for layer in found["layers"]])
        self.predict(UNSUPPORTED, path, FORMATS / "mlp.in.npz")

    def test_damaged(self):
        whole = (FORMATS / "mlp.keras").read_bytes()
        path = self.folder / "cut.keras"
        path.write_bytes(whole[:len(whole) // 2])
        self.assertTrue(self.json("check", path, status=DAMAGED)["problems"])
        flipped = bytearray(whole)
        with zipfile.ZipFile(FORMATS / "mlp.keras") as archive:
            info = archive.getinfo("model.weights.h5")
        flipped[info.header_offset + info.file_size] ^= 0xff
        path.write_bytes(flipped)
        self.keratin(DAMAGED, "check", path)
        self.predict(DAMAGED, path, FORMATS / "mlp.in.npz")

    def test_foreign_files(self):
        for text in (b"", b"PK\x03\x04", b"hello", b"\x89HDF\r\n\x1a\n", b"{}", b"[1]", b"{\"class_name\": 3}"):
            path = self.folder / "strange"
            path.write_bytes(text)
            for command in ("check", "summary", "weights", "bench"):
                with self.subTest(text=text, command=command):
                    self.keratin(DAMAGED, command, path)
        self.keratin(DAMAGED, "summary", self.folder)

    def test_config_values_that_a_layer_cant_take(self):
        for units in (-1, 0, 10 ** 12, "many", 2.5, None):
            def change(config):
                next(x for x in config["config"]["layers"] if x["class_name"] == "Dense")["config"]["units"] = units
            with self.subTest(units=units):
                path = self.edited(change)
                for command in ("check", "summary", "weights", "bench"):
                    self.keratin(DAMAGED, command, path)
                self.predict(DAMAGED, path, FORMATS / "mlp.in.npz")

    def test_unknown_config_keys(self):
        def change(value):
            def inner(config):
                next(x for x in config["config"]["layers"] if x["class_name"] == "Dense")["config"]["sparkle"] = value
            return inner
        self.keratin(DONE, "check", self.edited(change(None)))
        self.keratin(UNSUPPORTED, "check", self.edited(change(True)))
        self.assertIn("sparkle", self.stderr)

    def test_weights_that_are_missing(self):
        def change(config):
            dense = next(x for x in config["config"]["layers"] if x["class_name"] == "Dense")
            dense["config"]["units"] += 1
        for command in ("check", "summary", "weights", "bench"):
            self.keratin(DAMAGED, command, self.edited(change))


    def test_unsupported_wins_over_missing_weights(self):
        def strange(config):
            config["config"]["layers"][1].update(class_name="Strange", registered_name="pkg>Strange", module="mine")
        for change, status in ((strange, UNSUPPORTED), (lambda config: None, DAMAGED)):
            path = self.edited(change, without="model.weights.h5")
            for command in ("check", "summary", "weights", "bench"):
                with self.subTest(command=command, status=status):
                    self.keratin(status, command, path)
                    self.assertIn("Strange" if status == UNSUPPORTED else "model.weights.h5", self.stderr)
            self.predict(status, path, FORMATS / "mlp.in.npz")


class Summary(Case):
    def test_table(self):
        text = self.keratin(DONE, "summary", FORMATS / "cnn.keras")
        for part in ("Layer (type)", "Output Shape", "Param #", "None", "Total params", "Trainable params",
                     "Non-trainable params"):
            self.assertIn(part, text)

    def test_json(self):
        found = self.json("summary", FORMATS / "cnn.keras")
        self.assertTrue(all(layer.keys() >= {"name", "class"} for layer in found["layers"]))

    def test_architecture_alone(self):
        of_file, of_json = (self.keratin(DONE, "summary", FORMATS / name) for name in ("mlp.keras", "mlp.json"))
        self.assertEqual(of_file, of_json)


class Predict(Case):
    def equal(self, name):
        problems, _ = compare_npz.compare(self.out, FORMATS / f"{name}.out.npz", 1e-5)
        self.assertEqual(problems, [])

    def test_json(self):
        found = json.loads(self.predict(DONE, FORMATS / "mlp.keras", FORMATS / "mlp.in.npz", "--json"))
        self.assertTrue(found["outputs"])
        self.equal("mlp")
        self.assertEqual(self.stderr, "")

    def test_stdout_is_empty_without_json(self):
        self.assertEqual(self.predict(DONE, FORMATS / "mlp.keras", FORMATS / "mlp.in.npz"), "")

    def test_options_change_nothing(self):
        for words in (["--threads", "1"], ["--threads", "3"], ["--batch-size", "1"], ["--batch-size", "1000"],
                      ["--device", "cpu"], ["--device", "auto"], ["--quiet"]):
            with self.subTest(words=words):
                self.out.unlink(missing_ok=True)
                self.predict(DONE, FORMATS / "mlp.keras", FORMATS / "mlp.in.npz", *words)
                self.equal("mlp")

    def test_keys(self):
        with zipfile.ZipFile(FORMATS / "mlp.in.npz") as archive:
            name = archive.namelist()[0]
            values = archive.read(name)
        name = name.removesuffix(".npy")
        for key in (name, "x", "x0"):
            self.out.unlink(missing_ok=True)
            self.predict(DONE, FORMATS / "mlp.keras", self.data(**{key: values}))
            self.equal("mlp")
        alone = self.folder / "alone.npy"
        alone.write_bytes(values)
        self.out.unlink()
        self.predict(DONE, FORMATS / "mlp.keras", alone)
        self.equal("mlp")
        self.out.unlink()
        for members in ({"y": values}, {"x": values, "y": values}, {"x1": values}, {}, {"x": values, "x0": values}):
            with self.subTest(keys=list(members)):
                self.predict(DATA, FORMATS / "mlp.keras", self.data(**members))

    def test_several_inputs_by_position(self):
        with zipfile.ZipFile(FORMATS / "two_by_two.in.npz") as archive:
            arrays = [archive.read(name) for name in archive.namelist()]
        inputs = [f"x{i}" for i in range(len(arrays))]
        self.predict(DONE, FORMATS / "two_by_two.keras", self.data(**dict(zip(inputs, arrays))))
        self.equal("two_by_two")
        self.out.unlink()
        self.predict(DATA, FORMATS / "two_by_two.keras", self.data(x0=arrays[0]))
        self.predict(DATA, FORMATS / "two_by_two.keras", self.data(x=arrays[0]))

    def test_dict_inputs_and_outputs(self):
        for name in ("dict_io", "dict_io_tf_keras"):
            self.out.unlink(missing_ok=True)
            self.predict(DONE, FORMATS / (f"{name}.keras" if name == "dict_io" else f"{name}.h5"),
                         FORMATS / f"{name}.in.npz")
            self.equal(name)

    def test_dict_keys_beat_layer_names(self):
        def change(config):
            inputs = config["config"]["input_layers"]
            config["config"]["input_layers"] = {f"key_{name}": ref for name, ref in inputs.items()}
        path = self.edited(change, "dict_io.keras")
        with zipfile.ZipFile(FORMATS / "dict_io.in.npz") as archive:
            members = {f"key_{name.removesuffix('.npy')}": archive.read(name) for name in archive.namelist()}
        self.predict(DONE, path, self.data(**members))
        self.equal("dict_io")
        self.out.unlink()
        self.predict(DATA, path, FORMATS / "dict_io.in.npz")

    def test_repeated_output_names(self):
        def change(config):
            first = config["config"]["output_layers"][0]
            config["config"]["output_layers"] = [first, first]
        self.predict(DONE, self.edited(change, "two_by_two.keras"), FORMATS / "two_by_two.in.npz")
        with zipfile.ZipFile(self.out) as archive:
            self.assertEqual(archive.namelist(), ["output_0.npy", "output_1.npy"])

    def test_numbers_are_cast(self):
        features = self.features()
        for descr, fortran in (("<f8", False), (">f4", False), ("<i8", False), ("|u1", False), ("|b1", False),
                               ("<f4", True)):
            with self.subTest(descr=descr, fortran=fortran):
                self.out.unlink(missing_ok=True)
                self.predict(DONE, FORMATS / "mlp.keras",
                             self.data(x=npy([1] * features, (1, features), descr, fortran)))

    def test_byte_and_axis_order(self):
        """The same numbers, stored column by column or with their high bytes first."""
        features = self.features()
        count = 3
        values = [[0.25 * i - 0.1 * k for k in range(features)] for i in range(count)]
        rows = [value for row in values for value in row]
        columns = [values[i][k] for k in range(features) for i in range(count)]
        results = []
        for descr in ("<f4", ">f4", ">f8"):
            for fortran in (False, True):
                self.out.unlink(missing_ok=True)
                self.predict(DONE, FORMATS / "mlp.keras",
                             self.data(x=npy(columns if fortran else rows, (count, features), descr, fortran)))
                results.append(self.out.read_bytes())
        self.assertEqual(len(set(results)), 1)

    def input_shape(self, model):
        config = json.loads(zipfile.ZipFile(FORMATS / model).read("config.json"))
        return config["config"]["layers"][0]["config"]["batch_shape"][1:]

    def features(self):
        return self.input_shape("mlp.keras")[-1]

    def test_data_that_dont_fit(self):
        features = self.features()
        wrong = {"shape": npy([1] * (features + 1), (1, features + 1)), "rank": npy([1] * features, (features,)),
                 "rank 3": npy([1] * features, (1, 1, features)), "no samples": npy([], (0, features)),
                 "strings": npy(["a"] * features, (1, features), "<U3")}
        for what, array in wrong.items():
            with self.subTest(what=what):
                self.predict(DATA, FORMATS / "mlp.keras", self.data(x=array))

    def test_damaged_data(self):
        good = npy([1, 2], (1, 2))
        for data in (b"", b"hello", good[:60], good[:-3], b"PK\x03\x04" + bytes(20),
                     good.replace(b"<f4", b"|O "), good.replace(b"(1, 2,)", b"(9999999999999, 9999999)")):
            path = self.folder / "data.npy"
            path.write_bytes(data)
            with self.subTest(data=data[:10]):
                done = subprocess.run([PROGRAM, "predict", FORMATS / "mlp.keras", "-i", path, "-o", self.out],
                                      capture_output=True)
                self.assertIn(done.returncode, (DAMAGED, DATA), done.stderr)
                self.assertFalse(self.out.exists())

    def test_architecture_needs_weights(self):
        self.predict(DATA, FORMATS / "mlp.json", FORMATS / "mlp.in.npz")
        self.assertIn("weights", self.stderr)
        for weights in ("mlp.weights.h5", "mlp.weights.json", "mlp.h5", "mlp.keras"):
            with self.subTest(weights=weights):
                self.out.unlink(missing_ok=True)
                self.predict(DONE, FORMATS / "mlp.json", FORMATS / "mlp.in.npz", "--weights", FORMATS / weights)
                self.equal("mlp")
        self.out.unlink()
        self.predict(DONE, FORMATS / "mlp.weights.h5", FORMATS / "mlp.in.npz", "--arch", FORMATS / "mlp.json")
        self.equal("mlp")

    def test_an_architecture_is_checked_first(self):
        text = (FORMATS / "mlp.json").read_text()
        path = self.folder / "arch.json"
        path.write_text(text.replace('"Dense"', '"Strange"'))
        self.predict(UNSUPPORTED, path, FORMATS / "mlp.in.npz")

    def test_weights_of_another_model(self):
        self.predict(DATA, FORMATS / "cnn.keras", FORMATS / "cnn.in.npz", "--weights", FORMATS / "mlp.weights.h5")
        self.predict(DATA, FORMATS / "cnn.weights.h5", FORMATS / "mlp.in.npz", "--arch", FORMATS / "mlp.json")
        self.predict(DATA, FORMATS / "cnn.keras", FORMATS / "cnn.in.npz", "--weights", FORMATS / "mlp.json")
        self.predict(DATA, FORMATS / "mlp.keras", FORMATS / "mlp.in.npz", "--weights", FORMATS / "mlp.weights.h5",
                     "--by-name")
        self.assertIn("paired by name", self.stderr)
        self.predict(DONE, FORMATS / "cnn.keras", FORMATS / "cnn.in.npz", "--weights", FORMATS / "mlp.weights.h5",
                     "--skip-mismatch")
        self.assertIn("left as it was", self.stderr)
        self.equal("cnn")

    def test_training_branch(self):
        path, data = FORMATS / "first_slice.keras", FORMATS / "first_slice.in.npz"
        self.predict(DONE, path, data, "--training")
        problems, _ = compare_npz.compare(self.out, FORMATS / "first_slice.out.npz", 1e-5)
        self.assertNotEqual(problems, [])

    def test_progress_is_for_terminals(self):
        terminal, other = pty.openpty()
        count, shape = 20_000, self.input_shape("cnn.keras")
        data = self.data(x=zeros((count, *shape)))
        command = [PROGRAM, "predict", FORMATS / "cnn.keras", "-i", data, "-o", self.out, "--batch-size", "1"]
        started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=other,
                                   env=os.environ | {"KERATIN_KERNEL": "evaluate"})
        os.close(other)
        shown = []
        reader = threading.Thread(target=read_all, args=(terminal, shown))
        reader.start()
        while started.poll() is None and not shown:   # on a fast machine it is done at once: make it long
            started.send_signal(signal.SIGSTOP)
            time.sleep(0.6)
            started.send_signal(signal.SIGCONT)
            time.sleep(0.05)
        reader.join(timeout=120)
        os.close(terminal)
        stdout, _ = started.communicate(timeout=120)
        self.assertEqual((started.returncode, stdout), (DONE, b""))
        self.assertRegex(b"".join(shown), rb"\r\d+/20000")
        self.predict(DONE, FORMATS / "cnn.keras", data, "--batch-size", "1")  # stderr is a pipe
        self.assertEqual(self.stderr, "")

    def test_no_device(self):
        if not pathlib.Path("/dev/nvidia0").exists():
            self.predict(OTHER, FORMATS / "mlp.keras", FORMATS / "mlp.in.npz", "--device", "cuda")


class Environment(Case):
    """What a developer looks at, on a model with every kind of step."""
    MODEL, DATA = "cnn.keras", "cnn.in.npz"

    def run_with(self, status=DONE, **environment):
        self.out.unlink(missing_ok=True)
        self.predict(status, FORMATS / self.MODEL, FORMATS / self.DATA, **environment)
        if status == DONE:
            problems, _ = compare_npz.compare(self.out, FORMATS / "cnn.out.npz", 1e-5)
            self.assertEqual(problems, [])

    def passes(self):
        self.run_with(KERATIN_LOG="pass")
        return re.findall(r"^keratin pass: (\w+):", self.stderr, re.M)

    def test_passes_one_by_one(self):
        passes = self.passes()
        self.assertGreater(len(passes), 3)
        for name in passes:
            with self.subTest(skipped=name):
                self.run_with(KERATIN_SKIP_PASSES=name, KERATIN_LOG="pass")
                self.assertNotIn(f"pass: {name}:", self.stderr)
                self.assertEqual(self.stderr.count("keratin pass:"), len(passes) - 1)
        self.run_with(KERATIN_SKIP_PASSES="all", KERATIN_LOG="pass")
        self.assertEqual(self.stderr, "")

    def test_dispatch_tells_the_choice_and_the_refusals(self):
        self.run_with(KERATIN_LOG="dispatch", KERATIN_SKIP_PASSES="all")
        self.assertRegex(self.stderr, r"convolution\(.* refused: \w+")
        self.assertRegex(self.stderr, r"convolution\(.*: \w+\n")
        self.run_with(KERATIN_LOG="dispatch", KERATIN_KERNEL="evaluate")
        self.assertNotIn("refused", self.stderr)   # nobody was asked
        self.assertRegex(self.stderr, r"convolution\(.*: evaluate\n")

    def test_dump_and_trace(self):
        trace = self.folder / "trace.json"
        passes = self.passes()
        self.run_with(KERATIN_DUMP=str(self.folder), KERATIN_TRACE=str(trace))
        for i, name in enumerate(["input", *passes]):
            self.assertIn("graph {", (self.folder / f"cnn.{i}.{name}.txt").read_text())
        self.assertIn("arena", (self.folder / "cnn.executable.txt").read_text())
        events = json.loads(trace.read_text())[:-1]   # the last one ends the list
        self.assertTrue(events)
        self.assertTrue(all(event["ph"] == "X" and event["dur"] >= 0 for event in events))
        self.run_with(OTHER, KERATIN_DUMP="/no/such/folder")

    def test_misspelt_names(self):
        for name in ("KERATIN_SKIP_PASSES", "KERATIN_KERNEL", "KERATIN_CPU_ISA"):
            self.run_with(OTHER, **{name: "wobble"})
            self.assertIn("wobble", self.stderr)
        self.run_with(KERATIN_LOG="wobble")
        self.assertIn("wobble", self.stderr)


class Weights(Case):
    def test_json(self):
        rows = self.json("weights", FORMATS / "mlp.keras")["variables"]
        self.assertTrue(rows)
        for row in rows:
            self.assertEqual(row.keys() & {"path", "shape", "dtype", "trainable"},
                             {"path", "shape", "dtype", "trainable"})
            self.assertEqual((row["dtype"], row["trainable"]), ("float32", True))
        self.assertRegex(rows[0]["path"], r"^\w+/kernel$")

    def test_frozen_parents_count(self):
        def change(config):
            for layer in config["config"]["layers"]:
                if layer["class_name"] == "Dense":
                    layer["config"]["trainable"] = False
        rows = self.json("weights", self.edited(change))["variables"]
        self.assertEqual({row["trainable"] for row in rows}, {False})

    def test_optimizer(self):
        found = self.json("weights", FORMATS / "trained.keras")
        self.assertTrue(found["optimizer_variables"])
        self.assertFalse([row for row in found["variables"] if "optimizer" in row["path"]])

    def test_bare_files(self):
        whole = self.json("weights", FORMATS / "mlp.keras")["variables"]
        for name in ("mlp.weights.h5", "mlp.weights.json", "mlp_tf_keras_weights.h5"):
            if not (FORMATS / name).exists():
                continue
            rows = self.json("weights", FORMATS / name)["variables"]
            self.assertEqual(sorted(row["shape"] for row in rows), sorted(row["shape"] for row in whole))
        named = self.json("weights", FORMATS / "mlp.weights.h5", "--arch", FORMATS / "mlp.json")["variables"]
        self.assertEqual(named, whole)

    def test_diff(self):
        equal = self.json("weights", FORMATS / "mlp.keras", "--diff", FORMATS / "mlp.h5")
        self.assertEqual(equal["differences"], [])
        self.assertEqual(self.keratin(DONE, "weights", FORMATS / "mlp.keras", "--diff", FORMATS / "mlp.keras"), "")
        text = self.keratin(OTHER, "weights", FORMATS / "mlp.keras", "--diff", FORMATS / "cnn.keras")
        self.assertIn("kernel", text)

    def test_diff_tells_how_much(self):
        config = json.loads((FORMATS / "mlp.json").read_text())
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "Dense":
                layer["config"]["kernel_initializer"] = "zeros"
        zeros = self.folder / "zeros.json"
        zeros.write_text(json.dumps(config))
        found = self.json("weights", FORMATS / "mlp.json", "--diff", zeros, status=OTHER)
        self.assertTrue(found["differences"])
        for row in found["differences"]:
            self.assertTrue(row["path"].endswith("/kernel"))
            self.assertGreater(row["max_difference"], 0)

    def test_diff_pairs_by_order_when_names_differ(self):
        text = (FORMATS / "mlp.json").read_text()
        name = next(layer["config"]["name"] for layer in json.loads(text)["config"]["layers"]
                    if layer["class_name"] == "Dense")
        renamed = self.folder / "renamed.json"
        renamed.write_text(text.replace(f'"{name}"', '"another"'))
        self.assertNotEqual(text, renamed.read_text())
        self.json("weights", FORMATS / "mlp.json", "--diff", renamed)


    def test_diff_of_bare_weights(self):
        """Bare weights are those of the model that they fit."""
        for model, formats in (("cnn.keras", ("weights.h5", "h5-weights")), ("cnn_tf_keras.h5", ("h5-weights",))):
            for to in formats:
                bare = self.folder / "bare.h5"
                self.keratin(DONE, "convert", FORMATS / model, bare, "--to", to, "--quiet")
                self.json("weights", FORMATS / model, "--diff", bare)
                self.json("weights", bare, "--diff", FORMATS / model)
                self.json("weights", bare, "--diff", FORMATS / "mlp.keras", status=OTHER)

    def test_bare_weights_keep_the_order_of_their_file(self):
        bare = self.folder / "bare.h5"
        self.keratin(DONE, "convert", FORMATS / "cnn.keras", bare, "--to", "h5-weights")
        shapes = [row["shape"] for row in self.json("weights", bare)["variables"]]
        self.assertEqual(shapes, [row["shape"] for row in self.json("weights", FORMATS / "cnn.keras")["variables"]])


class Convert(Case):
    def convert(self, status, model, out, *words):
        """Converts; after a refusal no file may exist. The result of `check` on what came out."""
        out = self.folder / out
        self.keratin(status, "convert", FORMATS / model, out, "--quiet", *words)
        self.assertEqual(out.exists(), status == DONE, (model, out, words))
        return self.json("check", out) if status == DONE else None

    def test_suffixes(self):
        for name, form in (("a.keras", ".keras"), ("a.h5", "h5"), ("a.hdf5", "h5"), ("a.json", "json"),
                           ("a.weights.h5", ".weights.h5")):
            self.assertEqual(self.convert(DONE, "mlp.keras", name)["format"], form)

    def test_to_beats_the_suffix(self):
        for to, form in (("keras", ".keras"), ("h5", "h5"), ("json", "json"), ("weights.h5", ".weights.h5"),
                         ("h5-weights", "h5 weights")):
            for name in ("a", "a.keras", "a.weights.h5"):
                self.assertEqual(self.convert(DONE, "mlp.keras", name, "--to", to)["format"], form)

    def test_flavours(self):
        """What isn't chosen is the family's that was loaded."""
        for model, family in (("mlp.keras", "keras 3"), ("mlp_tf_keras.h5", "tf.keras 2"),
                              ("keras_2_1_cnn.h5", "tf.keras 2"), ("keras_1_2_cnn.h5", "tf.keras 2")):
            for name in ("a.keras", "a.h5"):
                self.assertIn(family, self.convert(DONE, model, name)["writer"])
        for model in ("cnn.keras", "cnn_tf_keras.h5"):
            self.assertIn("keras 3", self.convert(DONE, model, "b.keras", "--flavour", "keras3")["writer"])
            self.assertIn("tf.keras 2", self.convert(DONE, model, "b.keras", "--flavour", "tf_keras")["writer"])

    def test_predictions_stay(self):
        for model in ("cnn.keras", "nested_shared.h5", "bidirectional_tf_keras.h5", "two_by_two_tf_keras.keras"):
            data = FORMATS / f"{model.split('.')[0]}.in.npz"
            expected = FORMATS / f"{model.split('.')[0]}.out.npz"
            for flavour in ("keras3", "tf_keras"):
                for name in ("a.keras", "a.h5"):
                    self.convert(DONE, model, name, "--flavour", flavour)
                    self.predict(DONE, self.folder / name, data)
                    self.assertEqual(compare_npz.compare(self.out, expected, 1e-5)[0], [])

    def test_optimizer(self):
        for model in ("trained.keras", "trained.h5", "trained_tf_keras.keras", "trained_tf_keras.h5"):
            state = self.json("weights", FORMATS / model)["optimizer_variables"]
            self.assertTrue(state)
            for name in ("a.keras", "a.h5", "a.weights.h5"):
                self.convert(DONE, model, name)
                kept = self.json("weights", self.folder / name)["optimizer_variables"]
                self.assertEqual(sorted(row["shape"] for row in kept), sorted(row["shape"] for row in state), name)
                self.convert(DONE, model, name, "--no-optimizer")
                self.assertNotIn("optimizer_variables", self.json("weights", self.folder / name))

    def test_the_same_bytes(self):
        for name in ("a.h5", "a.json", "a.weights.h5"):
            self.convert(DONE, "trained_tf_keras.h5", name)
            first = (self.folder / name).read_bytes()
            self.convert(DONE, "trained_tf_keras.h5", name)
            self.assertEqual((self.folder / name).read_bytes(), first)

    def test_refusals(self):
        for words in (["--to", "onnx"], ["--flavour", "keras2"], ["--wobble"]):
            self.convert(USAGE, "mlp.keras", "a.keras", *words)
        self.keratin(USAGE, "convert", FORMATS / "mlp.keras")
        for to, name in (("savedmodel", "a"), ("checkpoint", "a"), ("plan", "a"), (None, "a"), (None, "a.onnx")):
            self.convert(UNSUPPORTED, "mlp.keras", name, *(["--to", to] if to else []))
        self.convert(UNSUPPORTED, "mlp.keras", "a.keras", "--flavour", "serving")
        for model, name, flavour, named in (("op_nodes.keras", "a.h5", "keras3", "layer"),
                                            ("op_nodes.keras", "a.h5", "tf_keras", "Functional"),
                                            ("op_lambda_tf_keras.h5", "a.keras", "keras3", "TFOpLambda")):
            self.convert(UNSUPPORTED, model, name, "--flavour", flavour)
            self.assertIn(named, self.stderr)

    def test_a_refusal_leaves_the_old_file(self):
        out = self.folder / "a.h5"
        out.write_bytes(b"old")
        self.keratin(UNSUPPORTED, "convert", FORMATS / "op_nodes.keras", out)
        self.assertEqual(out.read_bytes(), b"old")

    def test_json(self):
        self.assertEqual(self.json("convert", FORMATS / "mlp.keras", self.folder / "a.h5"),
                         {"out": str(self.folder / "a.h5")})


class Fit(Case):
    """keratin fit and evaluate."""
    def setUp(self):
        super().setUp()
        self.fit = FORMATS.parent / "fit"
        self.model, self.input = self.fit / "classifier_keras3_keras.keras", self.fit / "classifier_data.npz"
        self.saved, self.history = self.folder / "saved.keras", self.folder / "history.json"

    def train(self, status, *words, model=None, data=None):
        """Trains; after a refusal there is no file."""
        stdout = self.keratin(status, "fit", model or self.model, "-i", data or self.input, "-o", self.saved, *words)
        self.assertEqual(self.saved.exists(), status == DONE)
        return stdout

    def test_history(self):
        self.train(DONE, "--epochs", "2", "--batch-size", "8", "--validation", self.input, "--history", self.history)
        history = json.loads(self.history.read_text())
        names = {"loss", "accuracy", "top"}
        self.assertEqual(history.keys(), names | {f"val_{name}" for name in names} | {"batch_loss"})
        self.assertEqual(len(history["loss"]), 2)
        self.assertEqual(len(history["batch_loss"]), 6)  # 22 samples, the short last batch included

    def test_evaluate(self):
        found = self.json("evaluate", self.model, "-i", self.input)
        self.assertEqual(found.keys(), {"loss", "accuracy", "top"})

    def test_seed_and_order(self):
        def weights(*words):
            self.train(DONE, "--batch-size", "4", *words)
            return self.json("evaluate", self.saved, "-i", self.input)["loss"]
        self.assertEqual(weights("--seed", "1"), weights("--seed", "1"))
        self.assertNotEqual(weights("--seed", "1"), weights("--seed", "2"))
        self.assertEqual(weights("--no-shuffle", "--seed", "1"), weights("--no-shuffle", "--seed", "2"))

    def test_changes(self):
        self.train(DONE, "--optimizer", "sgd", "--learning-rate", "0.5", "--metrics", "accuracy", "--freeze", "hidden")
        stored = self.json("weights", self.saved)
        self.assertFalse(any("momentum" in row["path"] for row in stored["optimizer_variables"]))
        self.assertEqual(self.json("evaluate", self.saved, "-i", self.input).keys(), {"loss", "accuracy"})
        before = {row["path"]: row for row in self.json("weights", self.model)["variables"]}
        self.assertTrue(before)

    def test_not_compiled(self):
        self.train(USAGE, model=FORMATS / "mlp.keras", data=self.data(x=zeros((2, 6)), y=zeros((2, 4))))
        self.train(DONE, "--loss", "mse", model=FORMATS / "mlp.keras",
                   data=self.data(x=zeros((2, 6)), y=zeros((2, 4))))

    def test_refusals(self):
        self.train(DATA, data=self.data(x=zeros((4, 6))))
        self.train(DATA, data=self.data(x=zeros((4, 6)), y=npy([0, 1, 9, 0], (4,), "<i4")))
        self.train(DATA, data=self.data(x=zeros((4, 6)), z=zeros((4, 1))))
        self.train(DATA, data=self.data(x=zeros((4, 6)), y=npy([0, 1, 1], (3,), "<i4")))
        self.train(UNSUPPORTED, "--loss", "no_such_loss")
        self.train(USAGE, "--freeze", "no_such_layer")
        self.keratin(USAGE, "fit", self.model, "-i", self.input)
        self.keratin(OTHER, "fit", self.model, "-i", self.input, "-o", self.folder / "nowhere" / "saved.keras")

    def test_unknown_loss_blocks_training_alone(self):
        def change(config):
            config["compile_config"]["loss"] = "no_such_loss"
        path = self.edited(change, self.model.resolve())
        problems = self.json("check", path)["problems"]
        self.assertTrue(any("no_such_loss" in line for line in problems), problems)
        self.predict(DONE, path, self.data(x=zeros((2, 6))))
        self.train(UNSUPPORTED, model=path)


class Bench(Case):
    def test_json(self):
        found = self.json("bench", FORMATS / "mlp.keras", "--threads", "1")
        self.assertLessEqual({"load_ms", "plan_ms", "first_ms", "load_to_first_ms", "steady_ms", "samples_per_s",
                              "peak_rss_mb", "device", "threads"}, found.keys())
        self.assertLessEqual({"p50", "p99"}, found["steady_ms"].keys())
        self.assertEqual((found["device"], found["threads"]), ("cpu", 1))
        self.assertLessEqual(found["steady_ms"]["p50"], found["steady_ms"]["p99"])

    def test_architecture_alone(self):
        self.json("bench", FORMATS / "mlp.json", "--batch-size", "4")

    def test_training_steps(self):
        found = self.json("bench", FORMATS / "mlp.keras", "--train", "--batch-size", "4")
        self.assertGreater(found["steady_ms"]["p50"], 0)
        for name in ("dense_adam.keras", "dense_adam_tf_keras.h5"):
            self.json("bench", FORMATS.parent / "resume" / name, "--train", "--batch-size", "4")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keratin", required=True)
    parser.add_argument("--golden", required=True, type=pathlib.Path)
    known, rest = parser.parse_known_args()
    PROGRAM, FORMATS, API = known.keratin, known.golden / "formats", known.golden / "api"
    unittest.main(argv=[sys.argv[0], *rest])
