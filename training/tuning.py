"""Fine-tuning an encoder on labelled messages, and exporting it to ONNX, so that it is served without torch.

Supervised contrastive learning (Khosla et al., 2020): in a batch of some intents with a few messages each, messages of
one intent are drawn together and away from the others. Weights go through `steps` batches with AdamW, a warm-up and a
linear decay. One message in five is never seen: only those may judge a model built on the encoder, as the vectors of
the others know their labels. Needs the `train` extra; uses a GPU when there is one.
"""

import shutil
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.encoders.exported import OnnxEncoder
from models.errors import EncoderError
from models.taxonomy import OUT_OF_SCOPE
from training.dataset import Dataset, Example
from training.split import assign_folds

Progress = Callable[[str, float], None]
LABELS_A_BATCH: Final = 16
MESSAGES_A_LABEL: Final = 2
LEARNING_RATE: Final = 2e-5
TEMPERATURE: Final = 0.07
WARM_UP: Final = 0.1
MAX_TOKENS: Final = 64
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
    cosine; `seen` are the texts that it was tuned on."""

    folder: Path
    kind: str
    agreement: dict[str, float]
    seen: frozenset[str]
    steps: int
    seconds: float
    loss: float


def tune(
    dataset: Dataset, name: str, folder: Path, *, steps: int = 200, seed: int = 0, int8: bool = True,
    progress: Progress = lambda _stage, _share: None,
) -> Tuned:  # fmt: skip
    """Tune the encoder `name` (a folder or a name on the hub) and export it into `folder`.

    Raises EncoderError when it can't be loaded, or is not the same after the export.
    """
    torch, model = _load(name)
    torch.manual_seed(seed)
    started = time.perf_counter()
    examples = [e for e in dataset.examples if e.label != OUT_OF_SCOPE]
    folds = assign_folds([e.label for e in examples], [e.text for e in examples], HELD_OUT_FOLDS, seed)
    seen = [e for e, fold in zip(examples, folds, strict=True) if fold != 0]
    loss = _train(torch, model, _by_label(seen), steps, seed, progress)
    model.eval()
    seconds = time.perf_counter() - started
    probes = [e.text for e in examples[:: max(1, len(examples) // PROBED)]][:PROBED]
    kind, agreement = export(torch, model, folder, probes, int8=int8)
    progress("exporting", 1.0)
    return Tuned(folder, kind, agreement, frozenset(e.text for e in seen), steps, round(seconds, 1), round(loss, 4))


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
    except ImportError as error:
        raise EncoderError("fine-tuning needs torch; run: pip install 'otklik[train]'") from error
    try:
        model = SentenceTransformer(name, device="cuda" if torch.cuda.is_available() else "cpu")
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"encoder `{name}` can't be loaded: {error}; give a folder with the weights, or allow the download"
        ) from error
    model.max_seq_length = min(int(model.max_seq_length or MAX_TOKENS), MAX_TOKENS)
    return torch, model


def _by_label(examples: Sequence[Example]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for example in examples:
        found.setdefault(example.label, []).append(example.text)
    return {label: texts for label, texts in sorted(found.items()) if len(texts) >= MESSAGES_A_LABEL}


def _train(
    torch: Any, model: Any, texts: dict[str, list[str]], steps: int, seed: int, progress: Progress
) -> float:  # fmt: skip
    """Steps of supervised contrastive learning; returns the mean loss of the last ten."""
    if len(texts) < 2:
        raise EncoderError("fine-tuning needs at least two intents with three different messages each; add examples")
    rng = np.random.default_rng(seed)
    names = list(texts)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    warm = max(1, round(steps * WARM_UP))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.05, (steps - step) / max(1, steps - warm)))
    )
    model.train()
    losses: list[float] = []
    for step in range(steps):
        chosen = rng.choice(len(names), min(LABELS_A_BATCH, len(names)), replace=False).tolist()
        batch = [str(text) for place in chosen for text in rng.choice(texts[names[place]], MESSAGES_A_LABEL, False)]
        groups = torch.tensor(np.repeat(chosen, MESSAGES_A_LABEL), device=model.device)
        loss = _contrast(torch, _embed(model, batch), groups)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        progress("tuning", (step + 1) / steps)
    return float(np.mean(losses[-10:]))


def _embed(model: Any, texts: list[str]) -> Any:
    features = model.preprocess(texts)
    moved = {key: value.to(model.device) if hasattr(value, "to") else value for key, value in features.items()}
    return model(moved)["sentence_embedding"]


def _contrast(torch: Any, vectors: Any, groups: Any) -> Any:
    """Minus the mean log-share of the alike among all others, at `TEMPERATURE` (SupCon, outside sum)."""
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    alike = vectors @ vectors.T / TEMPERATURE
    itself = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    logits = alike.masked_fill(itself, -1e9)
    log_share = logits - torch.logsumexp(logits, dim=1, keepdim=True)
    positives = (groups[:, None] == groups[None, :]) & ~itself
    return -(log_share * positives).sum(dim=1).div(positives.sum(dim=1).clamp(min=1)).mean()


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
