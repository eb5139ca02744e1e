"""What the laboratory and the public may not: the database refuses whatever a page asks; no request inherits a role."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError, close_old_connections, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import Context, Template
from django.test import Client, override_settings
from django.urls import path
from psycopg.errors import InsufficientPrivilege

from qualitycity.kernel.access.actor import NOBODY, current_actor
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account, PersonalRecord, Region
from qualitycity.kernel.access.routes import PUBLIC, SIGNED_IN, page
from qualitycity.kernel.acts.models import Act
from qualitycity.kernel.acts.queries import history
from qualitycity.kernel.disclosure.models import Secret
from qualitycity.kernel.documents.models import Paper
from qualitycity.kernel.evidence.models import StoredFile
from qualitycity.registry.models import Enterprise, ImportRow
from qualitycity.supervision.sampling.models import DrawnUnit, FrameRow, LabMatch, Round, Visit, Witness
from qualitycity.web import urls as site
from tests.faults import ceremony
from tests.story.office import browser

# Everything these two roles may do, written down here a second time: a new grant has to be justified in this list.
LAB = {
    "access_region": "S",
    "access_unit": "S",
    "acts_act": "I",
    "clock_calendaredition": "S",
    "clock_calendaryear": "S",
    "clock_clocksetting": "S",
    "deadlines_deadline": "SIU",
    "deadlines_deadlinechange": "SI",
    "django_migrations": "S",
    "rulebook_edition": "S",
    "rulebook_ruleversion": "S",
    "todo_item": "SIU",
}
VISITOR = {
    "acts_dayroot": "S",
    "clock_calendaredition": "S",
    "clock_calendaryear": "S",
    "clock_clocksetting": "S",
    "disclosure_publication": "S",
    "disclosure_publicfile": "S",
    "disclosure_version": "S",
    "django_migrations": "S",
    "documents_publicpaper": "S",
    "evidence_publicfile": "S",
    "rulebook_edition": "S",
    "rulebook_ruleversion": "S",
}
# What tells whose sample it is, or who somebody is. A published frame names its firms, but not who was drawn.
PRIVATE = ("刘代表", "周记者", "demo-secret", "demo-match", "示例路")
TELLING = {"lab": ("91339999MAD0EM", "示例袜业04", "示例袜业06", "示例袜业11", *PRIVATE), "visitor": PRIVATE}


def attempt(name: str, sql: str) -> tuple[list[tuple], str]:
    """Run SQL under a role in a transaction that is thrown away: what came back, and what the database said."""
    with role(name), transaction.atomic():
        place = transaction.savepoint()
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return (cursor.fetchall() if cursor.description else []), ""
        except DatabaseError as error:
            return [], str(error)
        finally:
            transaction.savepoint_rollback(place)


# -- table by table


def relations() -> list[tuple[str, str]]:
    """(name, last column) of every table and view; the first is often an identity column, which nobody may set."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, (array_agg(column_name::text ORDER BY ordinal_position DESC))[1]"
            " FROM information_schema.tables JOIN information_schema.columns USING (table_schema, table_name)"
            " WHERE table_schema = 'public' GROUP BY table_name ORDER BY table_name"
        )
        return cursor.fetchall()


@pytest.fixture
def owner_relations(db: None) -> list[tuple[str, str]]:
    from tests.conftest import owner

    with owner():
        return relations()


@pytest.mark.parametrize(("name", "may"), [("lab", LAB), ("visitor", VISITOR)])
def test_table_by_table_what_is_not_granted_is_refused(
    name: str, may: dict[str, str], owner_relations: list[tuple[str, str]]
) -> None:
    assert set(may) <= {table for table, _column in owner_relations}
    assert len(owner_relations) > 70
    wrong = []
    for table, column in owner_relations:
        for letter, sql in (
            ("S", f'SELECT * FROM "{table}" LIMIT 1'),
            ("I", f'INSERT INTO "{table}" DEFAULT VALUES'),
            ("U", f'UPDATE "{table}" SET "{column}" = "{column}"'),
            ("D", f'DELETE FROM "{table}"'),
        ):
            said = attempt(name, sql)[1]
            denied = said.startswith(("permission denied for", "cannot")) and table in said
            if denied == (letter in may.get(table, "")):
                wrong.append((table, letter, said))
    assert not wrong


def test_of_accounts_the_laboratory_reads_names_and_nothing_more(db: None) -> None:
    columns = {column.column for column in Account._meta.concrete_fields}
    readable = {column for column in columns if not attempt("lab", f"SELECT {column} FROM access_account")[1]}
    assert readable == {"id", "ref", "display_name", "username", "erased_at"}
    assert all(attempt("visitor", f"SELECT {column} FROM access_account")[1] for column in columns)
    assert "permission denied" in attempt("lab", "SELECT * FROM access_account")[1]


# -- by every detour


@pytest.fixture
def played(pack: None, tmp_path: Any, settings: Any, owner_sql: Any) -> None:
    """A draw played to its signed minutes: names, pairs, codes and secrets are in the tables, and sealed."""
    settings.CITY_DATA = tmp_path
    while ceremony.nothing_is_half_done() != "signed":
        ceremony.next_move()()  # type: ignore[misc]
    owner_sql("ANALYZE")


DETOURS = [
    # through the record of acts
    "SELECT line FROM acts_act",
    "SELECT a FROM acts_act a",
    "SELECT to_jsonb(a) FROM acts_act a",
    "SELECT id FROM acts_act WHERE line LIKE '%%示例袜业11%%'",
    "SELECT id FROM acts_act ORDER BY line",
    "INSERT INTO acts_act (line) VALUES ('{}') RETURNING line",
    "INSERT INTO acts_act (line) SELECT line FROM acts_act",
    "UPDATE acts_act SET line = line RETURNING line",
    # through what the planner knows, what others ask, what lies on disk
    "SELECT * FROM pg_statistic",
    "SELECT tablename, most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE schemaname = 'public'",
    "SELECT * FROM pg_stats_ext",
    "SELECT query FROM pg_stat_activity",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_read_binary_file(pg_relation_filepath('registry_enterprise'))",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/hostname')",
    # through other ways of reading
    "TABLE registry_enterprise",
    "COPY registry_enterprise TO STDOUT",
    "COPY (SELECT name FROM sampling_framerow) TO STDOUT",
    "COPY registry_enterprise TO PROGRAM 'cat'",
    "EXPLAIN (ANALYZE) SELECT * FROM registry_enterprise",
    "LOCK TABLE registry_enterprise IN ACCESS SHARE MODE",
    "SELECT last_value FROM registry_enterprise_id_seq",
    "SELECT name::int FROM registry_enterprise",
    "SELECT 1 / (SELECT count(*) FROM sampling_drawnunit)",
    "DECLARE c CURSOR FOR SELECT name FROM registry_enterprise",
    "PREPARE p AS SELECT name FROM registry_enterprise; EXECUTE p",
    "DO $$ BEGIN RAISE EXCEPTION '%%', (SELECT string_agg(name, ',') FROM registry_enterprise); END $$",
    "SELECT query_to_xml('SELECT name FROM registry_enterprise', true, true, '')",
    "SELECT table_to_xml('sampling_framerow', true, true, '')",
    "SELECT database_to_xml(true, true, '')",
    "SELECT ts_stat('SELECT to_tsvector(name) FROM registry_enterprise')",
    # through things of one's own making
    "CREATE TABLE mine AS SELECT 1",
    "CREATE TEMPORARY TABLE mine (a int)",
    "CREATE VIEW mine AS SELECT name FROM registry_enterprise",
    "CREATE FUNCTION mine() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT min(name) FROM registry_enterprise'",
    "CREATE EXTENSION dblink",
    "CREATE TRIGGER mine AFTER INSERT ON acts_act FOR EACH ROW EXECUTE FUNCTION link_act()",
    "GRANT SELECT ON registry_enterprise TO lab",
    "ALTER TABLE registry_enterprise OWNER TO lab",
    "ALTER TABLE todo_item DISABLE ROW LEVEL SECURITY",
    "TRUNCATE sampling_visit",
    "SELECT link_act()",
    # through the tables it may read
    "SELECT * FROM todo_item",
    "SELECT * FROM deadlines_deadline",
    "SELECT set_config('city.act', 'open', true); UPDATE todo_item SET front = 'lab' RETURNING *",
    "SELECT set_config('city.act', 'open', true); UPDATE todo_item SET front = 'lab'; SELECT * FROM todo_item",
    "SET LOCAL row_security = off; SELECT * FROM todo_item",
    "SET LOCAL session_replication_role = replica",
    "SET LOCAL ROLE owner; SELECT name FROM registry_enterprise",
    "SET SESSION AUTHORIZATION owner; SELECT name FROM registry_enterprise",
]


@pytest.mark.parametrize("name", ["lab", "visitor"])
def test_no_detour_leads_to_a_name(name: str, played: None, owner_sql: Any) -> None:
    """Whatever comes back, as rows or as words of an error, tells nobody's name."""
    assert owner_sql("SELECT count(*) FROM todo_item WHERE front <> 'lab'") != [(0,)], "there is something to find"
    through = []
    for sql in DETOURS:
        rows, said = attempt(name, sql)
        answer = f"{rows} {said}"
        if [word for word in TELLING[name] if word in answer and word not in sql]:
            through.append((sql, answer[:300]))
    assert not through


def test_nothing_that_runs_with_the_owners_rights_can_be_called(db: None) -> None:
    """Functions «security definer» are triggers only; no view but the public paper's is open to either role."""
    with role("desk"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE prosecdef AND prorettype <> 'trigger'::regtype"
            " AND (has_function_privilege('lab', oid, 'EXECUTE') OR has_function_privilege('visitor', oid, 'EXECUTE'))"
        )
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT r.rolname, c.relname FROM pg_class c, (VALUES ('lab'), ('visitor')) r (rolname)"
            " WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege(r.rolname, c.oid, 'SELECT')"
        )
        assert cursor.fetchall() == [("visitor", "documents_publicpaper")]
        cursor.execute("SELECT rolname FROM pg_roles WHERE pg_has_role('lab', oid, 'MEMBER') AND rolname <> 'lab'")
        assert cursor.fetchall() == []


# -- through a page

READS: dict[str, Callable[[], Any]] = {
    "firms": lambda: list(Enterprise.objects.all()),
    "rows-of-a-file": lambda: list(ImportRow.objects.all()),
    "frame": lambda: list(FrameRow.objects.values_list("name", flat=True)),
    "drawn": lambda: list(DrawnUnit.objects.select_related("row")),
    "pairs": lambda: list(LabMatch.objects.select_related("drawn__row", "lab")),
    "visits": lambda: list(Visit.objects.all()),
    "witnesses": lambda: list(Witness.objects.all()),
    "secrets": lambda: list(Secret.objects.all()),
    "files": lambda: list(StoredFile.objects.all()),
    "papers": lambda: list(Paper.objects.all()),
    "personal": lambda: list(PersonalRecord.objects.all()),
    "passwords": lambda: list(Account.objects.values_list("password")),
    "acts": lambda: list(Act.objects.all()),
    "history": lambda: history(Round(pk=1)),
    "in-a-transaction": lambda: transaction.atomic(lambda: Enterprise.objects.first())(),
    "after-an-error": lambda: _swallow_and_read(),
    "in-a-template": lambda: Template("{% for firm in firms %}{{ firm }}{% endfor %}").render(
        Context({"firms": Enterprise.objects.all()})
    ),
    "raw": lambda: list(Enterprise.objects.raw("SELECT * FROM registry_enterprise")),
}


def _swallow_and_read() -> Any:
    with suppress(ProgrammingError):
        list(Enterprise.objects.all())
    return list(FrameRow.objects.all())


def _rigged(read: Callable[[], Any]) -> Callable[..., HttpResponse]:
    @page(PUBLIC)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(read()))

    return view


@page(PUBLIC)
def streamed(request: HttpRequest) -> StreamingHttpResponse:
    """Reads only while the answer is on its way."""

    def lines() -> Iterator[str]:
        yield "firms:"
        yield from map(str, Enterprise.objects.all())

    return StreamingHttpResponse(lines())


@page(PUBLIC)
def who(request: HttpRequest) -> HttpResponse:
    """Under which role and as whom a request runs, after whatever it was asked to go through."""
    trouble = request.GET.get("trouble")
    if trouble == "broken":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                cursor.execute("SELECT nonsense")
            except DatabaseError:
                raise RuntimeError("the view broke in an open transaction") from None
    if trouble == "left-open":
        connection.set_autocommit(False)
        if request.GET.get("asked"):
            Region.objects.first()
        raise RuntimeError("the view left a transaction open")
    if trouble == "greedy":
        return HttpResponse(
            str(Secret.objects.using("default").first() and list(PersonalRecord.objects.raw("SELECT 1/0")))
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, session_user, pg_sleep(random() / 200)")
        found = cursor.fetchone()
    return JsonResponse({"role": found[0], "actor": current_actor().ref})


@page(SIGNED_IN)
def private(request: HttpRequest) -> HttpResponse:
    """For those who signed in."""
    return who(request)


urlpatterns = [
    *[path(f"{door}rigged/{name}/", _rigged(read)) for door in ("lab/", "") for name, read in READS.items()],
    *[path(f"{door}rigged/streamed/", streamed) for door in ("lab/", "")],
    *[
        path(f"{door}who/", view)
        for door, view in (("desk/", private), ("lab/", private), ("", who), ("accounts/", who))
    ],
    *site.urlpatterns,
]


@pytest.fixture
def rigged() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def test_a_page_that_reads_more_than_its_door_allows_answers_403(played: None, rigged: None) -> None:
    for door, client in (("/lab/", browser("tech1")), ("/", browser())):
        telling = TELLING["lab"]  # these pages publish nothing
        for name in (*READS, "streamed"):
            answer = client.get(f"{door}rigged/{name}/")
            text = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert answer.status_code == 403, (door, name, answer.status_code)
            assert not [word for word in telling if word.encode() in text], (door, name)
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_user")
                assert cursor.fetchone() == ("web",), (door, name)


def test_the_same_pages_open_where_identity_is_at_home(played: None) -> None:
    """The test above would prove nothing if these reads failed for another reason."""
    with role("desk"):
        for name, read in READS.items():
            assert bool(read()) == (name not in ("personal", "rows-of-a-file")), name


# -- three roles at the same time

EXPECTED = {"desk": ("desk", "section"), "lab": ("lab", "tech1"), "": ("visitor", ""), "accounts": ("web", "")}
THREADS, REQUESTS = 8, 25


def test_requests_side_by_side_never_inherit_a_role(pack: None, rigged: None) -> None:
    """200 requests in 8 threads that keep their connections, a third of them broken on purpose."""
    refs = {login: Account.objects.get(username=login).ref for login in ("section", "tech1")} | {"": NOBODY.ref}
    wrong: list[object] = []

    def work(seed: int) -> None:
        dice = random.Random(seed)
        clients = {login: browser(login) for login in refs}
        for client in clients.values():
            client.raise_request_exception = False
        try:
            for _ in range(REQUESTS):
                door = dice.choice(list(EXPECTED))
                name, login = EXPECTED[door]
                trouble = dice.choice(["", "", "broken", "left-open", "greedy"])
                _ask(clients[login], door, trouble, name, refs[login], wrong)
        except Exception as error:  # a thread's exception would be lost
            wrong.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def _ask(client: Client, door: str, trouble: str, name: str, ref: str, wrong: list[object]) -> None:
    """One request; afterwards the thread's connection is bare again and nobody acts in it."""
    answer = client.get(f"/{door}/who/".replace("//", "/"), {"trouble": trouble, "asked": random.choice(["", "1"])})
    if door == "accounts":  # no role is set there; a server closes a connection that is left broken
        close_old_connections()
    if not trouble and answer.json() != {"role": name, "actor": ref if door != "accounts" else NOBODY.ref}:
        wrong.append((door, answer.json()))
    if trouble and answer.status_code != (500 if trouble != "greedy" else 200 if door == "desk" else 403):
        wrong.append((door, trouble, answer.status_code))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, pg_current_xact_id_if_assigned()")
        if cursor.fetchone() != ("web", None) or not connection.get_autocommit():
            wrong.append((door, trouble, "the connection kept something"))
    if current_actor() is not NOBODY:
        wrong.append((door, trouble, "somebody still acts"))


def test_a_refusal_is_the_databases_own(played: None) -> None:
    """Not an `if`: the error carries PostgreSQL's code for missing rights."""
    with role("lab"), pytest.raises(ProgrammingError) as refused:
        list(Enterprise.objects.all())
    assert isinstance(refused.value.__cause__, InsufficientPrivilege)
