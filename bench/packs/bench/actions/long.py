from st2common.runners.base_action import Action


class Long(Action):
    def run(self, megabytes):
        line = "2026-11-22T13:14:15Z node-7 kubelet[812]: pod cart-5d8f is running, 81 % of its memory limit in use\n"
        return line * (megabytes * 1_000_000 // len(line) + 1)
