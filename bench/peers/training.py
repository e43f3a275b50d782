"""Measures training steps: ours and Keras' ways to do them, each in a process of its own that waits for its turn."""
import json
import subprocess

from . import hosts

TOLERANCE = 1e-4   # of the first steps' losses, relative
# Batch normalization over a few samples makes rounding errors grow from step to step, between the peers, too.
COMPARED = {"ResNet50": 1}


class Trainer:
    """One way to train one model."""

    def __init__(self, binaries, python, root, way, folder):
        self.way = way
        self.words = [str(binaries / "bench_host_train"), str(folder)] if way == "keratin" else \
            [python, str(root / "bench" / "peers" / "train_host.py"), str(folder), way]
        self.process = None

    def start(self):
        """Losses of the first steps."""
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        return self._answer()["losses"]

    def ask(self, line):
        """{"wall": ms, "cpu": ms, "peak": MB}."""
        try:
            print(line, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass   # _answer tells why it ended
        answer = self._answer()
        return {"wall": answer["wall_ms"], "cpu": answer["cpu_ms"], "peak": answer["peak_mb"]}

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.stderr.close()
            self.process.wait()
            self.process = None

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise hosts.Failed(hosts.last_line(self.process.stderr.read()) or "it ended")
        return json.loads(line)


def compare_losses(model, expected, found):
    count = COMPARED.get(model, len(expected))
    for want, have in zip(expected[:count], found[:count]):
        if not abs(want - have) <= TOLERANCE * abs(want):
            raise hosts.Failed(f"losses {found[:count]}, Keras has {expected[:count]}")


def measure(model, trainers, rounds, clock, block_ms, with_epoch, notes):
    """metric → way → samples. The losses of the first of Keras' ways are what all others are held against."""
    samples = {"step": {}, "epoch": {}, "memory": {}}
    started, losses = [], {}
    try:
        for trainer in trainers:
            try:
                losses[trainer] = trainer.start()
                started.append(trainer)
            except hosts.Failed as error:
                notes.append(f"{trainer.way}, {model}: {error}")
        keras = next((losses[trainer] for trainer in started if trainer.way != "keratin"), None)
        for trainer in list(started):
            try:
                compare_losses(model, keras or losses[trainer], losses[trainer])
            except hosts.Failed as error:
                notes.append(f"{trainer.way}, {model}: {error}")
                started.remove(trainer)
        calls = {trainer: max(1, int(block_ms / max(trainer.ask("run 1")["wall"], 1e-3))) for trainer in started}
        for trainer in started:   # the first estimate is of a cold call
            calls[trainer] = max(1, int(block_ms / max(trainer.ask(f"run {calls[trainer]}")["wall"], 1e-3)))
        for _ in range(rounds):
            for trainer in started:
                result = trainer.ask(f"run {calls[trainer]}")
                samples["step"].setdefault(trainer.way, []).append(result[clock])
                samples["memory"][trainer.way] = [result["peak"]]
        for _ in range(min(rounds, 3) if with_epoch else 0):
            for trainer in started:
                samples["epoch"].setdefault(trainer.way, []).append(trainer.ask("fit")[clock])
    finally:
        for trainer in trainers:
            trainer.stop()
    return samples
