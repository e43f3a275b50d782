"""The rows of the table: what is measured, against whom, and what is to be reached."""
import dataclasses
import statistics

PEERS = ("onnxruntime", "openvino", "litert")


@dataclasses.dataclass(frozen=True)
class Row:
    title: str
    model: str
    batch: int
    metric: str            # process, load, steady, peak; training: step, epoch, memory
    against: tuple = ()    # peers whose best counts; none: the figure alone
    bar: float = None      # ratio to them, or the figure itself
    aim: float = None

    @property
    def unit(self):
        return "MB" if self.metric in ("peak", "memory") else "ms"


ROWS = (
    Row("whole process to first output, ResNet50", "ResNet50", 1, "process", PEERS, 0.6, 0.45),
    Row("whole process to first output, MLP 784-64-64-10", "MLP", 1, "process", (), 5, 2),
    Row("load and first prediction in the process, ResNet50", "ResNet50", 1, "load", ("litert",), 1.0, 0.8),
    Row("load and first prediction in the process, MLP", "MLP", 1, "load", PEERS),
    Row("steady, batch 1, MLP 784-64-64-10", "MLP", 1, "steady", ("litert",), 0.8, 0.5),
    Row("steady, batch 1, ResNet50", "ResNet50", 1, "steady", PEERS, 1.05, 1.0),
    Row("steady, batch 16, ResNet50", "ResNet50", 16, "steady", PEERS, 1.05, 1.0),
    Row("steady, batch 1, MobileNetV2", "MobileNetV2", 1, "steady", ("openvino", "litert"), 1.05, 0.9),
    Row("steady, batch 1, EfficientNetB0", "EfficientNetB0", 1, "steady", ("openvino", "litert"), 1.05, 0.9),
    Row("peak memory, ResNet50", "ResNet50", 1, "peak"),   # bars follow from the size of the weights
    *(Row(f"steady, batch {batch}, {title}", model, batch, "steady", PEERS, 1.0)
      for model, title in (("LSTM", "2 × LSTM 128, 100 steps"), ("GRU", "2 × GRU 128, 100 steps"),
                           ("BiLSTM", "Embedding and BiLSTM 64, 200 steps"))
      for batch in (1, 64)),
)

# Training: ways of Keras to do a step, and ours.
WAYS = ("keratin", "tf", "tf-jit", "tf-fit", "jax")
STEPS = WAYS[1:]
TRAIN_ROWS = (
    Row("one step, batch 128, MLP 784-64-64-10", "MLP", 128, "step", STEPS, 0.9, 0.45),
    Row("fit of an epoch of 60,000 samples, MLP", "MLP", 128, "epoch", ("tf", "tf-jit", "tf-fit"), 1 / 3, 1 / 6),
    Row("peak memory, MLP", "MLP", 128, "memory"),
    Row("one step, batch 128, MNIST-CNN", "MNIST-CNN", 128, "step", STEPS, 0.9, 0.45),
    Row("peak memory, MNIST-CNN", "MNIST-CNN", 128, "memory"),
    Row("one step, batch 64, LSTM 2×128 T=100", "LSTM", 64, "step", STEPS, 0.9, 0.45),
    Row("peak memory, LSTM", "LSTM", 64, "memory"),
    Row("one step, batch 8, ResNet50", "ResNet50", 8, "step", STEPS, 1.0, 0.5),
    Row("peak memory, ResNet50", "ResNet50", 8, "memory"),
)


def median(samples):
    return statistics.median(samples) if samples else None


def figure(value, unit="ms"):
    if value is None:
        return "–"
    if unit == "MB":
        return f"{value:.0f}"
    return f"{value:.4f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def cell(samples, unit):
    """Median with the quartiles."""
    if not samples:
        return "–"
    if len(samples) < 4:
        return figure(median(samples), unit)
    low, _, high = statistics.quantiles(samples, n=4)
    return f"{figure(median(samples), unit)} ({figure(low, unit)}–{figure(high, unit)})"


def verdict(row, results, weights_mb):
    """Bar and aim as text, and whether ours, relative to the peers or alone, reaches them."""
    ours = median(results.get("keratin"))
    bar, aim = row.bar, row.aim
    if row.metric == "peak":
        bar, aim = 1.5 * weights_mb + 60, 1.2 * weights_mb
    if row.against:
        best = min(((median(results[peer]), peer) for peer in row.against if results.get(peer)), default=None)
        value = ours / best[0] if ours and best else None
        text = f"{value:.2f} × {best[1]}" if value is not None else "–"
    else:
        value, text = ours, f"{figure(ours, row.unit)} {row.unit}"
    if bar is None:
        return text, "", ""
    unit = "×" if row.against else row.unit
    reached = "–" if value is None else "aim" if aim and value <= aim else "bar" if value <= bar else "no"
    digits = ".0f" if row.metric == "peak" else ".3g"
    return text, f"≤ {bar:{digits}} {unit}" + (f" ({aim:{digits}})" if aim else ""), reached


def table(rows, results, runtimes, weights_mb):
    """Markdown; results: row → runtime → samples, weights_mb: model → MB."""
    lines = ["| what | " + " | ".join(runtimes) + " | ours | bar (aim) | reached |",
             "|---|" + "---|" * (len(runtimes) + 3)]
    for row in rows:
        samples = results.get(row, {})
        text, bar, reached = verdict(row, samples, weights_mb.get(row.model, 0))
        cells = [cell(samples.get(runtime), row.unit) for runtime in runtimes]
        lines.append(f"| {row.title}, {row.unit} | " + " | ".join(cells) + f" | {text} | {bar} | {reached} |")
    return "\n".join(lines)
