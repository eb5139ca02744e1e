"""The REST API: every room's `router` under one description (OpenAPI), each operation with its duty."""

from __future__ import annotations

from ninja import NinjaAPI

from qualitycity.kernel.access.duty_table import room_modules

api = NinjaAPI(
    title="QualityCity 质量强市",
    version="1",
    description="Read what the city publishes and, signed in, what your duties allow.",
    docs_url="docs/",
)

for _module in room_modules("api"):
    if _module.__name__ == __name__:  # this very module: the front doors are an application too
        continue
    api.add_router(_module.PREFIX, _module.router)
