"""Triggers that code may name. The keys of playbook files are Squall's affair."""

from robusta.core.playbooks.base_trigger import BaseTrigger
from robusta.integrations.prometheus.trigger import PrometheusAlertTriggers
from robusta.integrations.scheduled.trigger import ScheduledTriggers

__all__ = ["BaseTrigger", "PrometheusAlertTriggers", "ScheduledTriggers"]
