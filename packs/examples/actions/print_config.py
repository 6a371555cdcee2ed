"""Prints this pack's config, secrets left out."""

from st2common.runners.base_action import Action


class PrintConfig(Action):
    def run(self):
        shown = {name: value for name, value in self.config.items() if name != "token"}
        print(shown["greeting"])
        return True, shown
