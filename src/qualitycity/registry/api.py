"""Read-only operations of the registry. The internal credit-risk class is not kept here, so it cannot leak."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.pagination import PageNumberPagination, paginate

from qualitycity.kernel.access.models import Region
from qualitycity.kernel.access.routes import operation
from qualitycity.kernel.access.scope import get_or_404, scoped

from .models import Enterprise, EnterpriseProduct, ProductCategory, Standard

PREFIX = "/registry/"
router = Router(tags=["registry"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class EnterpriseOut(Schema):
    """A firm as the register holds it."""

    code: str
    name: str
    state: str
    town: str = Field("", alias="region.name")
    town_code: str = Field("", alias="region.code")
    established_on: date | None
    cancelled_on: date | None
    address: str
    size: str

    @staticmethod
    def resolve_town(firm: Enterprise) -> str:
        return firm.region.name if firm.region else ""

    @staticmethod
    def resolve_town_code(firm: Enterprise) -> str:
        return firm.region.code if firm.region else ""


class ProductOut(Schema):
    """A product of a firm with its published supervision class."""

    code: str = Field(alias="enterprise.code")
    name: str = Field(alias="enterprise.name")
    category: str = Field(alias="category.code")
    brand: str
    model: str
    standard_no: str
    role: str
    supervision_class: str


class CategoryOut(Schema):
    """A product category."""

    code: str
    name: str
    risk_grade: str
    industry_codes: list[str]
    industry_edition: str
    state: str


class StandardOut(Schema):
    """A standard with its status."""

    number: str
    title: str
    level: str
    mandatory: bool
    state: str
    effective_on: date | None


class RegionOut(Schema):
    """A division, of today or former."""

    code: str
    name: str
    kind: str
    valid_from: date | None
    valid_to: date | None
    successor: str = ""

    @staticmethod
    def resolve_successor(region: Region) -> str:
        return region.successor.code if region.successor else ""


REFUSALS = {401: Problem, 403: Problem, 404: Problem}


@router.get(
    "enterprises/",
    response={200: list[EnterpriseOut], 401: Problem, 403: Problem},
    summary="Firms of your jurisdiction",
)
@operation("registry.enterprise.view")
@paginate(PageNumberPagination, page_size=100)
def list_enterprises(
    request: HttpRequest, town: str = Query("", max_length=12), state: str = Query("", max_length=16)
) -> Any:
    """Firms, filtered by town code and state."""
    rows = scoped(Enterprise.objects.exclude(state="merged")).select_related("region").order_by("pk")
    if town:
        rows = rows.filter(region__code=town)
    return rows.filter(state=state) if state else rows


@router.get("enterprises/{code}/", response={200: EnterpriseOut, **REFUSALS}, summary="One firm by its code")
@operation("registry.enterprise.view")
def read_enterprise(request: HttpRequest, code: str) -> Any:
    """One firm; outside your jurisdiction it does not exist."""
    rows = Enterprise.objects.select_related("region")
    return get_or_404(rows, **{"legacy_reg_no" if len(code) == 15 else "uscc": code})


@router.get("products/", response={200: list[ProductOut], 401: Problem, 403: Problem}, summary="Firms × products")
@operation("registry.product.view")
@paginate(PageNumberPagination, page_size=100)
def list_products(request: HttpRequest, category: str = Query("", max_length=30)) -> Any:
    """Listed products with the published supervision class, filtered by category code."""
    rows = (
        scoped(EnterpriseProduct.objects.filter(state="listed")).select_related("enterprise", "category").order_by("pk")
    )
    return rows.filter(category__code=category) if category else rows


@router.get("categories/", response={200: list[CategoryOut], 401: Problem, 403: Problem}, summary="Product categories")
@operation("registry.category.view")
def list_categories(request: HttpRequest) -> Any:
    """The two-level catalogue."""
    return list(ProductCategory.objects.all())


@router.get("standards/", response={200: list[StandardOut], 401: Problem, 403: Problem}, summary="Standards")
@operation("registry.standard.view")
@paginate(PageNumberPagination, page_size=100)
def list_standards(request: HttpRequest) -> Any:
    """Standards by number."""
    return Standard.objects.order_by("number")


@router.get("regions/", response={200: list[RegionOut], 401: Problem, 403: Problem}, summary="Divisions")
@operation("registry.region.view")
def list_regions(request: HttpRequest) -> Any:
    """Divisions with years of validity and successors."""
    return list(Region.objects.select_related("successor"))
