"""Makes a new UUID."""

import uuid

from st2common.runners.base_action import Action


class GenerateUuid(Action):
    def run(self, uuid_type):
        kinds = {"uuid1": uuid.uuid1, "uuid4": uuid.uuid4}
        if uuid_type not in kinds:
            return False, f"there is no uuid_type {uuid_type}: only uuid1 and uuid4"
        return True, str(kinds[uuid_type]())
