"""规则库: every day count, limit, weight and switch of the city, dated, with source and standing."""

from .lookup import regime_of, rule, versions
from .values import Extension, RuleNotInForce, RuleValue, UnknownRule

__all__ = ["Extension", "RuleNotInForce", "RuleValue", "UnknownRule", "regime_of", "rule", "versions"]
