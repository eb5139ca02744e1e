"""What holds for every page (journeys.md 0.2), as far as a machine sees it: `look(page)` names all faults at once."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

NARROW = {"width": 390, "height": 844}
GRAVE = ("serious", "critical")
SMALLEST = 24
MOST_TABS = 60

# What sticks out of the page at its present width; tables may scroll inside their own frame.
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width + 1) return [];
  const scrolls = (p) => ['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX);
  const framed = (e) => {
    for (let p = e.parentElement; p; p = p.parentElement) if (scrolls(p) && p.scrollWidth > p.clientWidth) return true;
    return false;
  };
  return [...document.querySelectorAll('main *, header *, nav *, footer *')]
    .filter((e) => e.getBoundingClientRect().right > width + 1 && e.getClientRects().length && !framed(e))
    .filter((e) => e.checkVisibility())
    .slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
}"""

# A new size is drawn, with its media queries.
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

# Targets under 24 px, but for links within a sentence and what is not drawn (WCAG 2.5.8 and its exceptions).
SMALL = """(smallest) => {
  const drawn = (e) => !e.checkVisibility || e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  const inText = (e) => getComputedStyle(e).display === 'inline'
    && e.parentElement.textContent.trim() !== e.textContent.trim();
  const area = (e) => {
    const label = ['checkbox', 'radio'].includes(e.type) && e.closest('label');
    return (label || e).getBoundingClientRect();
  };
  return [...document.querySelectorAll('a[href], button, summary, select, input:not([type=hidden]), textarea')]
    .filter((e) => area(e).width && area(e).height && drawn(e) && !e.closest('.skip') && !inText(e))
    .filter((e) => area(e).height < smallest - 0.5 || area(e).width < smallest - 0.5)
    .slice(0, 8).map((e) => `${Math.round(area(e).width)}×${Math.round(area(e).height)} ${e.outerHTML.slice(0, 120)}`);
}"""

# The element that has the focus: is a mark of it drawn, and is it free of what sticks to the window?
FOCUS = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const x = Math.min(Math.max(box.left + Math.min(box.width, 200) / 2, 0), innerWidth - 1);
  const y = box.top + Math.min(box.height, 24) / 2;
  const top = document.elementFromPoint(x, y);
  const off = y < 0 || y > innerHeight;
  const drawing = e.ownerSVGElement && e.ownerSVGElement.contains(top);  // a shape does not fill its box
  const covered = box.width > 0 && (off || (top && top !== e && !e.contains(top) && !top.contains(e) && !drawing));
  const seen = e.dataset.seen === '1';
  e.dataset.seen = '1';
  return {id: e.outerHTML.slice(0, 120), marked: outlined || style.boxShadow !== 'none', covered, seen};
}"""
FORGET = """() => {
  document.querySelectorAll('[data-seen]').forEach((e) => delete e.dataset.seen);
  if (document.activeElement) document.activeElement.blur();
  scrollTo(0, 0);
}"""

PRINTED = """() => [...document.querySelectorAll('button, .btn, nav, .top, .side, .filters, .tick')]
  .filter((e) => e.getClientRects().length).slice(0, 5).map((e) => e.outerHTML.slice(0, 120))"""


def look(page: Any, *, prints: bool = True) -> None:
    """Check the page that is open; AssertionError lists everything that is wrong. Leaves size and place as they were.

    axe finds nothing serious; targets are 24 px; focus is visible and uncovered along the first tabs; at 390 px nothing
    sticks out; printed, no button, menu or filter is left. (`prints=False` for pages that are never printed.)
    Console errors and foreign requests are watched by the fixtures `visit` and `show` all the time.
    """
    faults = _axe(page) + [f"small target: {one}" for one in page.evaluate(SMALL, SMALLEST)] + _focus(page)
    size = page.viewport_size
    page.set_viewport_size(NARROW)
    page.evaluate(SETTLED)
    faults += [f"sticks out at 390 px: {one}" for one in page.evaluate(OVERFLOW)]
    page.set_viewport_size(size)
    if prints:
        page.emulate_media(media="print")
        faults += [f"printed: {one}" for one in page.evaluate(PRINTED)]
        page.emulate_media(media="screen")
    assert not faults, f"{page.url}\n" + "\n".join(faults)


def _axe(page: Any) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"axe {item['id']}: {item['help']}: {node['html'][:160]}"
        for item in found
        if item["impact"] in GRAVE
        for node in item["nodes"][:3]
    ]


def _focus(page: Any) -> list[str]:
    """Walk by the Tab key until it comes round (or the sixtieth stop)."""
    faults = []
    page.evaluate(
        "() => { document.querySelectorAll('[data-seen]').forEach((e) => delete e.dataset.seen); scrollTo(0, 0); }"
    )
    for _stop in range(MOST_TABS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or stop["seen"]:
            break
        if not stop["marked"]:
            faults.append(f"focus not visible: {stop['id']}")
        if stop["covered"]:
            faults.append(f"focus covered: {stop['id']}")
    return faults
