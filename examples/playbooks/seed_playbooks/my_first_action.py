from robusta.api import *  # completed: the page does not repeat this line here

# completed: the page says "DONT RUN ANYTHING ELSE ON THIS EVENT" where a condition belongs
def dont_run_anything_else_on_this_event(event):
    return event.obj.reason == "Scheduled"

@action
def my_first_action(event: EventChangeEvent):

   if dont_run_anything_else_on_this_event(event):
       event.stop_processing = True  # no need to run any other playbook or action
       return
