"""Versions of the trained model: kept, compared, tried beside the live one, put live and taken back."""

from service.releases.registry import (
    ModelCard,
    add_model,
    has_report,
    list_models,
    note_model,
    read_history,
    read_model,
    read_report,
    read_verdict,
)
from service.releases.stages import promote, roll_back, start_canary, start_shadow, stop_trial
from service.releases.trainings import (
    cancel_training,
    list_trainings,
    read_training,
    start_judging,
    start_training,
)

__all__ = [
    "ModelCard",
    "add_model",
    "cancel_training",
    "has_report",
    "list_models",
    "list_trainings",
    "note_model",
    "promote",
    "read_history",
    "read_model",
    "read_report",
    "read_training",
    "read_verdict",
    "roll_back",
    "start_canary",
    "start_judging",
    "start_shadow",
    "start_training",
    "stop_trial",
]
