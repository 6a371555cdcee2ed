"""The objects of the API."""

from st2client.models.action import Action, Execution, LiveAction, RunnerType
from st2client.models.action_alias import ActionAlias, ActionAliasMatch
from st2client.models.aliasexecution import ActionAliasExecution
from st2client.models.core import Resource
from st2client.models.keyvalue import KeyValuePair


class ApiKey(Resource):
    """A key of the API."""

    _path = "apikeys"


class Config(Resource):
    """A pack's config."""

    _path = "configs"


class ConfigSchema(Resource):
    """What a pack's config may hold."""

    _path = "config_schemas"


class Inquiry(Resource):
    """A question to a person."""

    _path = "inquiries"


class Pack(Resource):
    """A pack."""

    _path = "packs"


class Policy(Resource):
    """A policy of an action."""

    _path = "policies"


class PolicyType(Resource):
    """A kind of policy."""

    _path = "policytypes"


class Rule(Resource):
    """A rule."""

    _path = "rules"


class RuleEnforcement(Resource):
    """What came of a rule."""

    _path = "ruleenforcements"


class Sensor(Resource):
    """A sensor."""

    _path = "sensortypes"


class Token(Resource):
    """A token of the API."""

    _path = "tokens"


class Trace(Resource):
    """What belongs together."""

    _path = "traces"


class Trigger(Resource):
    """A trigger."""

    _path = "triggers"


class TriggerInstance(Resource):
    """Something that happened."""

    _path = "triggerinstances"


class TriggerType(Resource):
    """A kind of trigger."""

    _path = "triggertypes"


class Webhook(Resource):
    """A webhook."""

    _path = "webhooks"


ALL = (
    Action,
    ActionAlias,
    ActionAliasExecution,
    ApiKey,
    Config,
    ConfigSchema,
    Execution,
    Inquiry,
    KeyValuePair,
    Pack,
    Policy,
    PolicyType,
    Rule,
    RuleEnforcement,
    RunnerType,
    Sensor,
    Token,
    Trace,
    Trigger,
    TriggerInstance,
    TriggerType,
    Webhook,
)
"""Every kind that has a manager."""

__all__ = [kind.__name__ for kind in ALL] + ["ActionAliasMatch", "LiveAction", "Resource"]
