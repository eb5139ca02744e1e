"""Composite indicators and assessments: from figures of many kinds to one score, its rank, grade and reasons.

The modules, in the order of the ten steps of the OECD/JRC Handbook on Constructing Composite Indicators (2008):

    table, framework   the data; the tree of nodes with weights and directions, under a version
    imputation         missing figures filled, units with too many left out
    moments            skewness, kurtosis, correlation, Cronbach's alpha
    treatment          outliers winsorised, else logged
    normalisation      one scale for all: min-max, z-score, ranks, distances, fixed goalposts
    weighting          equal, budget, AHP with consistency ratio, entropy, CRITIC, PCA
    aggregation        means, Mazziotta-Pareto, Copeland, benefit of the doubt (frontier); rules for what is missing
    rulebook           bonus, caps, veto, grades, ties as data; settlement applies and explains them
    ranking            ranks on unrounded scores
    pipeline           the steps; construction builds an index of them, with a log that replays
    robustness         Monte Carlo over choices; sensitivity says which choice matters (Sobol)
    explanation        the account of a score, what lifts it, the index without each node

Pure: no Django, no clock, no I/O; random numbers come from the generator that is passed in.
"""

from .aggregation import aggregate
from .construction import Index, Log, Stage, build, changes, formula, replay
from .explanation import explain, influence, remove_each, what_if
from .framework import Framework
from .frontier import benefit_of_doubt
from .imputation import impute, screen
from .normalisation import normalise
from .pipeline import Step
from .ranking import rank
from .robustness import Choice, RankStats, WeightSets, noisy_weights, summarise, uncertainty
from .rulebook import Rules
from .sensitivity import saltelli, sobol, sobol_indices
from .settlement import Outcome, rules
from .table import Table
from .treatment import treat
from .weighting import ahp, weights

__all__ = [
    "Choice",
    "Framework",
    "Index",
    "Log",
    "Outcome",
    "RankStats",
    "Rules",
    "Stage",
    "Step",
    "Table",
    "WeightSets",
    "aggregate",
    "ahp",
    "benefit_of_doubt",
    "build",
    "changes",
    "explain",
    "formula",
    "impute",
    "influence",
    "noisy_weights",
    "normalise",
    "rank",
    "remove_each",
    "replay",
    "rules",
    "saltelli",
    "screen",
    "sobol",
    "sobol_indices",
    "summarise",
    "treat",
    "uncertainty",
    "weights",
    "what_if",
]
