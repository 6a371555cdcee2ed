"""Stands in for an action that makes a virtual machine."""

import uuid

from st2common.runners.base_action import Action


class MockCreateVm(Action):
    def run(self, vm_name, ip, cpu_cores, memory_mb):
        return {
            "vm_id": uuid.uuid4().hex,
            "vm_name": vm_name,
            "ip": ip,
            "cpu_cores": cpu_cores,
            "memory_mb": memory_mb,
        }
