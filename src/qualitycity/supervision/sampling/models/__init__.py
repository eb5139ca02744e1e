"""Nouns of supervision sampling: plan, frame, draw with rounds, witnesses, what was drawn and matched, visits."""

from .ceremony import Confirmation, DigitEntry, Postponement, Witness
from .draw import Draw, PoolLab, PoolSampler, Round
from .frame import Frame, FrameRow, Reconciliation, Rehearsal
from .plan import Mode, Odds, Plan, PlanStratum, TaskKind
from .result import DrawnUnit, LabMatch, SetAside, TeamMatch
from .visit import ShutCause, Visit

__all__ = [
    "Confirmation",
    "DigitEntry",
    "Draw",
    "DrawnUnit",
    "Frame",
    "FrameRow",
    "LabMatch",
    "Mode",
    "Odds",
    "Plan",
    "PlanStratum",
    "PoolLab",
    "PoolSampler",
    "Postponement",
    "Reconciliation",
    "Rehearsal",
    "Round",
    "SetAside",
    "ShutCause",
    "TaskKind",
    "TeamMatch",
    "Visit",
    "Witness",
]
