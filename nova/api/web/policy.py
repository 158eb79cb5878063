"""Who may do what: rules stand beside the operations they guard, and oslo.policy decides with the operator's file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oslo_config import cfg
from oslo_policy import opts, policy

from nova.base.context import RequestContext
from nova.contracts.errors import PolicyNotAuthorized

ADMIN = "rule:context_is_admin"
READER = "rule:project_reader_or_admin"
MEMBER = "rule:project_member_or_admin"
ANY = "@"

BASE = (
    ("context_is_admin", "role:admin", "Who counts as the cloud's administrator."),
    ("admin_api", "is_admin:True", "Kept for old policy files: the administrator."),
    (
        "admin_or_owner",
        "is_admin:True or project_id:%(project_id)s",
        "Kept for old policy files: administrator or owner.",
    ),
    ("project_manager_api", "role:manager and project_id:%(project_id)s", "A manager of the project."),
    ("project_member_api", "role:member and project_id:%(project_id)s", "A member of the project."),
    ("project_reader_api", "role:reader and project_id:%(project_id)s", "A reader of the project."),
    ("project_manager_or_admin", "rule:project_manager_api or rule:context_is_admin", "Manager or administrator."),
    ("project_member_or_admin", "rule:project_member_api or rule:context_is_admin", "Member or administrator."),
    ("project_reader_or_admin", "rule:project_reader_api or rule:context_is_admin", "Reader or administrator."),
    ("service_api", "role:service", "Another service."),
    ("service_or_admin", "rule:service_api or rule:context_is_admin", "Another service or the administrator."),
)


@dataclass(frozen=True)
class Rule:
    """A policy rule: its name, its default check in oslo.policy's language, and what it allows."""

    name: str
    default: str
    says: str


RULES: dict[str, Rule] = {}


def rule(name: str, default: str, says: str) -> Rule:
    """Declare a rule, or get it again: one name has one default, else ValueError."""
    wanted = Rule(name, default, says)
    known = RULES.setdefault(name, wanted)
    if known != wanted:
        raise ValueError(f"the policy rule {name} is declared twice, differently")
    return known


class _Enforcer(policy.Enforcer):
    """Looks for changes of the operator's files when told to, not at each of a request's many questions."""

    _loaded = False

    def load_rules(self, force_reload: bool = False) -> None:
        """See oslo.policy."""
        if force_reload or not self._loaded:
            self.look(force_reload)

    def look(self, force_reload: bool = False) -> None:
        """Read what changed."""
        super().load_rules(force_reload)
        self._loaded = True


class Policy:
    """Decides with the rules declared so far and the operator's policy file, which is read again when it changes."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        opts.set_defaults(conf)
        self._enforcer = _Enforcer(conf)
        self._enforcer.suppress_deprecation_warnings = True
        self._enforcer.register_defaults(documented())

    def allows(self, context: RequestContext, rule: Rule, target: Mapping[str, Any] | None = None) -> bool:
        """Whether the caller may; `target` names the thing's project_id and user_id, default the caller's own."""
        owner = target or {"project_id": context.project_id, "user_id": context.user_id}
        return bool(self._enforcer.enforce(rule.name, dict(owner), self._credentials(context)))

    def check(self, context: RequestContext, rule: Rule, target: Mapping[str, Any] | None = None) -> None:
        """PolicyNotAuthorized unless allowed."""
        if not self.allows(context, rule, target):
            raise PolicyNotAuthorized(action=rule.name)

    def is_admin(self, context: RequestContext) -> bool:
        """Whether the caller's roles make an administrator; asked first in each request, of the rules as now."""
        self._enforcer.look()
        return bool(self._enforcer.enforce("context_is_admin", {}, self._credentials(context)))

    @staticmethod
    def _credentials(context: RequestContext) -> dict[str, Any]:
        return {**context.to_policy_values(), "is_admin": context.is_admin}


def documented(operations: Mapping[str, Iterable[tuple[str, str]]] | None = None) -> list[policy.RuleDefault]:
    """Every rule for oslo.policy; `operations` gives each rule's (method, path) pairs for the sample file."""
    where = operations or {}
    rules: list[policy.RuleDefault] = [policy.RuleDefault(name, check, says) for name, check, says in BASE]
    for known in RULES.values():
        places: Any = [{"method": method, "path": path} for method, path in where.get(known.name, [("GET", "/")])]
        rules.append(
            policy.DocumentedRuleDefault(known.name, known.default, known.says, places, scope_types=["project"])
        )
    return rules
