"""What supervision sampling publishes."""

from django.utils.translation import gettext_lazy as _

from qualitycity.kernel.disclosure.kinds import PublicKind

PUBLIC_KINDS = [
    PublicKind(
        "draw",
        _("公开摇号"),
        template="sampling/public/draw.html",
        lead=_("抽查谁,由公开的名单、见证人掷的骰子和事先封存的秘密决定。每一次都可以自己验一遍。"),
    )
]
