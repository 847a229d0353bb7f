"""Fine-tuning an encoder on labelled messages, and exporting it to ONNX, so that it is served without torch.

Contrastive learning with prototypes (Movshovitz-Attias et al. 2017, Teh et al. 2020): every intent has a point on the
sphere, at first the mean of its messages; a message is drawn to the point of its intent and pushed from all others,
the confusable ones most. So each step sees every intent, and two passes over the data are enough. AdamW, a warm-up and
a linear decay; bfloat16 where the processor multiplies it; messages of like length are computed together.

One message in five is never tuned on: only those may judge a model built on the encoder, as the vectors of the others
know their labels. A part of them also says when to stop: the weights of the best of `CHECKS` looks are kept. Needs the
`train` extra; uses a GPU when there is one.
"""

import contextlib
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.encoders.exported import OnnxEncoder
from models.errors import EncoderError
from models.taxonomy import OUT_OF_SCOPE
from training.dataset import Dataset, Example
from training.split import assign_folds

Progress = Callable[[str, float], None]
BATCH: Final = 32
PASSES: Final = 2
STEPS: Final = (100, 600)
"""At least and at most so many batches, where the caller doesn't say."""
LEARNING_RATE: Final = 5e-5
PROTOTYPE_RATE: Final = 1e-2
TEMPERATURE: Final = 0.05
WARM_UP: Final = 0.1
MAX_TOKENS: Final = 48
PIECES: Final = 3
"""Parts of a batch by length: padding a short message to the longest of all would double the work."""
CHECKS: Final = 4
PATIENCE: Final = 2
"""Looks without a gain after which tuning ends."""
MOST_LOOKED_AT: Final = 600
HELD_OUT_FOLDS: Final = 5
LEAST_AGREEMENT: Final = 0.97
"""Mean cosine of the vectors before and after the export to fp32: anything less is another encoder."""
LEAST_INT8_AGREEMENT: Final = 0.9
"""Eight bits move vectors a little, all of them alike; below this the neighbours change, and fp32 is kept."""
PROBED: Final = 64
ENCODER_FILES: Final = ("model.onnx", "tokenizer.json")


@dataclass(frozen=True)
class Tuned:
    """An exported encoder in `folder`. `kind` is int8 or fp32; `agreement` of each with the tuned weights, mean
    cosine; `seen` are the texts that it was tuned on. `looks`: (batches done, share of unseen messages nearest to their
    own prototype); the weights of the best are kept, and `steps` is when it ended."""

    folder: Path
    kind: str
    agreement: dict[str, float]
    seen: frozenset[str]
    steps: int
    seconds: float
    loss: float
    looks: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class _Task:
    """What is tuned on, and what is looked at on the way: texts and the columns of their labels."""

    texts: list[str]
    targets: NDArray[np.int64]
    unseen: list[str]
    unseen_targets: NDArray[np.int64]


def tune(
    dataset: Dataset, name: str, folder: Path, *, steps: int | None = None, seed: int = 0, int8: bool = True,
    progress: Progress = lambda _stage, _share: None,
) -> Tuned:  # fmt: skip
    """Tune the encoder `name` (a folder or a name on the hub) and export it into `folder`.

    `steps`: batches at most; by default two passes over the data, at least 100 and at most 600. Raises EncoderError
    when it can't be loaded, or is not the same after the export; then `folder` holds nothing of use.
    """
    torch, model = _load(name)
    torch.manual_seed(seed)
    started = time.perf_counter()
    examples = [e for e in dataset.examples if e.label != OUT_OF_SCOPE]
    folds = assign_folds([e.label for e in examples], [e.text for e in examples], HELD_OUT_FOLDS, seed)
    task = _divide(examples, folds, seed)
    wanted = steps or min(max(PASSES * len(task.texts) // BATCH, STEPS[0]), STEPS[1])
    loss, looks = _train(torch, model, task, wanted, seed, progress)
    model.eval()
    seconds = time.perf_counter() - started
    probes = [e.text for e in examples[:: max(1, len(examples) // PROBED)]][:PROBED]
    kind, agreement = export(torch, model, folder, probes, int8=int8)
    progress("exporting", 1.0)
    return Tuned(
        folder, kind, agreement, frozenset(task.texts), looks[-1][0], round(seconds, 1), round(loss, 4), tuple(looks)
    )


def export(
    torch: Any, model: Any, folder: Path, probes: Sequence[str], *, int8: bool
) -> tuple[str, dict[str, float]]:  # fmt: skip
    """Write `model.onnx` and `tokenizer.json`; int8 where that agrees well enough. Gives kind and agreements."""
    expected = model.encode(list(probes), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True)
    full = folder / "fp32"
    _write_onnx(torch, model.to("cpu"), full, probes)
    agreement = {"fp32": _agreement(full, probes, expected)}
    if agreement["fp32"] < LEAST_AGREEMENT:
        raise EncoderError(
            f"the exported encoder is another one (cosine {agreement['fp32']:.3f}): only encoders that take the mean "
            "of their tokens can be exported; choose one that does"
        )
    chosen = full
    if int8:
        small = folder / "int8"
        _quantise(full, small)
        agreement["int8"] = _agreement(small, probes, expected)
        chosen = small if agreement["int8"] >= LEAST_INT8_AGREEMENT else full
    for part in ENCODER_FILES:
        shutil.copyfile(chosen / part, folder / part)
    return chosen.name, {kind: round(value, 5) for kind, value in agreement.items()}


def _load(name: str) -> tuple[Any, Any]:
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as error:
        raise EncoderError("fine-tuning needs torch; run: pip install 'otklik[train]'") from error
    logging.disable_progress_bar()  # type: ignore[no-untyped-call, unused-ignore] # its bar would run into ours
    try:
        model = SentenceTransformer(name, device="cuda" if torch.cuda.is_available() else "cpu")
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"encoder `{name}` can't be loaded: {error}; give a folder with the weights, or allow the download"
        ) from error
    model.max_seq_length = min(int(model.max_seq_length or MAX_TOKENS), MAX_TOKENS)
    return torch, model


def _divide(examples: Sequence[Example], folds: NDArray[np.int64], seed: int) -> _Task:
    column = {label: place for place, label in enumerate(sorted({e.label for e in examples}))}
    if len(column) < 2:
        raise EncoderError("fine-tuning needs messages of at least two intents; add examples")
    targets = np.array([column[e.label] for e in examples], dtype=np.int64)
    seen, unseen = np.flatnonzero(folds != 0), np.flatnonzero(folds == 0)
    unseen = np.random.default_rng(seed).permutation(unseen)[:MOST_LOOKED_AT]
    return _Task(
        [examples[row].text for row in seen.tolist()], targets[seen],
        [examples[row].text for row in unseen.tolist()], targets[unseen],
    )  # fmt: skip


def _train(
    torch: Any, model: Any, task: _Task, steps: int, seed: int, progress: Progress
) -> tuple[float, list[tuple[int, float]]]:
    """Leaves the best weights in `model`; returns the mean loss of the last ten batches, and the looks."""
    prototypes = torch.nn.Parameter(torch.tensor(_means(torch, model, task, seed), device=model.device))
    optimiser = torch.optim.AdamW(
        [
            {"params": list(model.parameters()), "lr": LEARNING_RATE},
            {"params": [prototypes], "lr": PROTOTYPE_RATE, "weight_decay": 0.0},
        ]
    )
    warm = max(1, round(steps * WARM_UP))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.05, (steps - step) / max(1, steps - warm)))
    )
    losses: list[float] = []
    looks: list[tuple[int, float]] = []
    best: dict[str, Any] = {}
    model.train()
    for step, rows in enumerate(_batches(len(task.texts), steps, seed), start=1):
        vectors = torch.nn.functional.normalize(_embed(torch, model, [task.texts[row] for row in rows.tolist()]), dim=1)
        alike = vectors @ torch.nn.functional.normalize(prototypes, dim=1).T
        targets = torch.tensor(task.targets[rows], device=model.device)
        loss = torch.nn.functional.cross_entropy(alike / TEMPERATURE, targets)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        progress("tuning", step / steps)
        if step == steps or step % max(1, steps // CHECKS) == 0:
            looks.append((step, _look(torch, model, task, prototypes)))
            highest = max(share for _, share in looks)
            if looks[-1][1] == highest:
                best = {name: value.detach().clone() for name, value in model.state_dict().items()}
            if all(share < highest for _, share in looks[-PATIENCE:]):
                break
    model.load_state_dict(best)
    return float(np.mean(losses[-10:])), looks


def _batches(count: int, steps: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Rows of each batch: every message once before any comes again."""
    rng = np.random.default_rng(seed)
    order = np.zeros(0, dtype=np.int64)
    for _ in range(steps):
        while len(order) < min(BATCH, count):
            order = np.concatenate([order, rng.permutation(count)])
        yield order[:BATCH]
        order = order[BATCH:]


def _means(torch: Any, model: Any, task: _Task, seed: int, each: int = 20) -> NDArray[np.float32]:
    """The mean vector of some messages of every label, of length 1; shape (labels, dimension)."""
    rng = np.random.default_rng(seed)
    places = range(int(task.targets.max()) + 1)
    rows = [rng.permutation(np.flatnonzero(task.targets == place))[:each] for place in places]
    vectors = _encode(torch, model, [task.texts[row] for row in np.concatenate(rows).tolist()])
    parts = np.split(vectors, np.cumsum([len(part) for part in rows])[:-1])
    means = np.stack([part.mean(axis=0) for part in parts])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def _look(torch: Any, model: Any, task: _Task, prototypes: Any) -> float:
    """Share of the unseen messages that are nearest to the prototype of their label; 0 when there are none."""
    if not task.unseen:
        return 0.0
    points = torch.nn.functional.normalize(prototypes.detach(), dim=1).cpu().numpy()
    nearest = (_encode(torch, model, task.unseen) @ points.T).argmax(axis=1)
    return round(float((nearest == task.unseen_targets).mean()), 5)


def _encode(torch: Any, model: Any, texts: list[str], at_once: int = 256) -> NDArray[np.float32]:
    """Vectors without gradients, as the model stands; left in training mode."""
    model.eval()
    with torch.no_grad():
        parts = [_embed(torch, model, texts[start : start + at_once]) for start in range(0, len(texts), at_once)]
    model.train()
    return np.asarray(torch.cat(parts).cpu().numpy(), dtype=np.float32)


def _embed(torch: Any, model: Any, texts: list[str]) -> Any:
    """Vectors of shape (texts, dimension), with gradients; computed in pieces of like length."""
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    pieces = [piece for piece in np.array_split(np.array(order), PIECES * (1 + len(texts) // 64)) if piece.size]
    found = []
    for piece in pieces:
        features = model.preprocess([texts[row] for row in piece.tolist()])
        moved = {key: value.to(model.device) if hasattr(value, "to") else value for key, value in features.items()}
        with _half(torch, model.device.type):
            found.append(model(moved)["sentence_embedding"].float())
    back = torch.tensor(np.argsort(order), device=model.device)
    return torch.cat(found)[back]


def _half(torch: Any, device: str) -> contextlib.AbstractContextManager[Any]:
    """bfloat16 where it is native: three times as fast on a processor with AVX-512 BF16, slower on one without."""
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    if torch.cuda.is_bf16_supported() if device == "cuda" else native():
        return torch.autocast(device, dtype=torch.bfloat16)  # type: ignore[no-any-return]
    return contextlib.nullcontext()


def _write_onnx(torch: Any, model: Any, folder: Path, probes: Sequence[str]) -> None:
    """The transformer with its token vectors as output: `OnnxEncoder` takes their mean."""
    folder.mkdir(parents=True, exist_ok=True)
    transformer = model[0].auto_model.eval()
    features = model.tokenizer(list(probes[:2]), padding=True, truncation=True, return_tensors="pt")
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in features]

    class Tokens(torch.nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        """Arguments by their order, as the exporter wants them."""

        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, *inputs: Any) -> Any:
            return self.transformer(**dict(zip(names, inputs, strict=True))).last_hidden_state

    axes = {name: {0: "batch", 1: "tokens"} for name in (*names, "vectors")}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter warns of every shape that it fixes, and of itself
        torch.onnx.export(
            Tokens().eval(), tuple(features[name] for name in names), str(folder / "model.onnx"), input_names=names,
            output_names=["vectors"], dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
    model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))


def _quantise(full: Path, small: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small.mkdir(parents=True, exist_ok=True)
    quantize_dynamic(str(full / "model.onnx"), str(small / "model.onnx"), weight_type=QuantType.QInt8, per_channel=True)
    (small / "tokenizer.json").write_bytes((full / "tokenizer.json").read_bytes())


def _agreement(folder: Path, probes: Sequence[str], expected: Any) -> float:
    return float((OnnxEncoder(str(folder)).encode(list(probes)) * expected).sum(axis=1).mean())
