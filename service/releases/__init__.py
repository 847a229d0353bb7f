"""Versions of the trained model: kept, compared, tried beside the live one, put live and taken back."""

from service.releases.registry import ModelCard, add_model, list_models, note_model, read_history, read_model
from service.releases.stages import promote, roll_back, start_canary, start_shadow, stop_trial

__all__ = [
    "ModelCard",
    "add_model",
    "list_models",
    "note_model",
    "promote",
    "read_history",
    "read_model",
    "roll_back",
    "start_canary",
    "start_shadow",
    "stop_trial",
]
