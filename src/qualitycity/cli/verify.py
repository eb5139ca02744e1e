"""``./city verify``: check the published bundle of a draw with the same one file that outsiders use."""

from __future__ import annotations

from qualitycity.methods.lottery import verify_draw

from . import verbs


def main(argv: list[str]) -> int:
    """Check a bundle; 0 consistent, 1 different, 2 not checkable."""
    parser = verbs.parser(
        "verify",
        "./city verify BUNDLE.zip",
        "./city verify BUNDLE.zip --firm 91339999MAD0EM1036",
        "./city verify BUNDLE.zip --before OLD.zip",
        "./city verify BUNDLE.zip --json --lang en",
        "./city verify proof.json --root 64_HEX_DIGITS",
    )
    return verify_draw.answer(verify_draw.add_options(parser).parse_args(argv))
