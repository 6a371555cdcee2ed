from st2common.runners.base_action import Action


class Greet(Action):
    def run(self, name):
        return f"hello {name}"
