"""The registry's part of the demonstration city, made through the same doors as real data."""

from __future__ import annotations

import csv
import io
import random
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from qualitycity.kernel import clock
from qualitycity.kernel.access.models import Account, Region, Unit

from . import services, uscc
from .intake.sheet import ENTERPRISES
from .models import CategoryProposal, Enterprise, EnterpriseProduct, Lab, ProductCategory, SamplerRecord, Standard
from .towns import load_pack as read_region_pack

COUNTY, SOCKS = "339999", "TEX.SOCK"
BEGINNING = date(2026, 1, 5)


def declared() -> dict[str, Any]:
    """The declared part of the registry."""
    return tomllib.loads(Path(__file__).with_name("demo.toml").read_text(encoding="utf-8"))


def load_pack() -> None:
    """The twelve firms, three laboratories and six samplers of journeys.md 0.3, with their history before J2."""
    plan = declared()
    with clock.on(BEGINNING):
        services.load_regions(pack=read_region_pack("shili"))
        services.ensure_categories()
        _standards(plan)
        firms = _firms(plan)
        _labs(plan)
        _samplers(plan)
        _interests(plan, firms)
        _bureau_list([firm for number, firm in firms.items() if number not in plan["unlisted"]], SOCKS)
    cancelled, sampled = plan["cancelled"], plan["sampled"]
    with clock.on(cancelled["on"]):
        services.cancel_enterprise(firms[cancelled["firm"]], cancelled_on=cancelled["on"], reason=cancelled["reason"])
    with clock.on(sampled["on"]):
        services.record_prior_sampling(
            enterprise=firms[sampled["firm"]],
            category=ProductCategory.objects.get(code=SOCKS),
            sampled_on=sampled["on"],
            level=sampled["level"],
            authority=sampled["authority"],
            proof=sampled["proof"],
        )


def _firms(plan: dict[str, Any]) -> dict[str, Enterprise]:
    socks = ProductCategory.objects.get(code=SOCKS)
    firms = {}
    for order, (number, name, code, town, supervision_class) in enumerate(plan["firms"], start=1):
        region = Region.objects.get(code=town)
        firms[number] = services.register_enterprise(
            name=name,
            code=code,
            region=region,
            established_on=date(2016, 5, order),
            scope="制造、加工、销售：袜子",
            address=f"示例市{region.name}示例路 {order} 号",
            size="small",
        )
        services.list_product(
            enterprise=firms[number], category=socks, supervision_class=supervision_class, basis="2026年度分类监管公告"
        )
    return firms


def _standards(plan: dict[str, Any]) -> None:
    for number, title, effective_on, _replaced_by in plan["standards"]:
        services.enter_standard_in_force(
            services.record_standard(number=number, title=title, effective_on=effective_on)
        )
    for number, _title, _day, replaced_by in plan["standards"]:
        if replaced_by:
            newer = Standard.objects.get(number=replaced_by)
            services.supersede_standard(
                Standard.objects.get(number=number), replaced_by=newer, ended_on=newer.effective_on or clock.today()
            )


def _labs(plan: dict[str, Any]) -> None:
    socks = ProductCategory.objects.get(code=SOCKS)
    for number, name, code, cma_no in plan["labs"]:
        lab = services.register_lab(
            number=number,
            name=name,
            code=code,
            region=Region.objects.get(code=COUNTY),
            capacity=plan["capacity"],
            unit=Unit.objects.filter(code=number).first(),
        )
        services.qualify_lab(lab, cma_no=cma_no, **plan["cma"])
        services.extend_lab(lab, category=socks, items=plan["scope"])


def _samplers(plan: dict[str, Any]) -> None:
    team = Unit.objects.get(kind=Unit.Kind.SAMPLING)
    for number in plan["samplers"]:
        account = Account.objects.filter(username=number.lower()).first()
        services.enlist_sampler(number=number, employer=team, account=account, certificate_valid_to=date(2029, 12, 31))


def _interests(plan: dict[str, Any], firms: dict[str, Enterprise]) -> None:
    kin, client = plan["kinship"], plan["client"]
    services.declare_interest(
        enterprise=firms[kin["firm"]], kind="kinship", sampler=SamplerRecord.objects.get(number=kin["sampler"])
    )
    services.declare_interest(
        enterprise=firms[client["firm"]], kind="client", lab=Lab.objects.get(number=client["lab"])
    )


def _bureau_list(firms: list[Enterprise], code: str) -> None:
    region, category = Region.objects.get(code=COUNTY), ProductCategory.objects.get(code=code)
    services.enter_on_list(services.open_list(region=region, category=category), enterprises=firms)


def fill_city() -> None:
    """Fill the city up to some 240 firms (handbook 9.6): their register comes in as a file, like any bureau's."""
    city, dice = declared()["city"], random.Random("示例市")
    county = Region.objects.get(code=COUNTY)
    content = io.BytesIO(register_file(city, dice).encode())
    batch = services.read_import(services.receive(content, filename="示例市登记数据.csv", region=county))
    services.commit_import(batch)
    sure = list(CategoryProposal.objects.filter(decision="pending", confidence__gte=90).values_list("pk", flat=True))
    services.decide_proposals(confirm=sure, region_path=county.path)
    _classes(city, dice)
    _lists(dice)
    _earlier_samplings(dice)
    _shops(dice)
    _leads(dice)


def register_file(city: dict[str, Any], dice: random.Random) -> str:
    """The invented register of the larger city as a CSV; always the same for the same dice."""
    titles = {column.key: str(column.title) for column in ENTERPRISES.columns}
    towns = {unit.code: unit.name for unit in read_region_pack("shili").units}
    text = io.StringIO()
    table = csv.DictWriter(text, titles.values())
    table.writeheader()
    shares = [cluster["share"] for cluster in city["clusters"]]
    names: set[str] = set()
    while len(names) < city["firms"]:
        cluster = dice.choices(city["clusters"], shares)[0]
        name = f"示例{''.join(dice.sample(city['syllables'], 2))}{dice.choice(cluster['words'])}有限公司"
        if name in names:
            continue
        names.add(name)
        number = len(names)
        row = {
            "name": name,
            "code": uscc.make("91" + COUNTY, f"MAD1{number:04d}"),
            "established_on": (date(2003, 1, 1) + timedelta(days=dice.randrange(7600))).isoformat(),
            "kind": "有限责任公司",
            "capital": f"{dice.choice([10, 50, 100, 500, 1000]):,}(万元人民币)",
            "scope": cluster["scope"],
            "province": "示例省",
            "prefecture": "示例地区",
            "address": f"示例市{towns[dice.choice(cluster['towns'])]}示例路 {number} 号",
            "size": dice.choices(list(city["sizes"]), list(city["sizes"].values()))[0],
        }
        table.writerow({titles[key]: value for key, value in row.items()})
    return text.getvalue()


def _newcomers() -> list[EnterpriseProduct]:
    """Products of the firms that came by the file, in a fixed order."""
    rows = EnterpriseProduct.objects.filter(state="listed", enterprise__batch__isnull=False)
    return list(rows.select_related("enterprise", "category").order_by("enterprise__uscc", "category__code"))


def _classes(city: dict[str, Any], dice: random.Random) -> None:
    """Published classes of each firm's first product; the others keep the class they began with."""
    classes = city["classes"]
    first = {product.enterprise_id: product for product in reversed(_newcomers())}
    for product in first.values():
        value = dice.choices(list(classes), list(classes.values()))[0]
        if value != product.supervision_class:
            services.classify_product(product, value=value, basis="2027年度分类监管公告", reason="年度分类")


def _lists(dice: random.Random) -> None:
    """Lists for the commonest categories; one firm in twenty is missing, as in any bureau's list."""
    by_category: dict[str, list[Enterprise]] = {}
    for product in _newcomers():
        by_category.setdefault(product.category.code, []).append(product.enterprise)
    for code, firms in sorted(by_category.items()):
        kept = [firm for firm in firms if dice.random() >= 0.05]
        category = ProductCategory.objects.get(code=code)
        present = category.lists.filter(state="current").first()
        if present is None:
            _bureau_list(kept, code)
        else:
            services.enter_on_list(present, enterprises=kept)


def _earlier_samplings(dice: random.Random) -> None:
    for product in dice.sample(_newcomers(), 40):
        level, authority = dice.choice([("county", "示例市质量局"), ("prefecture", "示例地区市场监督管理局")])
        day = clock.today() - timedelta(days=dice.randrange(20, 700))
        services.record_prior_sampling(
            enterprise=product.enterprise,
            category=product.category,
            sampled_on=day,
            level=level,
            authority=authority,
            proof=f"示抽{day:%Y}-{dice.randrange(1, 9999):04d}",
        )


def _shops(dice: random.Random) -> None:
    for product in dice.sample(
        [row for row in _newcomers() if "电子商务" in row.enterprise.name or row.category.code == SOCKS], 20
    ):
        number = f"SD{dice.randrange(10**7, 10**8)}"
        services.open_shop(
            enterprise=product.enterprise,
            platform="示例商城",
            shop_no=number,
            name=f"{product.enterprise.name[2:4]}旗舰店",
        )


def _leads(dice: random.Random) -> None:
    texts = [
        ("complaint", "消费者反映童袜洗后掉色,同批多人投诉", "TEX.SOCK_CHILD"),
        ("market", "商场抽检发现标称本地生产的插座无强制性认证标志", "ELC.SOCKET"),
        ("monitoring", "委托检验统计显示水嘴铅析出偏高", "DEC.VALVE"),
        ("media", "网络直播间销售的珍珠项链标称与检测不符", "LIG.PEARL"),
        ("field", "抽样人员发现无厂名厂址的衬衫", "TEX.SHIRT"),
        ("superior", "上级通报外省抽查本地玩具小零件不合格", "LIG.TOY"),
    ]
    for source, text, code in texts:
        town = dice.choice(list(Region.objects.filter(parent__code=COUNTY).order_by("code")))
        services.report_lead(source=source, text=text, region=town, category=ProductCategory.objects.get(code=code))
