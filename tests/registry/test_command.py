"""`./city import`: the same door from the command line."""

from __future__ import annotations

import io
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from qualitycity.kernel.access.dbrole import role
from qualitycity.registry import uscc
from qualitycity.registry.models import Enterprise, ImportBatch
from tests.registry.conftest import csv_file, row

pytestmark = pytest.mark.django_db
A, B = (uscc.make("91330681", f"XYD4000{n}") for n in (1, 2))


def test_a_register_comes_in_with_its_counts_and_failures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITY_LANG", "zh")
    file = tmp_path / "register.csv"
    file.write_bytes(csv_file(row("示例甲厂", A), row("示例甲袜厂", A), row("示例乙厂", "123")).getvalue())
    with pytest.raises(CommandError, match="import regions"):
        call_command("import_enterprises", str(file))
    call_command("import_regions", "zhuji")
    assert "现有 23 个镇街,原有 9 个" in capsys.readouterr().out
    call_command("import_enterprises", str(file), "--preview")
    assert "名录不变" in capsys.readouterr().out
    call_command("import_enterprises", str(file), "--yes", "--failures", str(tmp_path / "bad.xlsx"))
    told = capsys.readouterr().out
    assert "接收 1 + 并入 1 + 拒绝 1 + 无变化 0 + 有变化 0 = 3" in told
    assert "3 位" in told
    assert (tmp_path / "bad.xlsx").read_bytes()[:2] == b"PK"
    with role("desk"):
        assert [firm.region.name for firm in Enterprise.objects.all()] == ["大唐街道"]
        assert sorted(ImportBatch.objects.values_list("state", flat=True)) == ["committed", "discarded"]


def test_what_cannot_be_done_is_one_sentence(tmp_path: Path) -> None:
    call_command("import_regions", "zhuji")
    nonsense = tmp_path / "x.csv"
    nonsense.write_text("姓名,年龄\n")
    for arguments, says in (
        ([str(tmp_path / "none.csv")], "No such file"),
        ([str(nonsense)], "找不到表头"),
        ([str(nonsense), "--region", "999"], "999"),
        ([str(nonsense), "--as", "nobody"], "nobody"),
    ):
        with pytest.raises(CommandError, match=says):
            call_command("import_enterprises", *arguments)
    with pytest.raises(CommandError, match="zhuji"):
        call_command("import_regions", "atlantis")


def test_an_account_without_the_duty_may_not_import_here_either(pack: None, tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_bytes(csv_file(row("示例甲厂", A, "示例市东河镇", province="示例省")).getvalue())
    with pytest.raises(CommandError, match="职责"):
        call_command("import_enterprises", str(file), "--as", "town_e")
    call_command("import_enterprises", str(file), "--as", "section", "--yes")
    with role("desk"):
        assert Enterprise.objects.get(uscc=A).region.name == "东河镇"


def test_the_verb_passes_whole_paths_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from qualitycity.cli import import_

    called: list[tuple[str, ...]] = []

    class Served:
        def manage(self, *command: str, login: str) -> int:
            called.append((login, *command))
            return 0

    @contextmanager
    def serving(_folder: object) -> object:
        yield Served()

    monkeypatch.setattr(import_, "serving", serving)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.csv").touch()
    assert import_.main(["enterprises", "r.csv", "--yes", "--region", "330681", "--failures", "bad.xlsx"]) == 0
    assert import_.main(["regions", "zhuji"]) == 0
    assert called == [
        (
            "web",
            "import_enterprises",
            str(tmp_path / "r.csv"),
            "--region",
            "330681",
            "--yes",
            "--failures",
            str(tmp_path / "bad.xlsx"),
        ),
        ("web", "import_regions", "zhuji"),
    ]
    with pytest.raises(SystemExit):
        import_.main([])


def test_a_long_file_goes_to_the_worker_and_shows_its_progress(
    pack: None, as_login: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.test import Client
    from django.urls import reverse
    from procrastinate.contrib.django.models import ProcrastinateJob

    from qualitycity.kernel.access.models import Account
    from qualitycity.registry import tasks

    monkeypatch.setattr(tasks, "is_long", lambda batch: True)
    client = Client()
    client.force_login(Account.objects.get(username="section"), backend="django.contrib.auth.backends.ModelBackend")
    file = io.BytesIO(csv_file(row("示例甲厂", A, "示例市东河镇", province="示例省")).getvalue())
    file.name = "长.csv"
    region = client.get(reverse("registry:import-new")).context["form"].fields["region"].initial
    answer = client.post(reverse("registry:import-new"), {"region": region.pk, "file": file}, follow=True)
    batch = answer.context["record"]
    assert batch.state == "reading" and answer.context["busy"]
    assert "排队等候" in client.get(reverse("registry:import-progress", args=[batch.pk])).content.decode()
    job = ProcrastinateJob.objects.get(task_name="qualitycity.registry.tasks.read_batch", status="todo")
    tasks.read_batch(**job.args)
    page = client.get(batch.get_absolute_url())
    assert page.context["record"].state == "previewed" and not page.context["busy"]
    client.post(reverse("registry:import-commit", args=[batch.pk]), {"_step": "commit"})
    assert client.get(batch.get_absolute_url()).context["busy"]
    job = ProcrastinateJob.objects.get(task_name="qualitycity.registry.tasks.commit_batch", status="todo")
    tasks.commit_batch(**job.args)
    page = client.get(batch.get_absolute_url())
    assert page.context["record"].state == "committed" and not page.context["busy"]
    done = client.get(reverse("registry:import-progress", args=[batch.pk])).content.decode()
    assert "已完成" in done
