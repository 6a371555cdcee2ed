"""Stands in for core.remote: gives its parameters back."""

from st2common.runners.base_action import Action


class MockCoreRemote(Action):
    def run(self, cmd=None, hosts=None, hosts_dict=None):
        return {"cmd": cmd, "hosts": hosts, "hosts_dict": hosts_dict}
