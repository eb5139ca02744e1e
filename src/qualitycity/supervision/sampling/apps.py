"""Django application: 监督抽查."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "qualitycity.supervision.sampling"
    label = "sampling"
    verbose_name = "监督抽查"

    def ready(self) -> None:
        """A firm must not learn from «谁看过我» that it was drawn."""
        from qualitycity.kernel.access.viewlog import withhold

        from .queries import still_sealed

        withhold("sampling.draw", still_sealed)
