"""What a body and a query may hold, and the words for what they must not."""

from __future__ import annotations

import base64
import copy
import ipaddress
import operator
import re
import string
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema
from jsonschema.protocols import Validator

from nova.contracts.errors import BadRequest

Schema = Mapping[str, Any]
"""A JSON schema."""
SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Query:
    """The keys a query may hold, each with the schema of its text. `many` may be repeated; others may not.

    Keys that are not listed are dropped silently up to microversion `open_until`, and refused after it, but for those
    that begin with `unseen`, which are dropped at any.
    """

    keys: Mapping[str, Schema]
    many: frozenset[str] = frozenset()
    open_until: int = 101
    unseen: tuple[str, ...] = ()


NO_QUERY = Query({})


def repeatable(keys: Mapping[str, Schema], open_until: int = 101) -> Query:
    """A query of which every key may be given again, as most lists take it; the last one counts."""
    return Query(keys, many=frozenset(keys), open_until=open_until)


_formats = jsonschema.FormatChecker(formats=())


def _format(name: str) -> Any:
    return _formats.checks(name, raises=ValueError)


@_format("uuid")
def _uuid(value: object) -> bool:
    if isinstance(value, str):
        plain = value.lower().replace("-", "").replace("urn:", "").replace("uuid:", "").strip("{}")
        return str(uuid.UUID(value)).replace("-", "") == plain
    return True


@_format("ipv4")
def _ipv4(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Address(value))


@_format("ipv6")
def _ipv6(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv6Address(value))


@_format("ip")
def _ip(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.ip_address(value))


@_format("cidr")
def _cidr(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.ip_network(value, strict=False))


@_format("regex")
def _regex(value: object) -> bool:
    if isinstance(value, str):
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(str(error)) from error
    return True


@_format("name")
def _name(value: object) -> bool:
    return not isinstance(value, str) or (value == value.strip() and value != "" and value.isprintable())


@_format("relaxed-name")
def _relaxed_name(value: object) -> bool:
    return not isinstance(value, str) or _name(value.strip())


_NO_SPACES = dict.fromkeys(map(ord, string.whitespace))


@_format("base64")
def _base64(value: object) -> bool:
    # Line ends and spaces are taken, as encoders put them there.
    return not isinstance(value, str) or base64.b64decode(value.translate(_NO_SPACES), validate=True) is not None


@_format("text")
def _text(value: object) -> bool:
    return not isinstance(value, str) or all(c.isprintable() or c in "\r\n\t" for c in value)


_WORDS = {
    "name": "must be printable, not empty, and have no space at its ends",
    "relaxed-name": "must be printable and not empty",
    "text": "may hold printable characters only",
}


def _bound(keyword: str, beyond: Callable[[int, int], bool]) -> Any:
    """A bound of a number that also holds for a number written as text, which many fields take as well."""
    plain = jsonschema.Draft202012Validator.VALIDATORS[keyword]

    def check(validator: Any, bound: int, value: Any, schema: Schema) -> Iterator[jsonschema.ValidationError]:
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            if beyond(int(value), bound):
                yield jsonschema.ValidationError(f"{value!r} is out of bounds: the {keyword} is {bound}")
        else:
            yield from plain(validator, bound, value, schema)

    return check


_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"minimum": _bound("minimum", operator.lt), "maximum": _bound("maximum", operator.gt)},
)


@dataclass
class Compiled:
    """Validators made at first use, kept for ever: there are as many as schemas in the code."""

    _known: dict[tuple[int, bool], tuple[Schema, Validator]] = field(default_factory=dict)

    def of(self, schema: Schema, relaxed: bool) -> Validator:
        """The validator of a schema of the register."""
        key = (id(schema), relaxed)
        if key not in self._known:
            used = relax(schema) if relaxed else schema
            _Validator.check_schema(used)
            # The schema is kept beside its validator so that its id is never another's.
            self._known[key] = (schema, _Validator(used, format_checker=_formats))
        return self._known[key][1]


_compiled = Compiled()


def check_body(schema: Schema, body: Any, *, relaxed: bool = False) -> None:
    """BadRequest that names the field. `relaxed`: as /v2, which drops unknown keys and takes spaces around names."""
    if relaxed:
        _drop_unknown(schema, body)
    _raise_first(_compiled.of(schema, relaxed).iter_errors(body))


def check_query(query: Query, given: Mapping[str, list[str]], version: int) -> dict[str, list[str]]:
    """What is known of the query. BadRequest for a bad value and, unless the query is open, an unknown key."""
    unknown = sorted(key for key in given if key not in query.keys and not key.startswith(query.unseen))
    if unknown and version > query.open_until:
        raise BadRequest(reason=f"Additional properties are not allowed ({_quoted(unknown)} unexpected)")
    wanted = {key: values for key, values in given.items() if key in query.keys}
    for key, values in wanted.items():
        if len(values) > 1 and key not in query.many:
            raise bad_query(key, values, "It is given twice.")
        for value in values:
            errors = _compiled.of(query.keys[key], False).iter_errors(value)
            _raise_first(errors, f"query parameters {key}")
    return wanted


def bad_field(path: str, value: Any, why: str) -> BadRequest:
    """What to raise for a field of the body that is wrong in a way no schema says."""
    return BadRequest(reason=f"Invalid input for field/attribute {path}. Value: {_shown(value)}. {why}")


def bad_query(key: str, value: Any, why: str) -> BadRequest:
    """What to raise for a query key that is wrong."""
    return BadRequest(reason=f"Invalid input for query parameters {key}. Value: {_shown(value)}. {why}")


def relax(schema: Schema) -> dict[str, Any]:
    """The schema as /v2 takes it."""
    found = copy.deepcopy(dict(schema))
    _relax(found)
    return found


def _drop_unknown(schema: Schema, body: Any) -> None:
    """Take out of a body, in place, what a closed object of the schema does not know."""
    if isinstance(body, list):
        for value in body:
            _drop_unknown(schema.get("items", {}), value)
    if not isinstance(body, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for key in list(body):
        inner = known.get(key) or next((found for form, found in patterns.items() if re.search(form, key)), None)
        if inner is not None:
            _drop_unknown(inner, body[key])
        elif key not in known and schema.get("additionalProperties") is False:
            del body[key]


def _relax(part: Any) -> None:
    if isinstance(part, dict):
        if part.get("additionalProperties") is False:
            del part["additionalProperties"]
        if part.get("format") == "name":
            part["format"] = "relaxed-name"
        for value in part.values():
            _relax(value)
    elif isinstance(part, list):
        for value in part:
            _relax(value)


def _raise_first(errors: Iterable[jsonschema.ValidationError], where: str | None = None) -> None:
    error = jsonschema.exceptions.best_match(errors)
    if error is None:
        return
    path = where or _path(error)
    reason = _reason(error)
    if path:
        reason = (
            f"Invalid input for {'' if where else 'field/attribute '}{path}. Value: {_shown(error.instance)}. {reason}"
        )
    raise BadRequest(reason=reason)


def _path(error: jsonschema.ValidationError) -> str:
    words = ""
    for step in error.absolute_path:
        words += f"[{step}]" if isinstance(step, int) else f".{step}"
    return words.lstrip(".")[:SHOWN_CHARACTERS]


def _reason(error: jsonschema.ValidationError) -> str:
    if error.validator == "format":
        words = _WORDS.get(error.validator_value, f"is not a {error.validator_value!r}")
        return f"{_shown(error.instance)} {words}"
    return str(error.message)[: 2 * SHOWN_CHARACTERS]


def _quoted(names: list[str]) -> str:
    listed = ", ".join(repr(name[:80]) for name in names[:10])
    return f"{listed} {'was' if len(names) == 1 else 'were'}"


def _shown(value: Any) -> str:
    text = repr(value) if not isinstance(value, str) else value
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "..."
