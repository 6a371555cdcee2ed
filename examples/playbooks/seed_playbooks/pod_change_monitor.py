from robusta.api import *  # completed: the page does not repeat this line here

@action
def pod_change_monitor(event: PodChangeEvent):
   logging.info(f"new object: {event.obj}")  # completed: the closing quote
   logging.info(f"old object: {event.old_obj}")  # completed: the closing quote
