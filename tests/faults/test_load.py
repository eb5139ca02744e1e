"""Forty people write while a large register comes in: all succeed, the chain holds, nobody waits for ever."""

from __future__ import annotations

import io
import threading
import time
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.acts.models import Act
from qualitycity.registry import services as registry
from qualitycity.registry import uscc
from qualitycity.registry.models import Enterprise, ImportBatch, Lead
from tests.faults import kills
from tests.registry.conftest import csv_file
from tests.registry.conftest import row as register_row
from tests.story.office import browser

pytestmark = pytest.mark.long
WRITERS, EACH, ROWS = 40, 15, 5000
PATIENCE = 300


def register() -> bytes:
    """Five thousand invented firms of the demonstration city."""
    towns = ("东河镇", "西塘镇", "北湖镇", "南岭街道")
    rows = []
    for number in range(ROWS):
        code, address = uscc.make("91339999", f"MAD5{number:04d}"), f"示例市{towns[number % 4]}示例路{number}号"
        rows.append(register_row(f"示例{number}针织厂", code, address, province="示例省"))
    return csv_file(*rows).getvalue()


@pytest.fixture
def waiting(pack: None, settings: Any, tmp_path: Any) -> ImportBatch:
    """A register uploaded and compared; the import itself is to come."""
    settings.CITY_DATA = tmp_path
    with role("desk"), acting(SYSTEM):
        region = Region.objects.get(code="339999")
        return registry.read_import(registry.receive(io.BytesIO(register()), filename="登记.csv", region=region))


class Crowd:
    """Threads that begin together; what goes wrong in any of them is kept, with how long the slowest act took."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self.seconds: list[float] = []
        self.threads: list[threading.Thread] = []
        self.gate = threading.Event()

    def add(self, work: Any, *given: Any) -> None:
        """One more who will do `work(crowd, *given)`."""
        self.threads.append(threading.Thread(target=self._run, args=(work, given), daemon=True))

    def _run(self, work: Any, given: tuple) -> None:
        self.gate.wait()
        try:
            work(self, *given)
        except Exception as error:
            self.wrong.append(f"{type(error).__name__}: {str(error)[:200]}")
        finally:
            connection.close()

    def go(self) -> None:
        """Let them begin; fail for whoever is not done in time."""
        for thread in self.threads:
            thread.start()
        self.gate.set()
        until = time.monotonic() + PATIENCE
        for thread in self.threads:
            thread.join(max(0.1, until - time.monotonic()))
        assert not [thread for thread in self.threads if thread.is_alive()], "somebody waits for ever"


def import_it(crowd: Crowd, batch: ImportBatch) -> None:
    with role("desk"), acting(SYSTEM):
        registry.commit_import(batch)


def write_through_pages(crowd: Crowd, login: str, town: int, number: int) -> None:
    """Report leads, one request each, as somebody signed in."""
    client = browser(login)
    for turn in range(EACH):
        since = time.monotonic()
        answer = client.post(
            reverse("registry:lead-new"),
            {"source": "field", "text": f"线索 {number}-{turn}", "region": town, "occurred_on": ""},
        )
        crowd.seconds.append(time.monotonic() - since)
        if answer.status_code != 302:
            crowd.wrong.append(f"{login} {number}-{turn}: {answer.status_code}")


def write_through_services(crowd: Crowd, town: int, number: int) -> None:
    """Register a firm of one's own and change it, over and over."""
    with role("desk"), acting(SYSTEM):
        code = uscc.make("91339999", f"MAD6{number:04d}")
        firm = registry.register_enterprise(name=f"示例写{number}厂", code=code, region=Region.objects.get(pk=town))
        for turn in range(EACH - 1):
            since = time.monotonic()
            registry.edit_enterprise(firm, scope=f"制造:袜子 {turn}")
            crowd.seconds.append(time.monotonic() - since)


def test_forty_writers_while_five_thousand_rows_come_in(waiting: ImportBatch) -> None:
    with role("desk"):
        towns = list(Region.objects.filter(parent__code="339999", valid_to=None).values_list("pk", flat=True))
        firms, acts, leads = Enterprise.objects.count(), Act.objects.count(), Lead.objects.count()
    crowd = Crowd()
    crowd.add(import_it, waiting)
    for number in range(WRITERS):
        if number % 2:
            crowd.add(write_through_services, towns[number % len(towns)], number)
        else:
            crowd.add(write_through_pages, ("section", "coord")[number % 4 // 2], towns[number % len(towns)], number)
    crowd.go()
    assert not crowd.wrong
    with role("desk"):
        waiting.refresh_from_db()
        assert waiting.state == "committed" and waiting.accepted == ROWS
        assert Enterprise.objects.count() == firms + ROWS + WRITERS // 2
        assert Lead.objects.count() == leads + WRITERS // 2 * EACH
        done = Counter(Act.objects.filter(pk__gt=0, outcome="done").values_list("workflow", flat=True))
        assert done["registry.import"] >= 3 and done["registry.lead"] >= WRITERS // 2 * EACH
        assert not Act.objects.filter(outcome="refused").exists()
        assert Act.objects.count() == acts + WRITERS * EACH + 1, "the import is one act, each write is one"
    kills.insist_on_the_record()
    assert deadlocks() == 0
    assert max(crowd.seconds) < 60, f"an act waited {max(crowd.seconds):.0f} s"


def deadlocks() -> int:
    """How many the database has had to break since it was made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def test_two_imports_at_once_take_turns(pack: None, settings: Any, tmp_path: Any) -> None:
    """The second finds the register changed since its preview: refused with a sentence, and right after a new look."""
    settings.CITY_DATA = tmp_path
    with role("desk"), acting(SYSTEM):
        region = Region.objects.get(code="339999")
        batches = [
            registry.read_import(registry.receive(io.BytesIO(register()), filename=f"{n}.csv", region=region))
            for n in range(2)
        ]
        firms = Enterprise.objects.count()
    crowd = Crowd()
    for batch in batches:
        crowd.add(import_it, batch)
    crowd.go()
    assert len(crowd.wrong) == 1 and "重新核对" in crowd.wrong[0]
    with role("desk"), acting(SYSTEM):
        assert Enterprise.objects.count() == firms + ROWS
        late = ImportBatch.objects.get(pk__in=[batch.pk for batch in batches], state="previewed")
        registry.preview_import(late)
        assert (late.unchanged, late.is_new) == (ROWS, False)
        registry.commit_import(late)
        assert Enterprise.objects.count() == firms + ROWS
    kills.insist_on_the_record()
