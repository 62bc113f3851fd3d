"""What a cloud is told of a team's own credentials, and nothing of the server's.

Whoever makes a store, obstore looks into the environment of the process for what it was not told: an explicit key
would go out with the server's session token. So keys are handed over by a provider, which takes the place of all that
the environment says, of the machine's own role too; and where that cannot be, what stands there is refused.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

# What obstore would read beside what it is told.
NOT_HIDDEN: Final = {"s3": "AWS_SSE_*", "gs": "GOOGLE_*", "az": "AZURE_*"}
TOLD: Final = {
    "s3": (
        "AWS_REQUEST_PAYER",
        "AWS_SERVER_SIDE_ENCRYPTION",
        "AWS_SSE_CUSTOMER_KEY_BASE64",
        "AWS_SSE_KMS_KEY_ID",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
    ),
    "gs": ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_KEY"),
    "az": (
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_ACCOUNT_NAME",
        "AZURE_STORAGE_ENDPOINT",
        "AZURE_STORAGE_SAS_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_STORAGE_TOKEN",
        "AZURE_TENANT_ID",
    ),
}

# Without any of these nobody is told who asks, or it would be the machine.
SECRETS: Final = frozenset((*TOLD["gs"], *(name for name in TOLD["az"] if name.endswith(("KEY", "TOKEN", "SECRET")))))


def options(scheme: str, own: Mapping[str, str]) -> dict[str, Any]:
    """Return how a store of a scheme is made with these variables alone; without any nobody is told who asks.

    Raises
    ------
    SettingError
        The environment of this process would be used, too.
    """
    _refuse_strays(scheme, own)
    told: dict[str, Any] = {name.lower(): own[name] for name in TOLD[scheme] if name in own}
    if scheme == "s3":
        return told | _place(own) | _keys(own)
    return told if SECRETS & own.keys() else told | {"skip_signature": True}


def _place(own: Mapping[str, str]) -> dict[str, str]:
    region = own.get("AWS_REGION") or own.get("AWS_DEFAULT_REGION") or "us-east-1"
    endpoint = own.get("AWS_ENDPOINT_URL_S3") or own.get("AWS_ENDPOINT_URL")
    return {"region": region, "endpoint": endpoint or f"https://s3.{region}.amazonaws.com"}


def _keys(own: Mapping[str, str]) -> dict[str, Any]:
    if "AWS_ACCESS_KEY_ID" not in own:
        return {"skip_signature": True}
    keys = {
        "access_key_id": own["AWS_ACCESS_KEY_ID"],
        "secret_access_key": own.get("AWS_SECRET_ACCESS_KEY", ""),
        "token": own.get("AWS_SESSION_TOKEN"),
        "expires_at": None,
    }
    return {"skip_signature": False, "credential_provider": lambda: keys}


def _refuse_strays(scheme: str, own: Mapping[str, str]) -> None:
    strays = [name for name in os.environ if fnmatchcase(name, NOT_HIDDEN[scheme]) and name not in own]
    if strays:
        raise SettingError(
            f"The server's own variable {min(strays)} would be used with a workspace's {scheme}:// URLs.",
            field="credentials",
            next_step="Start the server without it, and give it to the workspaces that are to have it.",
        )
