"""The registry's pages as people use them: lists, records, forms, the import with its preview, batches."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.registry.conftest import csv_file, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(pack: None) -> Callable[[str], Client]:
    from qualitycity.kernel.access.models import Account

    def as_(login: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(username=login), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return as_


def here(kind: str) -> int:
    """The id of some record of a kind."""
    from qualitycity.kernel.access.dbrole import role
    from qualitycity.registry import models

    with role("desk"):
        return getattr(models, kind).objects.order_by("pk").first().pk


LISTS = [
    "enterprises",
    "imports",
    "proposals",
    "categories",
    "products",
    "labs",
    "samplers",
    "interests",
    "standards",
    "leads",
    "lists",
    "regions",
]
NEW = [
    "enterprise-new",
    "import-new",
    "category-new",
    "lab-new",
    "sampler-new",
    "interest-new",
    "standard-new",
    "lead-new",
    "list-new",
]
RECORDS = {
    "enterprise": "Enterprise",
    "category": "ProductCategory",
    "product": "EnterpriseProduct",
    "lab": "Lab",
    "sampler": "SamplerRecord",
    "standard": "Standard",
    "list": "BureauList",
}


def test_every_page_opens_for_the_section_chief(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("section")
    for name in LISTS + NEW:
        answer = client.get(reverse(f"registry:{name}"))
        assert answer.status_code == 200, (name, answer.status_code)
    for name, kind in RECORDS.items():
        address = reverse(f"registry:{name}", args=[here(kind)])
        for _code, _title, query, _current in client.get(address).context["tabs"]:
            assert client.get(address + query).status_code == 200, (name, query)
    firm = here("Enterprise")
    for verb in ("edit", "rename", "settle", "suspend", "cancel", "merge", "product", "sampled", "shop"):
        address = f"{reverse('registry:enterprise', args=[firm])}{verb}/"
        assert client.get(address).status_code == 200, verb
    for name, pk, verbs in (
        ("product", here("EnterpriseProduct"), ("edit", "classify", "withdraw")),
        ("lab", here("Lab"), ("edit", "qualify", "extend", "suspend", "leave")),
        ("category", here("ProductCategory"), ("edit", "retire")),
        ("standard", here("Standard"), ("edit", "abolish", "supersede")),
        ("sampler", here("SamplerRecord"), ("edit", "leave")),
        ("list", here("BureauList"), ("enter", "strike", "close")),
    ):
        for verb in verbs:
            assert client.get(f"{reverse(f'registry:{name}', args=[pk])}{verb}/").status_code == 200, (name, verb)


def test_lists_export_as_workbooks(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("section")
    for name in set(LISTS) - {"imports"}:
        answer = client.get(reverse(f"registry:{name}") + "?export=xlsx")
        assert answer.status_code == 200 and answer.content[:2] == b"PK", name


def test_the_map_says_in_words_how_many_firms_each_town_has(sign_in: Callable[[str], Client]) -> None:
    page = sign_in("section").get(reverse("registry:regions"))
    drawn = {shape.name: shape.figure for shape in page.context["maps"][0][1].shapes}
    assert drawn == {"东河镇": 3, "西塘镇": 3, "南岭街道": 2, "北湖镇": 3}, "E09 is cancelled"
    own = {
        shape.name: shape.figure
        for shape in sign_in("town_e").get(reverse("registry:regions")).context["maps"][0][1].shapes
    }
    assert own["东河镇"] == 3 and own["北湖镇"] == 0


def test_a_town_sees_its_own_firms_only(sign_in: Callable[[str], Client]) -> None:
    from qualitycity.kernel.access.dbrole import role
    from qualitycity.registry.models import Enterprise

    client = sign_in("town_e")
    page = client.get(reverse("registry:enterprises")).content.decode()
    assert "示例袜业01" in page and "示例袜业10" not in page
    with role("desk"):
        other = Enterprise.objects.get(name="示例袜业10").pk
    assert client.get(reverse("registry:enterprise", args=[other])).status_code == 404
    assert client.get(reverse("registry:enterprise", args=[999999])).status_code == 404
    assert client.get(reverse("registry:import-new")).status_code == 403


def test_laboratory_public_and_firms_see_nothing(sign_in: Callable[[str], Client]) -> None:
    for login in ("tech1", "c1", "ent10", "admin"):
        assert sign_in(login).get(reverse("registry:enterprises")).status_code == 403, login
    assert Client().get(reverse("registry:enterprises")).status_code == 302


def test_upload_preview_commit_result(sign_in: Callable[[str], Client]) -> None:
    """A file with one good row, one double, one bad: shown first, then written; the failure list comes back mended."""
    from python_calamine import CalamineWorkbook

    from qualitycity.registry import uscc

    client = sign_in("section")
    code = uscc.make("91339999", "MAD20001")
    good = row("示例新针织有限公司", code, "示例市东河镇示例路 9 号", province="示例省")
    double = [*good]
    double[0] = "示例新针织厂"
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    bad = row("示例坏代码厂", wrong, "示例市东河镇示例路 8 号", province="示例省")
    file = csv_file(good, double, bad)
    file.name = "登记.csv"
    region = client.get(reverse("registry:import-new")).context["form"].fields["region"].initial
    answer = client.post(reverse("registry:import-new"), {"region": region.pk, "file": file}, follow=True)
    assert answer.status_code == 200
    batch = answer.context["record"]
    assert batch.counts == {"accepted": 1, "merged": 1, "refused": 1, "unchanged": 0, "changed": 0}
    rows = client.get(batch.get_absolute_url() + "?tab=rows").content.decode()
    assert "代码与第 2 行相同" in rows and "第 18 位" in rows

    failures = client.get(reverse("registry:import-failures", args=[batch.pk]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(failures.content)).get_sheet_by_index(0).to_python()
    assert any("示例坏代码厂" in line for line in book)

    assert client.post(reverse("registry:import-commit", args=[batch.pk]), {"_step": "commit"}).status_code == 302
    found = client.get(reverse("registry:enterprises") + "?q=示例新针").content.decode()
    assert "示例新针织有限公司" in found
    again = client.post(reverse("registry:import-commit", args=[batch.pk]), {"_step": "commit"})
    assert again.status_code == 409


def test_a_file_that_is_no_table_says_so_on_the_page(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("section")
    region = client.get(reverse("registry:import-new")).context["form"].fields["region"].initial
    for name, content in (
        ("a.csv", b""),
        ("a.xlsx", b"PK\x03\x04nonsense"),
        ("a.csv", "姓名,年龄\n甲,3\n".encode()),
        ("a.gz", b"\x1f\x8bxx"),
    ):
        file = io.BytesIO(content)
        file.name = name
        answer = client.post(reverse("registry:import-new"), {"region": region.pk, "file": file})
        assert answer.status_code == 422, content
        assert answer.context["form"].errors


def test_proposals_are_confirmed_in_batches(sign_in: Callable[[str], Client]) -> None:
    from qualitycity.kernel.access.actor import SYSTEM, acting
    from qualitycity.kernel.access.dbrole import role
    from qualitycity.kernel.access.models import Region
    from qualitycity.registry import uscc
    from qualitycity.registry.models import CategoryProposal, EnterpriseProduct
    from qualitycity.registry.services import commit_import, read_import, receive

    with role("desk"), acting(SYSTEM):
        rows = [
            row(
                f"示例新袜业{n:02d}",
                uscc.make("91339999", f"MAD3000{n}"),
                f"示例市东河镇示例路 {n} 号",
                province="示例省",
            )
            for n in range(1, 4)
        ]
        batch = receive(csv_file(*rows), filename="a.csv", region=Region.objects.get(code="339999"))
        commit_import(read_import(batch))
        ids = list(CategoryProposal.objects.filter(decision="pending").values_list("pk", flat=True))
    assert len(ids) == 3
    client = sign_in("section")
    assert client.get(reverse("registry:proposals") + "?least=90").context["listing"].total == 3
    client.post(reverse("registry:proposals"), {"act": "confirm", "ids": ids[:2]})
    client.post(reverse("registry:proposals"), {"act": "reject", "ids": ids[2:]})
    with role("desk"):
        assert EnterpriseProduct.objects.filter(enterprise__name__startswith="示例新袜业").count() == 2
        assert not CategoryProposal.objects.filter(decision="pending").exists()


def test_the_api_answers_inside_the_jurisdiction(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("town_e")
    firms = client.get("/api/v1/registry/enterprises/").json()
    assert firms["count"] == 3 and {firm["town"] for firm in firms["items"]} == {"东河镇"}
    assert client.get("/api/v1/registry/enterprises/91339999MAD0EM015P/").json()["name"] == "示例袜业01"
    assert client.get("/api/v1/registry/enterprises/91339999MAD0EM1036/").status_code == 404
    assert client.get("/api/v1/registry/products/?category=TEX.SOCK").json()["count"] == 3
    assert client.get("/api/v1/registry/categories/").status_code == 200
    assert client.get("/api/v1/registry/standards/").json()["count"] == 6
    assert Client().get("/api/v1/registry/enterprises/").status_code == 401
    assert sign_in("c1").get("/api/v1/registry/enterprises/").status_code == 403
