"""SIGKILL at random moments: nothing committed is lost, nothing is left half-done, and doing it again succeeds."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from qualitycity.cli.postgres import Cluster
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.services import list_region
from qualitycity.kernel.acts.models import Act
from qualitycity.kernel.sheets import Column, Intake, Row, Sheet, commit, receive
from qualitycity.kernel.sheets.intake import intakes
from qualitycity.kernel.sheets.models import Upload
from qualitycity.registry import services as registry
from qualitycity.registry import uscc
from qualitycity.registry.models import CategoryProposal, Enterprise, ImportBatch, ImportRow, ImportStage, Lead
from qualitycity.registry.towns import load_pack
from qualitycity.web.settings import database
from tests.faults import ceremony, kills
from tests.registry.conftest import csv_file
from tests.registry.conftest import row as register_row

COUNTY = "330681"
FEWEST = 8  # of thirty moments within the time the work took when nobody killed it; a later run may be quicker


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.CITY_DATA = tmp_path / "city"


MOST_DEATHS = 24  # the last of them is given some forty seconds


def until_done(work: Callable[[], object], looked: Callable[[], object]) -> None:
    """Kill `work` again and again, on average a third later each time, until it comes through; look each time."""
    deaths = 0
    while kills.killed_after(work, random.uniform(0.01, 0.1 * 1.3**deaths)):
        deaths += 1
        looked()
        assert deaths < MOST_DEATHS, "the work does not come through"
    assert deaths, "nobody was killed"
    looked()


# -- an import


@pytest.fixture
def county(transactional_db: None) -> None:
    with role("desk"), acting(SYSTEM):
        registry.load_regions(pack=load_pack("zhuji"))
        registry.ensure_categories()


def register_of(rows: int) -> bytes:
    """A register with so many sound firms, the same number of each town, and a double at the end."""
    towns = ("大唐镇", "枫桥镇", "店口镇", "暨阳街道")
    lines = [
        register_row(
            f"示例{number}袜厂",
            uscc.make("91330681", f"XYD3{number:04d}"),
            f"诸暨市{towns[number % 4]}示例路{number}号",
        )
        for number in range(rows)
    ]
    return csv_file(*lines, lines[0]).getvalue()


def import_on(content: bytes) -> None:
    """Import a file from wherever its batch stands: what a person does who presses the button again."""
    with role("desk"), acting(SYSTEM):
        batch = ImportBatch.objects.exclude(state="discarded").last()
        if batch is None:
            region = Region.objects.get(code=COUNTY)
            batch = registry.receive(io.BytesIO(content), filename="登记.csv", region=region)
        if batch.state == "reading":
            registry.read_import(batch)
        if batch.state == "previewed":
            registry.commit_import(batch)


def import_is_whole(rows: int) -> None:
    """Either nothing of the file is in the register, or all of it; the preview too is whole or not there."""
    kills.insist_on_the_record()
    with role("desk"):
        committed = ImportBatch.objects.filter(state="committed")
        assert committed.count() <= 1
        assert Enterprise.objects.count() == rows * committed.count()
        assert CategoryProposal.objects.count() == rows * committed.count()
        assert (
            Act.objects.filter(workflow="registry.import", verb="commit", outcome="done").count() == committed.count()
        )
        for batch in ImportBatch.objects.all():
            lines = ImportRow.objects.filter(batch=batch)
            assert lines.count() == (0 if batch.state == "reading" else rows + 1) == sum(batch.counts.values())
            pointed = lines.filter(enterprise__isnull=False).count()
            assert pointed == (rows + 1 if batch.state == "committed" else 0)
            if batch.state == "committed":
                assert not ImportStage.objects.filter(batch=batch).exists()


def test_an_import_killed_again_and_again_comes_in_whole(county: None) -> None:
    content = register_of(700)
    until_done(partial(import_on, content), partial(import_is_whole, 700))
    with role("desk"), acting(SYSTEM):
        assert Enterprise.objects.count() == 700
        again = registry.read_import(
            registry.receive(io.BytesIO(content), filename="again.csv", region=Region.objects.get(code=COUNTY))
        )
        assert (again.unchanged, again.merged, again.is_new) == (700, 1, False)


@pytest.mark.long
def test_an_import_of_5000_rows_killed_at_thirty_random_moments(county: None, tmp_path: Path) -> None:
    """By the command line, each time from the same empty register; afterwards the same command again succeeds."""
    file = tmp_path / "register.csv"
    file.write_bytes(register_of(5000))
    work = partial(call_command, "import_enterprises", str(file), yes=True)
    snapshot = kills.Snapshot()
    longest = kills.how_long(work)
    deaths = 0
    for moment in kills.moments(30, longest):
        snapshot.restore()
        deaths += kills.killed_after(work, moment)
        import_is_whole(5000)
        work()
        kills.insist_on_the_record()
        with role("desk"):
            assert Enterprise.objects.count() == CategoryProposal.objects.count() == 5000, moment
            states = set(ImportBatch.objects.order_by("pk").values_list("state", flat=True))
        assert "committed" in states
    assert deaths >= FEWEST
    with role("desk"), acting(SYSTEM):
        waiting = set(
            ImportBatch.objects.filter(state__in=["reading", "previewed"]).values_list("file_sha256", flat=True)
        )
        registry.sweep_imports()
    assert {path.name for path in kills.leftovers(tmp_path / "city" / "imports")} >= waiting


# -- a draw


def ceremony_is_whole(told: Path) -> None:
    assert kills.insist_on_the_record() >= ceremony.last_told(told), "what was told as committed is gone"
    ceremony.nothing_is_half_done()


def test_a_ceremony_killed_again_and_again_gives_the_same_draw(pack: None, tmp_path: Path) -> None:
    """From the frame to the opened names; every death is followed by another process that goes on from the database."""
    told = tmp_path / "told"
    until_done(partial(ceremony.play_on, told), partial(ceremony_is_whole, told))
    assert ceremony.nothing_is_half_done() == "signed" and ceremony.next_move() is None


@pytest.mark.long
def test_the_draw_and_the_matching_killed_at_thirty_random_moments(pack: None, tmp_path: Path) -> None:
    """The seconds between the press of the button and the minutes, over and over from the confirmed dice."""
    told = tmp_path / "told"
    while ceremony.nothing_is_half_done() != "confirmed":
        move = ceremony.next_move()
        assert move is not None
        move()
    snapshot = kills.Snapshot()

    def to_the_minutes() -> None:
        while ceremony.nothing_is_half_done() != "minuted":
            ceremony.next_move()()  # type: ignore[misc]

    longest = kills.how_long(to_the_minutes)
    deaths = 0
    for moment in kills.moments(30, longest):
        snapshot.restore()
        deaths += kills.killed_after(to_the_minutes, moment)
        ceremony_is_whole(told)
        to_the_minutes()
        ceremony_is_whole(told)
    assert deaths >= FEWEST
    ceremony.play_on(told)
    ceremony_is_whole(told)


# -- a sheet

TOWNS = Sheet(
    "test.killed",
    "区划名录",
    columns=[Column("code", "代码", kind="code", required=True), Column("name", "名称", required=True)],
    unique=("code",),
)
PER_SHEET = 40


def take_in(*, rows: list[Row], upload: Upload) -> list[Region]:
    """A room's service: each row by its own act."""
    return [list_region(code=row.values["code"], name=row.values["name"], kind="town") for row in rows]


INTAKE = Intake(TOWNS, commit=take_in, duty="access.place.edit")


@pytest.fixture
def sheets(transactional_db: None) -> Iterator[None]:
    intakes()[TOWNS.code] = INTAKE
    yield
    del intakes()[TOWNS.code]


def upload_on(files: int) -> None:
    """Hand in so many sheets, each checked and then taken in; go on where the last process stopped."""
    with role("desk"), acting(SYSTEM):
        for number in range(Upload.objects.filter(state="committed").count(), files):
            lines = [f"34{number:04d}{line:03d},镇{line}" for line in range(PER_SHEET)]
            waiting = Upload.objects.filter(state="checked").last()
            commit(waiting or receive(INTAKE, ("代码,名称\n" + "\n".join(lines) + "\n").encode()))


def sheets_are_whole() -> None:
    kills.insist_on_the_record()
    with role("desk"):
        committed = Upload.objects.filter(state="committed").count()
        assert Region.objects.filter(code__startswith="34").count() == committed * PER_SHEET
        assert Act.objects.filter(workflow="sheets.upload", verb="commit", outcome="done").count() == committed
        for upload in Upload.objects.all():
            assert upload.state in ("checked", "committed") and len(upload.rows) == PER_SHEET
            upload.file.verify()


def test_sheets_killed_again_and_again_come_in_whole(sheets: None) -> None:
    until_done(partial(upload_on, 6), sheets_are_whole)
    with role("desk"):
        assert Upload.objects.filter(state="committed").count() == 6


@pytest.mark.long
def test_sheets_killed_at_thirty_random_moments(sheets: None) -> None:
    work, snapshot = partial(upload_on, 3), kills.Snapshot()
    deaths = 0
    for moment in kills.moments(30, kills.how_long(work)):
        snapshot.restore()
        deaths += kills.killed_after(work, moment)
        sheets_are_whole()
        work()
        sheets_are_whole()
    assert deaths >= FEWEST


# -- the database server itself


@pytest.fixture
def own_server(transactional_db: None, cluster: Any, tmp_path: Path) -> Iterator[Cluster]:
    """A server that keeps what it promises (fsync), with a copy of the fresh test database, as the one in use."""
    server = Cluster(tmp_path / "pg")
    server.start()
    server.create_database("city")
    tested, kept = connection.settings_dict["NAME"], dict(connection.settings_dict)
    dump, program = tmp_path / "fresh.dump", server.binaries
    # pg_dump of a database of this run, whose connections are closed: nothing else is written meanwhile
    connection.close()
    subprocess.run(
        [program["pg_dump"], "-Fc", "-f", str(dump), "-d", cluster.url(dbname=tested), "--no-comments"], check=True
    )
    subprocess.run([program["pg_restore"], "--clean", "--if-exists", "-d", server.url(), str(dump)], check=True)
    connection.settings_dict.update(database(server.url()))
    yield server
    connection.close()
    connection.settings_dict.update(kept)
    server.stop()
    server.remove()


def leads_without_end(told: Path) -> None:
    """Acts one after the other; each is told when its commit came back."""
    with role("desk"), acting(SYSTEM):
        region = Region.objects.get(code=COUNTY)
        while True:
            registry.report_lead(source="field", text="示例线索", region=region)
            told.write_text(str(Lead.objects.count()))


@pytest.mark.long
def test_a_server_killed_keeps_every_act_it_said_was_committed(own_server: Cluster, tmp_path: Path) -> None:
    with role("desk"), acting(SYSTEM):
        registry.load_regions(pack=load_pack("zhuji"))
        registry.ensure_categories()
    content, told = register_of(3000), tmp_path / "told"
    for moment in (0.6, 1.4, 2.2):
        children = [kills.start(partial(leads_without_end, told)), kills.start(partial(import_on, content))]
        time.sleep(random.uniform(moment - 0.5, moment))
        for process in own_server.living():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for child in children:
            assert kills.ended(child) in (0, kills.BROKEN)
        own_server.process.wait()  # type: ignore[union-attr]
        own_server.start()
        import_is_whole(3000)
        with role("desk"):
            assert Lead.objects.count() >= ceremony.last_told(told)
    assert ceremony.last_told(told) > 0
    import_on(content)
    import_is_whole(3000)
    with role("desk"):
        assert Enterprise.objects.count() == 3000
