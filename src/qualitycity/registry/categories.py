"""Product categories proposed from a business scope (经营范围) by the rule table `categories.toml`.

A scope is free text; a rule says which words mean which product. What a firm does with the product (make, sell,
serve) decides how sure the proposal is; a person confirms (handbook 9.4). Pure: no database.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from .text import half_width

TABLE = Path(__file__).with_name("categories.toml")
Role = Literal["make", "sell", "unknown"]
_INNERMOST = re.compile(r"\(([^()]*)\)")
_RANK = {"make": 0, "unknown": 1, "sell": 2, "serve": 3}


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that mean a category; passages with a word of `unless` are skipped; `id` is its place in the table."""

    id: str
    category: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    generic: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A category proposed for a firm: confidence in percent, the rule, the words found, what the firm does with it."""

    category: str
    confidence: int
    rule: str
    found: str
    role: Role

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "category": self.category,
            "confidence": self.confidence,
            "rule": self.rule,
            "found": self.found,
            "role": self.role,
        }


@dataclass(frozen=True)
class Table:
    """The rule table, compiled."""

    data: dict[str, Any]
    rules: tuple[Rule, ...]
    words: re.Pattern[str]
    by_word: dict[str, tuple[Rule, ...]]
    negated: re.Pattern[str]
    tails: re.Pattern[str]
    heads: re.Pattern[str]
    verbs: dict[str, re.Pattern[str]]

    @property
    def weights(self) -> dict[str, int]:
        return self.data["weights"]


@cache
def table() -> Table:
    """The rule table of the product, read once."""
    data = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    rules = tuple(_rule(number, row) for number, row in enumerate(data["rules"], start=1))
    unknown = {rule.category for rule in rules} - set(data["categories"])
    if unknown:
        raise ValueError(f"categories.toml: rules for unknown categories {sorted(unknown)}")
    every_word = {word for rule in rules for word in rule.words}
    verbs = {kind: re.compile(_any(words)) for kind, words in data["verbs"].items()}
    every = _any([word for kind in ("make", "sell", "serve") for word in data["verbs"][kind]])
    return Table(
        data=data,
        rules=rules,
        # a look-ahead finds words that overlap; a word stands for the rules of all words it begins with
        words=re.compile(f"(?=({_any(sorted(every_word, key=len, reverse=True))}))"),
        by_word={word: tuple(r for r in rules if any(word.startswith(w) for w in r.words)) for word in every_word},
        negated=re.compile(_any(data["negation"]["brackets"])),
        tails=re.compile(rf"[^,;。:]*(?:{_any(data['negation']['tails'])})[^,;。:]*"),
        # «批发、零售:» opens a new passage even where the register left out the full stop before it.
        heads=re.compile(rf"(?:(?:{every})[、,及和兼与/ .]*)+:"),
        verbs=verbs,
    )


def propose(name: str, scope: str) -> list[Proposal]:
    """Categories for a firm by its name and scope, surest first; at most one proposal a category."""
    rules = table()
    best: dict[str, Proposal] = {}
    for role, passage in _passages(scope, rules):
        for rule in _candidates(passage, rules):
            found = _match(rule, passage)
            if found:
                _keep(best, _weigh(rule, role, found, name, rules))
    for rule in _candidates(name, rules):
        found = "" if rule.generic else _match(rule, name)
        if found and rule.category not in best:
            _keep(best, Proposal(rule.category, rules.weights["name_only"], rule.id, found, "unknown"))
    kept = [proposal for proposal in best.values() if proposal.confidence >= rules.weights["least"]]
    return sorted(kept, key=lambda proposal: (-proposal.confidence, proposal.category))


def _candidates(text: str, rules: Table) -> list[Rule]:
    """The rules with a word in the text, in the order of the table: one scan in place of one for each rule."""
    found = {rule.id: rule for word in set(rules.words.findall(text)) for rule in rules.by_word[word]}
    return [found[key] for key in sorted(found)]


def _rule(number: int, row: dict[str, Any]) -> Rule:
    words = sorted(row["words"], key=len, reverse=True)
    unless = re.compile(_any(row["not"])) if row.get("not") else None
    return Rule(
        f"C{number:02d}", row["category"], tuple(words), re.compile(_any(words)), unless, row.get("generic", False)
    )


def _any(words: list[str]) -> str:
    return "|".join(map(re.escape, words))


def _match(rule: Rule, passage: str) -> str:
    """The word found in an item of the passage, or "" (an item with a word of `unless` does not count)."""
    match = rule.pattern.search(passage)
    if match is None or rule.unless is None or not rule.unless.search(passage):
        return match[0] if match else ""
    for item in re.split(r"[、, ]", passage):
        match = rule.pattern.search(item)
        if match and not rule.unless.search(item):
            return match[0]
    return ""


def _passages(scope: str, rules: Table) -> list[tuple[str, str]]:
    """(what the firm does, list of goods) pairs, exclusions taken out."""
    text = rules.verbs["ignore"].sub("", _without_exclusions(half_width(scope), rules))
    found: list[tuple[str, str]] = []
    for sentence in re.split(r"[;。]", text):
        role = ""
        for head, passage in _headed(rules.tails.sub("", sentence), rules):
            role = _role(head, rules) if head else _role(passage, rules)
            if passage and role != "serve":
                found.append((role, passage))
    return found


def _without_exclusions(text: str, rules: Table) -> str:
    """Take out brackets that exclude («(除农药(含卫生用农药)外)»), from the innermost outwards."""
    text = text.replace("[", "(").replace("]", ")")
    before = ""
    while before != text:
        before = text
        text = _INNERMOST.sub(lambda match: "" if rules.negated.search(match[1]) else f"〔{match[1]}〕", text)
    return text


def _headed(sentence: str, rules: Table) -> list[tuple[str, str]]:
    """Split at «verbs:»; text before the first head stands alone."""
    parts: list[tuple[str, str]] = []
    end, head = 0, ""
    for match in rules.heads.finditer(sentence):
        parts.append((head, sentence[end : match.start()]))
        end, head = match.end(), match[0]
    parts.append((head, sentence[end:]))
    return [(head, passage.strip()) for head, passage in parts if passage.strip()]


def _role(text: str, rules: Table) -> str:
    """The strongest thing the text says the firm does: make before sell before serve; «unknown» if it says nothing."""
    if rules.verbs["make"].search(text):
        return "make"
    if rules.verbs["sell"].search(text):
        return "sell"
    return "serve" if rules.verbs["serve"].search(text) else "unknown"


def _weigh(rule: Rule, role: str, found: str, name: str, rules: Table) -> Proposal:
    confidence = rules.weights[role]
    if rule.generic:
        confidence = confidence * rules.weights["generic"] // 100
    elif _match(rule, name):
        confidence = min(99, confidence + rules.weights["in_name"])
    return Proposal(rule.category, confidence, rule.id, found, role)  # type: ignore[arg-type]


def _keep(best: dict[str, Proposal], proposal: Proposal) -> None:
    known = best.get(proposal.category)
    if known is None or (proposal.confidence, -_RANK[proposal.role]) > (known.confidence, -_RANK[known.role]):
        best[proposal.category] = proposal
