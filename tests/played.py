"""A city at work, for whoever looks at pages: the pack brought through J2 by its people, with something of every kind.

2027-04-08: one draw half-way through its visits (a firm found shut, round 2 announced, another firm awaiting its town),
one draw wholly public, one voided and begun anew, plans in every state, an import with faults, a delegation.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from qualitycity.kernel import clock
from qualitycity.kernel.access.actor import SYSTEM, acting, actor_of
from qualitycity.kernel.access.dbrole import role
from qualitycity.kernel.access.models import Account, Region, Unit
from qualitycity.registry import services as registry
from qualitycity.registry.models import ProductCategory
from qualitycity.supervision.sampling import services
from qualitycity.supervision.sampling.models import Draw, Frame, Plan
from tests.supervision.sampling import play

PRESENT = date(2027, 4, 8)
SECOND_ROUND = datetime(2027, 4, 9, 9, 30, tzinfo=play.SHANGHAI)
OWN_SECRETS = {"draw_secret": None, "match_secret": None}  # made by the system; the journey's own serve one draw only
REGISTER = """企业名称,统一社会信用代码,企业类型,经营范围,所在省份,地区,注册地址
示例新针织有限公司,91339999MAD20001{check},有限责任公司,制造:袜子,示例省,示例地区,示例市东河镇示例路 9 号
示例坏代码厂,91339999MAD20002XX,有限责任公司,制造:童袜,示例省,示例地区,示例市东河镇示例路 8 号
,91339999MAD20003AA,有限责任公司,,示例省,示例地区,
"""


@contextmanager
def _as(login: str) -> Iterator[Any]:
    with role("desk"), acting(actor_of(Account.objects.get(username=login), clock.today())) as actor:
        yield actor


def play_on() -> None:
    """Bring the pack to 2027-04-08."""
    half = play.publish(_as, play.build(_as))
    whole = play.publish(
        _as, _frame(_plan("直播带货袜子抽查", take=2)), mode="on_stage", draw_secret=None, match_secret=None
    )
    _void_and_begin_anew()
    for draw in (whole, half):
        play.hold(_as, play.first_round(draw))
    _visit_all(whole)
    _visit_some(half)
    with clock.on(PRESENT):
        _plan("童袜专项抽查", take=1)
        with _as("section"):
            services.file_plan(_draft("春夏袜子风险抽查", take=1), filed_with="上级市场监管部门")
            _draft("运动袜专项抽查", take=1)
        _registry()
        _household()


def _draft(title: str, take: int) -> Plan:
    """A plan drafted by whoever acts."""
    return services.draft_plan(
        title=title,
        category=ProductCategory.objects.get(code="TEX.SOCK"),
        region=Region.objects.get(code="339999"),
        unit=Unit.objects.get(code="JDK"),
        cause="演示",
        implementation_rule="袜子产品质量监督抽查实施细则(2027年版)",
        strata=[{"code": "socks", "title": "袜子", "take": take}],
    )


def _plan(title: str, take: int) -> Plan:
    """An approved plan."""
    with clock.on(play.J2_DAY):
        with _as("section"):
            plan = _draft(title, take)
            services.file_plan(plan, filed_with="上级市场监管部门")
        with _as("leader"):
            services.approve_plan(plan)
    return plan


def _frame(plan: Plan) -> Frame:
    return play.build(_as, plan)


def _void_and_begin_anew() -> None:
    draw = play.publish(_as, _frame(_plan("电商袜子抽查", take=2)), **OWN_SECRETS)
    with clock.on(play.J2_DAY), _as("section"):
        services.void_draw(draw, reason="示例袜业02 的名称有误")
        services.rehearse_frame(draw.frame.replaced_by)


def _visit_all(draw: Draw) -> None:
    """Every firm sampled, every report signed: wholly public."""
    visits, round_ = play.visits(draw), play.first_round(draw)
    with clock.on(play.CEREMONY_DAY):
        with _as("section"):
            for visit in visits.values():
                services.record_sampled(visit)
        with _as("keeper"):
            services.record_last_report_signed(round_)


def _visit_some(draw: Draw) -> None:
    """E10 sampled; E11 shut, confirmed, round 2 announced; E06 awaits its town; E04 is still to be visited."""
    visits, photos = play.visits(draw), play.photos
    with clock.on(PRESENT):
        with _as("section"):
            services.record_sampled(visits[play.firm(10)])
        with _as("s05"):
            services.report_shut(visits[play.firm(11)], cause="stopped", photos=photos())
        with _as("town_b"):
            services.confirm_shut(visits[play.firm(11)])
        with _as("s03"):
            services.report_shut(visits[play.firm(6)], cause="closed", photos=photos())
        with _as("section"):
            services.announce_replacement(draw, ceremony_at=SECOND_ROUND, place=play.PLACE)


def _registry() -> None:
    """An import that waits for a person, a lead, a shop."""
    from qualitycity.registry.uscc import make

    text = REGISTER.replace("91339999MAD20001{check}", make("91339999", "MAD20001"))
    county = Region.objects.get(code="339999")
    with _as("section"):
        socks = ProductCategory.objects.get(code="TEX.SOCK")
        registry.read_import(registry.receive(io.BytesIO(text.encode()), filename="登记数据.csv", region=county))
        registry.report_lead(source="complaint", text="消费者反映童袜洗后掉色", region=county, category=socks)


def _household() -> None:
    """A delegation, a day root, the demonstration clock."""
    from qualitycity.kernel.access.services import delegate
    from qualitycity.kernel.acts.roots import publish_root
    from qualitycity.kernel.clock.services import set_clock

    with _as("leader"):
        accounts = Account.objects
        delegate(
            principal=accounts.get(username="leader"),
            deputy=accounts.get(username="coord"),
            since=PRESENT,
            until=date(2027, 4, 12),
            reason_given="出差",
        )
    with role("desk"), acting(SYSTEM):
        publish_root()
        set_clock(PRESENT)
