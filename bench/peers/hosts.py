"""Runs the native hosts: a fresh process for a first output, a waiting one for steady runs."""
import array
import json
import os
import pathlib
import subprocess

RUNTIMES = ("keratin", "onnxruntime", "openvino", "litert")
FILES = {"keratin": "model.keras", "onnxruntime": "b{batch}.ort", "openvino": "b{batch}.xml",
         "litert": "b{batch}.tflite"}
CACHES = {"openvino": "b{batch}.openvino_cache", "litert": "b{batch}.xnnpack_cache"}
TOLERANCE = 1e-4   # of the largest expected output


class Failed(Exception):
    """A runtime that could not load, run, or give the right answer."""


class Host:
    """One runtime with one model at one batch size."""

    def __init__(self, binaries, runtime, library, folder, batch):
        folder = pathlib.Path(folder)
        self.runtime = runtime
        self.output = folder / f"{runtime}.output"
        self.expected = array.array("f", (folder / f"b{batch}.expected").read_bytes())
        self.launcher = str(binaries / "bench_launch")
        self.words = [str(binaries / f"bench_host_{runtime}"), str(folder / FILES[runtime].format(batch=batch)),
                      str(folder / f"b{batch}.npy")]
        if library:
            self.words += ["--library", library]
        if runtime in CACHES:
            self.words += ["--cache", str(folder / CACHES[runtime].format(batch=batch))]
        self.process = None

    def check_output(self):
        values = array.array("f", self.output.read_bytes())
        if len(values) != len(self.expected):
            raise Failed(f"{len(values)} outputs, expected {len(self.expected)}")
        largest = max(map(abs, self.expected))
        worst = max(abs(a - b) for a, b in zip(values, self.expected))
        if not worst <= TOLERANCE * largest:
            raise Failed(f"outputs differ from Keras' by {worst:.3g}, largest output {largest:.3g}")

    def first(self):
        """{"process": ms from exec to the output, "load": ms of load and first prediction, …} in a fresh process."""
        run = subprocess.run([self.launcher, str(self.output), *self.words], capture_output=True, text=True)
        if run.returncode:
            raise Failed(last_line(run.stderr))
        self.check_output()
        outer, inner = json.loads(run.stdout), json.loads(last_line(run.stderr))
        return {"wall": {"process": outer["first_output_ms"], "load": inner["load_to_first_ms"]},
                "cpu": {"process": outer["cpu_ms"], "load": inner["load_to_first_cpu_ms"]},
                "peak": inner["peak_mb"]}

    def start(self):
        """Loads the model in a process that waits for run()."""
        self.process = subprocess.Popen([*self.words, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self._answer()
        self._ask(f"output {self.output}")
        self.check_output()

    def run(self, calls):
        """{"wall": ms of a call, "cpu": …, "peak": MB} of a block of calls."""
        answer = self._ask(f"run 1 {calls}")
        return {"wall": answer["wall_ms"][0], "cpu": answer["cpu_ms"][0], "peak": answer["peak_mb"]}

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.stderr.close()
            self.process.wait()
            self.process = None

    def _ask(self, line):
        try:
            print(line, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass   # _answer tells why it ended
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed(last_line(self.process.stderr.read()) or "the host ended")
        return json.loads(line)


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no message"


def pin(core):
    """Keeps this program and all it starts on one core."""
    if core is not None:
        os.sched_setaffinity(0, {core})
