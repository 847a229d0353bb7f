"""python -m training train ...: the same commands as `otklik train`, without the service."""

from training.cli import app

app()
