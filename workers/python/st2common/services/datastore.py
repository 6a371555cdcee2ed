"""The datastore, as actions and sensors see it. Squall answers, authorises and records each call."""

from typing import Any, List, Optional

from squall_worker import channel
from st2common.constants.keyvalue import DATASTORE_KEY_SEPARATOR, SYSTEM_SCOPE

__all__ = ["BaseDatastoreService", "ActionDatastoreService"]


class BaseDatastoreService:
    """Reads and writes keys. Local names stand for `<pack>.<class>:<name>`."""

    DATASTORE_NAME_SEPARATOR = DATASTORE_KEY_SEPARATOR

    def __init__(self, logger: Any, pack_name: str, class_name: str) -> None:
        self._logger = logger
        self._pack_name = pack_name
        self._class_name = class_name

    def get_user_info(self) -> Any:
        """Who this runs for."""
        self._logger.debug("Retrieving user information")
        return channel.ask({"user_info": {}})

    def list_values(
        self, local: bool = True, prefix: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = 0
    ) -> List[Any]:
        """Keys whose names begin with `prefix`, as objects with `name` and `value`."""
        from st2client.models.keyvalue import KeyValuePair

        self._logger.debug("Retrieving all the values from the datastore")
        full_prefix = (self._local_prefix() if local else "") + (prefix or "")
        found = channel.ask({"list_keys": {"prefix": full_prefix, "limit": limit or None, "offset": offset or 0}})
        return [KeyValuePair(**key) for key in found]

    def get_value(self, name: str, local: bool = True, scope: str = SYSTEM_SCOPE, decrypt: bool = False) -> Optional[str]:
        """A key's value; none if there is no such key, or if it cannot be had (the log says why)."""
        _check(scope)
        name = self._full_name(name, local)
        self._logger.debug("Retrieving value from the datastore (name=%s)", name)
        try:
            return channel.ask({"get_key": {"scope": scope, "name": name, "decrypt": bool(decrypt)}})
        except channel.Refused as error:
            self._logger.exception("Exception retrieving value from datastore (name=%s): %s", name, error)
            return None

    def set_value(
        self,
        name: str,
        value: Any,
        ttl: Optional[int] = None,
        local: bool = True,
        scope: str = SYSTEM_SCOPE,
        encrypt: bool = False,
    ) -> bool:
        """Sets a key to the value's text; `ttl` is in seconds. Raises if it cannot."""
        _check(scope)
        name = self._full_name(name, local)
        self._logger.debug("Setting value in the datastore (name=%s)", name)
        question = {
            "scope": scope,
            "name": name,
            "value": str(value),
            "ttl": int(ttl) if ttl else None,
            "encrypt": bool(encrypt),
        }
        channel.ask({"set_key": question})
        return True

    def delete_value(self, name: str, local: bool = True, scope: str = SYSTEM_SCOPE) -> bool:
        """Deletes a key; false if there was none or it cannot be deleted (the log says why)."""
        _check(scope)
        name = self._full_name(name, local)
        self._logger.debug("Deleting value from the datastore (name=%s)", name)
        try:
            return bool(channel.ask({"delete_key": {"scope": scope, "name": name}}))
        except channel.Refused as error:
            self._logger.exception("Exception deleting value from datastore (name=%s): %s", name, error)
            return False

    def _full_name(self, name: str, local: bool) -> str:
        return self._local_prefix() + name if local else name

    def _local_prefix(self) -> str:
        return "%s.%s%s" % (self._pack_name, self._class_name, self.DATASTORE_NAME_SEPARATOR)


class ActionDatastoreService(BaseDatastoreService):
    """The datastore of one action."""

    def __init__(self, logger: Any, pack_name: str, class_name: str, auth_token: Optional[str] = None) -> None:
        super().__init__(logger, pack_name, class_name)
        self._auth_token = auth_token


def _check(scope: str) -> None:
    if scope != SYSTEM_SCOPE:
        raise ValueError("Scope %s is unsupported." % scope)
