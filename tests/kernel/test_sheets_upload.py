"""From the upload over the preview to the commit: what was seen is what is taken in, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings
from django.urls import include, path

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.services import list_region
from qualitycity.kernel.acts import Fault, Faults, Refused
from qualitycity.kernel.acts.models import Act
from qualitycity.kernel.evidence import upload as bounds
from qualitycity.kernel.evidence import vault
from qualitycity.kernel.sheets import Column, Intake, Row, Sheet, commit, discard, receive
from qualitycity.kernel.sheets.intake import intakes
from qualitycity.kernel.sheets.models import Upload
from qualitycity.kernel.sheets.services import clear_old
from qualitycity.kernel.sheets.views import intake_urls
from qualitycity.web import urls as site
from tests.kernel.paper_scene import Scene, make_scene

SOURCE = Path(__file__).resolve().parents[2]
REGIONS = Sheet(
    "test.regions",
    "区划名录",
    columns=[
        Column("code", "代码", kind="code", required=True, example="339999103"),
        Column("name", "名称", required=True, example="南岭街道"),
        Column("kind", "类别", kind="choice", choices=[("town", "镇"), ("subdistrict", "街道")], required=True),
        Column("since", "设立日期", kind="date"),
    ],
    unique=("code",),
)


def take_in(*, rows: list[Row], upload: Upload) -> list[Region]:
    """A room's service: each row by its own act; what only the register knows comes back as faults."""
    city = Region.objects.get(code="339999")
    known = set(Region.objects.values_list("code", flat=True))
    faults = [
        Fault("已在册。", row=row.number, field="code", value=row.values["code"])
        for row in rows
        if row.values["code"] in known
    ]
    done = [
        list_region(code=v["code"], name=v["name"], kind=v["kind"], parent=city, valid_from=v["since"])
        for v in (row.values for row in rows)
        if v["code"] not in known
    ]
    if faults:
        raise Faults(faults)
    return done


INTAKE = Intake(REGIONS, commit=take_in, duty="access.place.edit", done=lambda regions: f"/desk/?n={len(regions)}")
urlpatterns = [*site.urlpatterns, path("desk/test/", include((intake_urls(INTAKE), "test")))]
GOOD = "代码,名称,类别,设立日期\n339999103,南岭街道,街道,2001-01-01\n339999104,北湖镇,镇,\n".encode()
BAD = "代码,名称,类别\n339999103,南岭街道,街倒\n339999103,,镇\n".encode()


@pytest.fixture(autouse=True)
def own_folder(settings: object, tmp_path: Path) -> Iterator[None]:
    settings.CITY_DATA = tmp_path
    intakes()[REGIONS.code] = INTAKE
    yield
    del intakes()[REGIONS.code]


@pytest.fixture
def scene(db: None) -> Iterator[Scene]:
    with role("desk"):
        yield make_scene()


def test_a_sheet_is_checked_kept_and_taken_in_by_one_act_that_names_the_file(scene: Scene) -> None:
    with acting(scene.person("root", "admin")):
        upload = receive(INTAKE, GOOD, "区划.csv")
        assert (upload.state, upload.total, len(upload.rows)) == ("checked", 2, 2)
        assert not Region.objects.filter(code="339999103").exists(), "a preview takes nothing in"
        done = commit(Upload.objects.get(pk=upload.pk))
    assert [region.code for region in done] == ["339999103", "339999104"]
    assert str(Region.objects.get(code="339999103").valid_from) == "2001-01-01"
    line = json.loads(Act.objects.filter(workflow="sheets.upload", verb="commit").get().line)
    assert line["facts"] == {"sheet": "test.regions", "file": upload.digest, "rows": 2}
    with acting(SYSTEM), pytest.raises(Refused, match="已入库"):
        commit(Upload.objects.get(pk=upload.pk))


def test_one_bad_row_and_nothing_goes_in_neither_before_nor_during_the_commit(scene: Scene) -> None:
    with acting(scene.person("root", "admin")):
        bad = receive(INTAKE, BAD)
        assert [(fault["row"], fault["field"]) for fault in bad.faults] == [(2, "kind"), (3, "name"), (3, "code")]
        with pytest.raises(Refused, match="还有 3 处要改"):
            commit(bad)
        upload = receive(INTAKE, GOOD + b"339999101,x,\xe9\x95\x87,\n")
        with pytest.raises(Faults) as refused:
            commit(upload)
        assert [(fault.row, fault.value) for fault in refused.value.faults] == [(4, "339999101")]
    assert Region.objects.count() == 3 and Upload.objects.get(pk=upload.pk).state == "checked"
    assert Act.objects.filter(workflow="sheets.upload", outcome="refused").count() == 2


def test_only_the_uploader_goes_on_and_only_with_the_duty(scene: Scene) -> None:
    root, other, town = (
        scene.person("root", "admin"),
        scene.person("adm", "admin"),
        scene.person("dong", "town", scene.east),
    )
    with acting(town), pytest.raises(Refused, match="上传职责"):
        receive(INTAKE, GOOD)
    with acting(root):
        upload = receive(INTAKE, GOOD)
    for service in (commit, discard):
        with acting(other), pytest.raises(Refused, match="上传人本人"):
            service(upload)
    with acting(root):
        discard(upload)
    assert (upload.state, upload.rows) == ("discarded", [])


def test_the_stored_rows_cannot_be_changed_between_preview_and_commit(scene: Scene) -> None:
    with acting(scene.person("root", "admin")):
        upload = receive(INTAKE, GOOD)
        with pytest.raises(DatabaseError, match="outside an act"), transaction.atomic():
            Upload.objects.filter(pk=upload.pk).update(rows=[])
        stored = vault.path_of(upload.digest)
        stored.chmod(0o600)
        stored.write_bytes(b"other")
        with pytest.raises(Refused, match="已损坏"):
            commit(upload)
    for name in ("lab", "visitor"):
        with role(name), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute("SELECT 1 FROM sheets_upload")


def test_rows_of_old_uploads_go_their_digest_stays(scene: Scene) -> None:
    with acting(scene.person("root", "admin")):
        upload = receive(INTAKE, GOOD)
    with acting(SYSTEM):
        assert clear_old() == 0
        with clock.on(clock.today() + timedelta(days=31)):
            assert clear_old() == 1 and clear_old() == 0
    upload.refresh_from_db()
    assert (upload.state, upload.rows, len(upload.digest)) == ("cleared", [], 64)


def test_no_table_at_all_is_refused_at_the_door(scene: Scene) -> None:
    with acting(scene.person("root", "admin")), pytest.raises(Refused, match="不收这种文件"):
        receive(INTAKE, b"\x89PNG\r\n\x1a\n" + b"0" * 100, "区划.xlsx")
    assert not Upload.objects.exists()


# -- in the browser


@pytest.fixture
def admin(transactional_db: None) -> Iterator[Client]:
    with role("desk"):
        scene = make_scene()
        scene.person("root", "admin")
        scene.person("adm", "admin")
    client = Client()
    with override_settings(ROOT_URLCONF=__name__):
        client.login(username="root", password="x")
        yield client


def hand_in(client: Client, content: bytes, name: str = "区划.csv") -> str:
    answer = client.post("/desk/test/import/", {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def test_upload_mend_upload_again_and_commit(admin: Client) -> None:
    page = admin.get("/desk/test/import/").content.decode()
    assert "下载模板" in page and "代码" in page
    book = openpyxl.load_workbook(io.BytesIO(admin.get("/desk/test/import/template/").content))
    assert book.worksheets[0]["A1"].value == "代码*"

    preview = hand_in(admin, BAD)
    text = admin.get(preview).content.decode()
    for part in ("街倒", "最接近:街道", "与第 2 行重复", "不能为空"):
        assert part in text
    assert "确认入库" not in text
    failures = admin.get(f"{preview}failures/")
    mended = openpyxl.load_workbook(io.BytesIO(failures.content))
    page_ = mended.worksheets[0]
    page_["C2"].value, page_["A3"].value, page_["B3"].value = "街道", "339999104", "北湖镇"
    buffer = io.BytesIO()
    mended.save(buffer)

    preview = hand_in(admin, buffer.getvalue(), "改好.xlsx")
    text = admin.get(preview).content.decode()
    assert "确认入库" in text and "北湖镇" in text
    assert admin.get(f"{preview}commit/").status_code == 302 and not Region.objects.filter(name="北湖镇").exists()
    done = admin.post(f"{preview}commit/")
    assert done["Location"] == "/desk/?n=2" and Region.objects.filter(name="北湖镇").exists()
    again = admin.post(f"{preview}commit/")
    assert again.status_code == 422 and "已入库" in again.content.decode()


def test_what_the_register_refuses_comes_back_on_the_preview(admin: Client) -> None:
    preview = hand_in(admin, "代码,名称,类别\n339999101,东河镇,镇\n".encode())
    answer = admin.post(f"{preview}commit/")
    assert answer.status_code == 422 and "已在册" in answer.content.decode() and "339999101" in answer.content.decode()


def test_somebody_elses_upload_is_not_there(admin: Client) -> None:
    preview = hand_in(admin, GOOD)
    other = Client()
    other.login(username="adm", password="x")
    for part in ("", "failures/", "commit/", "discard/"):
        assert other.get(preview + part).status_code == 404
        assert Client().get(preview + part).status_code == 302
    assert admin.post(f"{preview}discard/")["Location"] == "/desk/test/import/"


def test_no_file_a_wrong_file_and_too_large_a_file_say_so_beside_the_field(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "请选择要上传的文件" in admin.post("/desk/test/import/").content.decode()
    wrong = admin.post("/desk/test/import/", {"file": SimpleUploadedFile("x.xlsx", b"\0\1\2\3")})
    assert wrong.status_code == 422 and "不收这种文件" in wrong.content.decode()
    monkeypatch.setattr(bounds, "most_bytes", lambda *groups: 1 << 20)
    large = admin.post("/desk/test/import/", {"file": SimpleUploadedFile("x.csv", GOOD * 30000)})
    assert large.status_code == 422 and "最多 1 MB" in large.content.decode()
    with role("desk"):
        assert not Upload.objects.exists()


# -- killed at a random moment

KILLED = """
import sys
from django.conf import settings
import django
django.setup()
settings.DATABASES["default"].update({parameters!r})
from django.db import connection
connection.settings_dict.update({parameters!r})
with connection.cursor() as cursor:
    cursor.execute("SET SESSION AUTHORIZATION web")
from qualitycity.kernel.access.actor import SYSTEM, acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.sheets import commit, receive
from qualitycity.kernel.sheets.intake import intakes
from tests.kernel.test_sheets_upload import INTAKE, many
intakes()[INTAKE.sheet.code] = INTAKE
print("ready", flush=True)
with role("desk"), acting(SYSTEM):
    for start in range({first}, {first} + 90):
        commit(receive(INTAKE, many(start)))
        print("committed", flush=True)
"""


def many(start: int) -> bytes:
    """Twenty rows of their own for each start."""
    lines = [f"34{start:04d}{n:03d},镇{n},镇" for n in range(20)]
    return ("代码,名称,类别\n" + "\n".join(lines) + "\n").encode()


@pytest.mark.django_db(transaction=True)
def test_killed_at_random_moments_each_file_is_in_whole_or_not_at_all(tmp_path: Path) -> None:
    with role("desk"):
        make_scene()
    keep = ("NAME", "USER", "HOST", "PORT", "PASSWORD")
    parameters = {key: connection.settings_dict[key] for key in keep}
    environment = {
        **os.environ,
        "PYTHONPATH": f"{SOURCE / 'src'}:{SOURCE}",
        "CITY_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "qualitycity.web.settings_test",
    }
    dice = random.Random(20270412)
    told = 0
    for turn in range(4):
        script = KILLED.format(parameters=parameters, first=turn * 100)
        child = subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        waited = dice.randrange(3)
        for _commit in range(waited):
            assert child.stdout.readline() == "committed\n"
        time.sleep(dice.uniform(0, 0.25))
        child.kill()
        told += sum(line == "committed\n" for line in child.stdout) + waited
        child.wait()
        child.stdout.close()
        _nothing_is_half_done(told)
    with role("desk"):
        assert Upload.objects.filter(state="committed").exists()


def _nothing_is_half_done(told: int) -> None:
    """Rows, uploads and lines of the record agree; nothing that was told as committed is gone."""
    with role("desk"):
        connection.cursor().execute("SELECT pg_sleep(0.2)")  # the server rolls back what its killed client left open
        committed = Upload.objects.filter(state="committed").count()
        assert committed >= told
        assert Region.objects.filter(code__startswith="34").count() == committed * 20
        assert Act.objects.filter(workflow="sheets.upload", verb="commit", outcome="done").count() == committed
        assert not Upload.objects.exclude(state__in=["checked", "committed"]).exists()
        for upload in Upload.objects.all():
            upload.file.verify()
