"""Addresses of the registry at the desk."""

from django.urls import path

from .views import enterprises, imports, labs, leads, lists, products, regions, standards

_ENTERPRISE_MOVES = ("edit", "rename", "settle", "suspend", "resume", "cancel", "merge")
_LAB_MOVES = ("edit", "qualify", "extend", "suspend", "resume", "leave")
_STANDARD_MOVES = ("edit", "enter_force", "supersede", "abolish")

desk = [
    path("enterprises/", enterprises.enterprise_list, name="enterprises"),
    path("enterprises/new/", enterprises.enterprise_new, name="enterprise-new"),
    path("enterprises/<int:pk>/", enterprises.enterprise_view, name="enterprise"),
    path("enterprises/<int:pk>/shop/", enterprises.shop_new, name="shop-new"),
    path("enterprises/<int:pk>/product/", products.product_new, name="product-new"),
    path("enterprises/<int:pk>/sampled/", products.prior_new, name="prior-new"),
    *[
        path(f"enterprises/<int:pk>/{verb}/", enterprises.MOVES[verb], name=f"enterprise-{verb}")
        for verb in _ENTERPRISE_MOVES
    ],
    path("shops/<int:pk>/close/", enterprises.shop_close, name="shop-close"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.import_new, name="import-new"),
    path("imports/template/", imports.import_template, name="import-template"),
    path("imports/<int:pk>/", imports.import_view, name="import"),
    path("imports/<int:pk>/progress/", imports.import_progress, name="import-progress"),
    path("imports/<int:pk>/failures/", imports.import_failures, name="import-failures"),
    path("imports/<int:pk>/preview/", imports.import_preview, name="import-preview"),
    path("imports/<int:pk>/commit/", imports.import_commit, name="import-commit"),
    path("imports/<int:pk>/discard/", imports.import_discard, name="import-discard"),
    path("proposals/", products.proposal_list, name="proposals"),
    path("categories/", products.category_list, name="categories"),
    path("categories/new/", products.category_new, name="category-new"),
    path("categories/<int:pk>/", products.category_view, name="category"),
    path("categories/<int:pk>/edit/", products.category_edit, name="category-edit"),
    path("categories/<int:pk>/retire/", products.category_retire, name="category-retire"),
    path("products/", products.product_list, name="products"),
    path("products/<int:pk>/", products.product_view, name="product"),
    *[
        path(f"products/<int:pk>/{verb}/", products.MOVES[verb], name=f"product-{verb}")
        for verb in ("edit", "classify", "withdraw")
    ],
    path("sampled/<int:pk>/withdraw/", products.prior_withdraw, name="prior-withdraw"),
    path("labs/", labs.lab_list, name="labs"),
    path("labs/new/", labs.lab_new, name="lab-new"),
    path("labs/<int:pk>/", labs.lab_view, name="lab"),
    *[path(f"labs/<int:pk>/{verb}/", labs.MOVES[verb], name=f"lab-{verb}") for verb in _LAB_MOVES],
    path("samplers/", labs.sampler_list, name="samplers"),
    path("samplers/new/", labs.sampler_new, name="sampler-new"),
    path("samplers/<int:pk>/", labs.sampler_view, name="sampler"),
    path("samplers/<int:pk>/edit/", labs.sampler_edit, name="sampler-edit"),
    path("samplers/<int:pk>/leave/", labs.sampler_leave, name="sampler-leave"),
    path("interests/", labs.interest_list, name="interests"),
    path("interests/new/", labs.interest_new, name="interest-new"),
    path("interests/<int:pk>/end/", labs.interest_end, name="interest-end"),
    path("standards/", standards.standard_list, name="standards"),
    path("standards/new/", standards.standard_new, name="standard-new"),
    path("standards/<int:pk>/", standards.standard_view, name="standard"),
    *[path(f"standards/<int:pk>/{verb}/", standards.MOVES[verb], name=f"standard-{verb}") for verb in _STANDARD_MOVES],
    path("leads/", leads.lead_list, name="leads"),
    path("leads/new/", leads.lead_new, name="lead-new"),
    path("leads/<int:pk>/", leads.lead_view, name="lead"),
    *[path(f"leads/<int:pk>/{verb}/", leads.MOVES[verb], name=f"lead-{verb}") for verb in ("keep", "drop", "use")],
    path("lists/", lists.list_list, name="lists"),
    path("lists/new/", lists.list_new, name="list-new"),
    path("lists/<int:pk>/", lists.list_view, name="list"),
    *[path(f"lists/<int:pk>/{verb}/", lists.MOVES[verb], name=f"list-{verb}") for verb in ("enter", "strike", "close")],
    path("regions/", regions.region_list, name="regions"),
]
