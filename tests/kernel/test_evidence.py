"""Evidence: kept by content, judged by content, stripped before it goes out, found damaged when it is."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.test import Client, RequestFactory
from django.utils import timezone
from PIL import Image

from qualitycity.kernel.access.actor import acting
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import ViewLog
from qualitycity.kernel.acts import Refused
from qualitycity.kernel.evidence import Damaged, FileKind, attach, attachments, publish_file, store, vault
from qualitycity.kernel.evidence.kinds import file_kinds
from qualitycity.kernel.evidence.models import Attachment, OriginalName, StoredFile
from qualitycity.kernel.evidence.queries import attachment_or_404
from qualitycity.kernel.evidence.services import sweep, withdraw_file
from qualitycity.kernel.evidence.sniff import sniff
from qualitycity.kernel.evidence.views import attachment as attachment_view
from tests.kernel.paper_scene import Scene, make_scene

SOURCE = Path(__file__).resolve().parents[2] / "src"
PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF"
PHOTO, LETTER = "test.photo", "test.letter"
LATITUDE, LONGITUDE = 29.7, 120.2


@pytest.fixture(autouse=True)
def own_folder(settings: object, tmp_path: Path) -> None:
    """Files of a test lie in a folder of its own."""
    settings.CITY_DATA = tmp_path


@pytest.fixture
def scene(db: None) -> Iterator[Scene]:
    kinds = file_kinds()
    kinds[PHOTO] = FileKind(PHOTO, "现场照片", duty="access.delegation.give", accepts=("picture",))
    kinds[LETTER] = FileKind(LETTER, "来函", duty="access.delegation.give", accepts=("document", "picture"))
    with role("desk"):
        yield make_scene()
    del kinds[PHOTO], kinds[LETTER]


def photo(comment: bytes = b"Zhang San 13812345678") -> bytes:
    """A JPEG as a phone makes it: place, time, camera, thumbnail comment, turned on its side."""
    image = Image.new("RGB", (40, 20), "red")
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Phone", "X1", 6
    exif.get_ifd(0x8769)[0x9003] = "2027:04:12 09:30:00"
    place = exif.get_ifd(0x8825)
    place.update({1: "N", 2: (29.0, 42.0, 0.0), 3: "E", 4: (120.0, 12.0, 0.0)})
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=comment)
    return buffer.getvalue()


def test_a_file_is_kept_once_by_content_and_its_name_apart(scene: Scene) -> None:
    with acting(scene.person("lin", "section_chief")):
        first = store(PDF, name="C:\\张三的投诉信.pdf")
        again = store(io.BytesIO(PDF), name="b.pdf")
    assert first.sha256 == again.sha256 == hashlib.sha256(PDF).hexdigest()
    assert StoredFile.objects.count() == 1 and first.mime == "application/pdf"
    assert set(OriginalName.objects.values_list("name", flat=True)) == {"张三的投诉信.pdf", "b.pdf"}
    path = vault.path_of(first.sha256)
    assert path.read_bytes() == PDF and path.parent.name + path.name == first.sha256
    assert first.served_name == f"{first.sha256}.pdf"


def test_the_type_is_read_from_the_content_whatever_name_and_browser_claim(scene: Scene) -> None:
    for content, word in [
        (b"MZ\x90\x00" + b"\0" * 100, "x-msdownload"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "text/markup"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><script>1</script>", "text/markup"),
        (b"\0\1\2\3" * 20, "octet-stream"),
    ]:
        with pytest.raises(Refused, match=word) as refused:
            store(SimpleUploadedFile("photo.jpg", content, content_type="image/jpeg"), accepts=["picture", "document"])
        assert refused.value.field == "file"
    with pytest.raises(Refused, match="application/pdf"):
        store(PDF, name="x.jpg", accepts=["picture"])
    with pytest.raises(Refused, match="空的"):
        store(b"", name="x.pdf")
    assert not StoredFile.objects.exists() and not list((vault.root() / "incoming").iterdir())


def test_office_packages_are_told_by_their_members(tmp_path: Path) -> None:
    expected = {
        "word/document.xml": "wordprocessingml",
        "xl/workbook.xml": "spreadsheetml",
        "OFD.xml": "ofd",
        "a.txt": "zip",
    }
    for member, word in expected.items():
        path = tmp_path / "f"
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr(member, "x")
        assert word in sniff(path)
    path.write_bytes(b"PK\x03\x04 broken")
    assert sniff(path) == "application/octet-stream"
    path.write_bytes("乡镇,名称\n东河镇,甲".encode("gb18030"))
    assert sniff(path) == "text/plain"


def test_a_claimed_and_a_real_two_gigabytes_are_refused_early(scene: Scene) -> None:
    class Claimed(io.BytesIO):
        size = 2 << 30

        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("not a byte needs to be read")

    with pytest.raises(Refused, match="最多 50 MB"):
        store(Claimed(PDF), accepts=["document"])

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"x" * size

        def seek(self, *place: int) -> int:
            return 0

    endless = Endless()
    with pytest.raises(Refused, match="最多 30 MB"):
        store(endless, accepts=["picture"])
    assert endless.given < 40 << 20 and not list((vault.root() / "incoming").iterdir())


def test_what_a_photo_says_stays_inside_and_the_copy_says_nothing(scene: Scene) -> None:
    stored = store(photo(), name="IMG.jpg")
    inside = stored.picture
    assert inside is not None and inside.stripped is not None
    assert (inside.latitude, inside.longitude, inside.camera) == (LATITUDE, LONGITUDE, "Phone X1")
    assert timezone.localtime(inside.taken_at).isoformat() == "2027-04-12T09:30:00+08:00"
    copy = inside.stripped.read()
    for trace in (b"Exif", b"GPS", b"Phone", b"2027:04", b"13812345678", b"http://ns.adobe.com"):
        assert trace not in copy
    drawn = Image.open(io.BytesIO(copy))
    assert drawn.size == (20, 40), "turned upright, since the note about it is gone"
    assert not dict(drawn.getexif()) and "comment" not in drawn.info


def test_a_picture_that_cannot_be_drawn_or_is_a_bomb_is_refused(scene: Scene) -> None:
    with pytest.raises(Refused, match="打不开"):
        store(photo()[:300], accepts=["picture"])
    bomb = io.BytesIO()
    Image.new("1", (20000, 20000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 200_000
    with pytest.raises(Refused, match="打不开"):
        store(bomb.getvalue(), accepts=["picture"])


def test_attaching_needs_an_act_a_declared_kind_and_a_fitting_type(scene: Scene, owner_sql: object) -> None:
    stored = store(PDF, name="来函.pdf")
    with pytest.raises(RuntimeError, match="outside an act"):
        attach(scene.east, stored, LETTER)
    chief = scene.person("lin", "section_chief")
    with scene.inside(chief):
        with pytest.raises(Refused, match="不收这种类型"):
            attach(scene.east, stored, PHOTO)
        with pytest.raises(KeyError):
            attach(scene.east, stored, "test.unknown")
        first = attach(scene.east, stored, LETTER, title="一月来函")
        assert attach(scene.east, stored, LETTER) == first
    with pytest.raises(DatabaseError), transaction.atomic():
        Attachment.objects.create(
            subject_type="x",
            subject_id="1",
            file=stored,
            kind=LETTER,
            added_by="x",
            added_at=timezone.now(),
            business_date="2027-01-01",
        )
    with pytest.raises(DatabaseError, match="permission denied"), scene.inside(chief):
        Attachment.objects.filter(pk=first.pk).update(title="改")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        owner_sql("DELETE FROM evidence_attachment")


def test_a_file_is_seen_by_who_holds_the_duty_and_reaches_the_case_and_by_nobody_else(scene: Scene) -> None:
    with scene.inside(scene.person("lin", "section_chief")):
        row = attach(scene.east, store(PDF), LETTER)
    outsider, no_duty = scene.person("wang", "town", scene.west), scene.person("qiu", "citizen", scene.east)
    insider = scene.person("dong", "town", scene.east)
    assert list(attachments(scene.east, actor=insider)) == [row] == [attachment_or_404(row.pk, insider)]
    for actor in (outsider, no_duty):
        assert not attachments(scene.east, actor=actor).exists()
        for pk in (row.pk, row.pk + 1000):
            with pytest.raises(Http404):
                attachment_or_404(pk, actor)


def served(actor: object, pk: int, query: str = "") -> object:
    request = RequestFactory().get(f"/desk/evidence/{pk}/{query}")
    with acting(actor):
        return attachment_view(request, pk=pk)


def test_a_photo_goes_out_stripped_the_original_only_by_its_duty_and_each_look_is_logged(scene: Scene) -> None:
    chief, town = scene.person("lin", "section_chief"), scene.person("dong", "town", scene.east)
    with scene.inside(chief):
        row = attach(scene.east, store(photo(), name="张三 13812345678.jpg"), PHOTO)
    for actor, query in [(town, ""), (town, "?original=1"), (chief, "")]:
        answer = served(actor, row.pk, query)
        assert b"Exif" not in b"".join(answer.streaming_content)
        assert answer["Content-Disposition"].startswith("inline") and answer["X-Content-Type-Options"] == "nosniff"
        assert "13812345678" not in str(answer.headers)
    answer = served(chief, row.pk, "?original=1")
    assert b"Exif" in b"".join(answer.streaming_content)
    assert answer["Content-Disposition"] == f'attachment; filename="{row.file_id}.jpg"'
    assert ViewLog.objects.filter(subject_id=str(scene.east.pk), what="打开材料:现场照片").count() == 4


def test_a_text_that_hides_markup_is_handed_over_never_shown(scene: Scene) -> None:
    with scene.inside(scene.person("lin", "section_chief")):
        row = attach(scene.east, store(b"hello <script>alert(1)</script>", name="a.html"), LETTER)
    answer = served(scene.person("dong", "town", scene.east), row.pk)
    assert answer["Content-Type"] == "application/octet-stream" and answer["Content-Disposition"].startswith(
        "attachment"
    )


def test_tampering_on_disk_is_found_on_every_read_and_never_served(scene: Scene) -> None:
    chief = scene.person("lin", "section_chief")
    with scene.inside(chief):
        row = attach(scene.east, store(PDF), LETTER)
    path = vault.path_of(row.file_id)
    path.chmod(0o600)
    path.write_bytes(PDF.replace(b"1.7", b"1.4"))
    with pytest.raises(Damaged):
        row.file.read()
    answer = served(chief, row.pk)
    assert answer.status_code == 500 and "不一致" in answer.content.decode()
    store(PDF)
    row.file.verify()
    path.unlink()
    with pytest.raises(Damaged):
        row.file.open()


def test_a_stored_file_cannot_become_another_even_for_the_owner(scene: Scene, owner_sql: object) -> None:
    stored = store(PDF)
    with pytest.raises(DatabaseError, match="keeps digest"), transaction.atomic():
        StoredFile.objects.filter(pk=stored.pk).update(size=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        owner_sql("UPDATE evidence_storedfile SET mime = 'text/html'")


@pytest.mark.django_db(transaction=True)
def test_the_public_fetches_only_what_was_published_and_without_its_metadata() -> None:
    kinds = file_kinds()
    kinds[PHOTO] = FileKind(PHOTO, "现场照片", duty="access.delegation.give", accepts=("picture", "video", "document"))
    try:
        with role("desk"):
            scene = make_scene()
            with scene.inside():
                row = attach(scene.east, store(photo()), PHOTO)
                secret = attach(scene.east, store(PDF), PHOTO)
                url = publish_file(row)
                with pytest.raises(Refused, match="照片和 PDF"):
                    publish_file(attach(scene.east, store(b"plain text"), PHOTO))
        answer = Client().get(url)
        assert answer.status_code == 200
        body = b"".join(answer.streaming_content)
        assert body.startswith(b"\xff\xd8") and b"Exif" not in body
        for hidden in (f"/evidence/{row.file_id}.jpg", f"/evidence/{secret.file_id}.pdf", url.replace(".jpg", ".png")):
            assert Client().get(hidden).status_code == 404
        with role("visitor"):
            for table in (
                "evidence_attachment",
                "evidence_storedfile",
                "evidence_originalname",
                "evidence_picturemetadata",
            ):
                with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                    connection.cursor().execute(f"SELECT 1 FROM {table}")
        with role("lab"), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute("SELECT 1 FROM evidence_attachment")
        with role("desk"), scene.inside():
            withdraw_file(row)
        assert Client().get(url).status_code == 404
    finally:
        del kinds[PHOTO]


def test_the_sweep_takes_what_nobody_refers_to_and_leaves_the_rest(scene: Scene) -> None:
    with scene.inside(scene.person("lin", "section_chief")):
        kept = attach(scene.east, store(photo()), PHOTO)
    loose, fresh = store(PDF), store(PDF + b"\n")
    orphan = vault.path_of(hashlib.sha256(b"row rolled back").hexdigest())
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"row rolled back")
    half = vault.root() / "incoming" / "half"
    half.write_bytes(b"half")
    long_ago = time.time() - 72 * 3600
    StoredFile.objects.filter(pk__in=[kept.file_id, kept.file.picture.stripped_id, loose.pk]).update(
        seen_at=timezone.now() - timedelta(hours=72)
    )
    for path in (orphan, half, vault.path_of(kept.file_id), vault.path_of(loose.pk)):
        os.utime(path, (long_ago, long_ago))
    assert sweep() == 2
    assert not orphan.exists() and not half.exists() and not vault.path_of(loose.pk).exists()
    assert set(StoredFile.objects.values_list("pk", flat=True)) == {
        kept.file_id,
        kept.file.picture.stripped_id,
        fresh.pk,
    }
    kept.file.verify()


def test_a_file_handed_in_again_just_before_the_sweep_stays(scene: Scene) -> None:
    stored = store(PDF)
    StoredFile.objects.update(seen_at=timezone.now() - timedelta(hours=72))
    path = vault.path_of(stored.sha256)
    os.utime(path, (1, 1))
    store(PDF)
    assert sweep() == 0 and path.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
import django
from django.conf import settings
settings.configure(CITY_DATA=Path(sys.argv[1]), USE_I18N=False)
django.setup()
from qualitycity.kernel.evidence import vault
import io
class Dying(io.RawIOBase):
    left = int(sys.argv[2])
    def read(self, size=-1):
        self.left -= 1
        if self.left < 0:
            return b""
        if self.left == 0 and sys.argv[3] == "while":
            os.kill(os.getpid(), signal.SIGKILL)
        return b"x" * 1000
with vault.receive(Dying(), 1 << 30) as incoming:
    vault.place(incoming)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["while", "after"])
def test_a_kill_while_receiving_or_before_the_row_leaves_nothing_half_done(tmp_path: Path, moment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), "5", moment],
        check=False,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert done.returncode == -signal.SIGKILL
    whole = list((tmp_path / "files").glob("[0-9a-f][0-9a-f]/*"))
    if moment == "while":
        assert whole == [] and len(list((tmp_path / "files" / "incoming").iterdir())) == 1
    else:
        [path] = whole
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.parent.name + path.name
