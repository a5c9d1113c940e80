"""Strict tables: pydantic models of hostile TOML, and their errors as texts a person can act on.

Every error names file, key, what was found and what is allowed, with a near miss where one is at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from energy.errors import TariffError

# pydantic's error type -> what is allowed, in Swedish; {} takes the limit from the error's context
ALLOWED: Mapping[str, str] = {
    "missing": "nyckeln måste finnas",
    "float_type": "ett tal",
    "int_type": "ett heltal",
    "int_from_float": "ett heltal",
    "string_type": "en text",
    "bool_type": "true eller false",
    "date_type": "ett datum utan citattecken, till exempel 2024-01-01",
    "date_from_datetime_inexact": "ett datum utan klockslag",
    "list_type": "en lista",
    "dict_type": "en tabell",
    "model_type": "en tabell",
    "model_attributes_type": "en tabell",
    "finite_number": "ett ändligt tal",
    "greater_than": "större än {gt}",
    "greater_than_equal": "minst {ge}",
    "less_than": "mindre än {lt}",
    "less_than_equal": "högst {le}",
    "too_short": "minst {min_length} värden",
    "too_long": "högst {max_length} värden",
    "string_too_short": "en text som inte är tom",
    "union_tag_not_found": "en tabell med nyckeln method",
    "union_tag_invalid": "method bland {expected_tags}",
}


class Strict(BaseModel):
    """A table with known keys only, exact types and finite numbers."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        unknown = [key for key in data if key not in known] if isinstance(data, Mapping) else []
        if unknown:
            raise wrong(allowed_text(unknown[0], known), key=unknown[0], found=data[unknown[0]])
        return data


def wrong(allowed: str, key: str | None = None, found: Any = None) -> PydanticCustomError:
    """Return the error a validator raises: what is allowed, and below which key when it is not the model's own."""
    return PydanticCustomError("energibok", "{allowed}", {"allowed": allowed, "key": key, "found": repr(found)})


def allowed_text(found: Any, allowed: Iterable[str]) -> str:
    """Return the allowed words, and the nearest one to what was found."""
    words = list(allowed)
    near = get_close_matches(str(found), words, n=1)
    hint = f". Menade du «{near[0]}»?" if near else ""
    return f"{', '.join(words)}{hint}"


def tariff_error(file: str, key: str, found: str, allowed: str) -> TariffError:
    """Return the error with file, key, what was found and what is allowed."""
    return TariffError(f"{file}: nyckel «{key}»: fann {found}. Tillåtet: {allowed.rstrip('.')}.")


def as_tariff_error(file: str, error: ValidationError, prefix: Sequence[str | int] = ()) -> TariffError:
    """Return one TariffError that tells every fault pydantic found in `file`, one a line."""
    lines = [_line(file, dict(one), prefix) for one in error.errors()]
    return TariffError("\n".join(lines))


def _line(file: str, one: Mapping[str, Any], prefix: Sequence[str | int]) -> str:
    context = one.get("ctx", {})
    path = [*prefix, *one["loc"]]
    found = "inget" if one["type"] == "missing" else repr(one["input"])
    if one["type"] == "energibok":
        path += [context["key"]] if context["key"] else []
        found = context["found"] if context["key"] else found
        allowed = context["allowed"]
    elif one["type"] == "literal_error":
        allowed = allowed_text(one["input"], re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]])
    else:
        allowed = ALLOWED.get(one["type"], one["msg"]).format_map(_Limits(context))
    return str(tariff_error(file, _path(path), found if len(found) <= 80 else found[:77] + "...", allowed))


class _Limits(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _path(parts: Sequence[str | int]) -> str:
    text = ""
    for part in parts:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(hela filen)"
