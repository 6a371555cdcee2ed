"""What an action gets as `self.action_service`."""

from typing import Any, List, Optional

from st2common.constants.keyvalue import SYSTEM_SCOPE


class _Wrapper:
    """Some packs look here for their pack, class and log level, as StackStorm's service keeps them so."""

    def __init__(self, pack: str, class_name: str, log_level: str) -> None:
        self._pack = pack
        self._class_name = class_name
        self._log_level = log_level


class ActionService:
    """The datastore, and who the action runs for. Names are local to pack and class unless `local=False`."""

    def __init__(self, pack: str, class_name: str, log_level: str) -> None:
        self._action_wrapper = _Wrapper(pack, class_name, log_level)
        self._datastore_service: Optional[Any] = None

    @property
    def datastore_service(self) -> Any:
        """The datastore, opened when first used."""
        if self._datastore_service is None:
            from st2common.runners.utils import get_logger_for_python_runner_action
            from st2common.services.datastore import ActionDatastoreService

            wrapper = self._action_wrapper
            self._datastore_service = ActionDatastoreService(
                logger=get_logger_for_python_runner_action(wrapper._class_name, wrapper._log_level),
                pack_name=wrapper._pack,
                class_name=wrapper._class_name,
                auth_token=None,
            )
        return self._datastore_service

    def get_user_info(self) -> Any:
        """Who the action runs for."""
        return self.datastore_service.get_user_info()

    def list_values(
        self, local: bool = True, prefix: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None
    ) -> List[Any]:
        """Keys whose names begin with `prefix`, as objects with `name` and `value`."""
        return self.datastore_service.list_values(local=local, prefix=prefix, limit=limit, offset=offset)

    def get_value(self, name: str, local: bool = True, scope: str = SYSTEM_SCOPE, decrypt: bool = False) -> Optional[str]:
        """A key's value; none if there is no such key."""
        return self.datastore_service.get_value(name=name, local=local, scope=scope, decrypt=decrypt)

    def set_value(
        self,
        name: str,
        value: Any,
        ttl: Optional[int] = None,
        local: bool = True,
        scope: str = SYSTEM_SCOPE,
        encrypt: bool = False,
    ) -> bool:
        """Sets a key; `ttl` is in seconds."""
        return self.datastore_service.set_value(
            name=name, value=value, ttl=ttl, local=local, scope=scope, encrypt=encrypt
        )

    def delete_value(self, name: str, local: bool = True, scope: str = SYSTEM_SCOPE) -> bool:
        """Deletes a key; false if that did not work."""
        return self.datastore_service.delete_value(name=name, local=local, scope=scope)
