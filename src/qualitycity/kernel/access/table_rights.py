"""What each database role may do with each table, and the trigger that keeps writes behind the one door.

`install()` runs after migrations, as the owner of the tables; it is idempotent and leaves nothing granted that is
not declared. A table nobody declared is refused to every role, and a test names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

from .duty_table import room_modules
from .posts import INCOMPATIBLE

ROLES = ("web", "desk", "lab", "visitor")
_PRIVILEGE = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}


@dataclass(frozen=True)
class Rights:
    """Letters of S I U D a role. `columns` grants on columns only: {"lab": "SELECT (id)"}."""

    desk: str = ""
    lab: str = ""
    visitor: str = ""
    web: str = ""
    guarded: bool = True
    columns: dict[str, str] = field(default_factory=dict)


def declared() -> dict[str, Rights]:
    """All declared rights by table."""
    table: dict[str, Rights] = {}
    for module in room_modules("rights"):
        table |= module.RIGHTS
    return table


def statements() -> Iterator[str]:
    """The SQL that makes the database hold exactly what is declared."""
    roles = ", ".join(ROLES)
    yield f"GRANT USAGE ON SCHEMA public TO {roles}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {roles}"
    yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {roles}"
    yield f"GRANT SELECT ON django_migrations TO {roles}"
    for name, rights in declared().items():
        for role in ROLES:
            letters = getattr(rights, role)
            if letters:
                yield f'GRANT {", ".join(_PRIVILEGE[letter] for letter in letters)} ON "{name}" TO {role}'
        for role, privilege in rights.columns.items():
            yield f'GRANT {privilege} ON "{name}" TO {role}'
        yield f'DROP TRIGGER IF EXISTS one_door ON "{name}"'
        if rights.guarded:
            yield (
                f'CREATE TRIGGER one_door BEFORE INSERT OR UPDATE OR DELETE ON "{name}" '
                "FOR EACH STATEMENT EXECUTE FUNCTION require_act()"
            )


def sequences() -> Iterator[str]:
    """Grants on the few sequences that are not identity columns (SEQUENCES of a room's `rights.py`)."""
    for module in room_modules("rights"):
        for name, roles in getattr(module, "SEQUENCES", {}).items():
            yield f'GRANT USAGE ON SEQUENCE "{name}" TO {", ".join(roles)}'


def install() -> int:
    """Apply `statements()` in one transaction; returns how many ran."""
    from django.db import transaction

    from .models import IncompatiblePosts

    with transaction.atomic(), connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor, include_views=True))
        ran = 0
        for statement in (*statements(), *sequences()):
            cursor.execute(statement)
            ran += 1
        IncompatiblePosts.objects.all().delete()
        IncompatiblePosts.objects.bulk_create(
            IncompatiblePosts(first=first, second=second, reason=reason) for first, second, reason in INCOMPATIBLE
        )
        missing = set(declared()) - tables
        if missing:
            raise RuntimeError(f"rights are declared for tables that do not exist: {sorted(missing)}")
    return ran
