"""A training watched on the terminal, and what the gate and the plan say, for the commands of `otklik model`."""

import time

from service import releases
from service.accounts import COMMAND_LINE
from service.commands.console import err, out
from service.domain.releases import Plan
from service.domain.trainings import ENDED, Training, TrainingState
from service.errors import Conflict
from service.office import Office
from service.releases.runner import TrainingRunner


def follow(training: Training, office: Office) -> Training:
    """Run it here, or watch the worker of a running service that was faster."""
    runner = TrainingRunner()
    said = ""
    try:
        while (now := releases.read_training(training.id, COMMAND_LINE, office)).state not in ENDED:
            runner.tick(office)
            line = f"{now.share:4.0%} {now.stage}"
            if now.stage and line != said:
                said = line
                err.print(line)
            time.sleep(0.2)
    finally:
        runner.close(office)
    if now.state is not TrainingState.DONE:
        raise Conflict(now.problem or "the training was cancelled")
    return now


def show_verdict(version: str, office: Office) -> None:
    """What the gate says of a version, each condition with its figures."""
    verdict = releases.read_verdict(version, COMMAND_LINE, office)
    out.print(f"model {version}")
    if verdict is None:
        err.print("there is no live model to compare it with, or no golden set")
        return
    may = "[green]may go live[/]" if verdict.passed else "[red]may not go live[/]"
    out.print(f"against {verdict.live}: it {may}", markup=True)
    for check in verdict.verdict["checks"]:
        figures = ", ".join(f"{key} {value}" for key, value in check["figures"].items())
        out.print(f"  {'✓' if check['passed'] else '✗'} {check['name']}: {figures}", markup=False)


def say_plan(plan: Plan) -> None:
    """What is in use now."""
    out.print(f"live {plan.live or 'the model of the settings'}", highlight=False)
    if plan.canary:
        out.print(f"canary {plan.canary}, {plan.share:.0%} of the conversations")
    if plan.shadow:
        out.print(f"shadow {plan.shadow}")
