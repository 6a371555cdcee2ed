from robusta.api import *
from shop_playbooks.nowhere import nothing


@action
def never_there(event: ExecutionBaseEvent):
    nothing()
