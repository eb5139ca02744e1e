"""Certificate and key for HTTPS, tried before anything starts: the web server itself would only die in its log."""

from __future__ import annotations

import ssl
from pathlib import Path

from qualitycity.kernel.console import fail


def check_pair(cert: str | Path | None, key: str | Path | None) -> None:
    """Refuse a certificate and a key (PEM files) that are missing, unreadable, or do not belong together."""
    if not cert or not key:
        return
    for path in (Path(cert), Path(key)):
        try:
            path.open("rb").close()
        except PermissionError:
            fail(
                f"没有权限读取 {path};请让运行本软件的账户能读证书和私钥。",
                f"{path} may not be read; let the account that runs this software read certificate and key.",
            )
        except OSError:
            fail(
                f"找不到文件 {path};请放回,或用 --tls-cert 和 --tls-key 指出证书和私钥。",
                f"There is no file {path}; put it back, or name certificate and key by --tls-cert and --tls-key.",
            )
    try:
        # a key under a pass phrase would ask at every start: the empty answer refuses it
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        fail(
            f"证书 {cert} 与私钥 {key} 不能用({reason}):须是 PEM 格式、互相配对、私钥没有口令。",
            f"Certificate {cert} and key {key} do not work ({reason}): PEM files, a pair, the key without pass phrase.",
        )
