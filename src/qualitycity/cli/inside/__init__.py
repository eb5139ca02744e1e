"""What runs inside Django, in processes of its own that get their environment from ``database.py``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable


def answering() -> Callable[[object], None]:
    """Keep standard output for the answer; whatever else is printed goes to the terminal by standard error.

    Returns the function that writes the answer, one line of JSON.
    """
    output, sys.stdout = sys.stdout, sys.stderr

    def answer(value: object) -> None:
        output.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
        output.flush()

    return answer
