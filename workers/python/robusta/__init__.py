"""The names that Robusta's playbooks import, with what stands behind them rewritten for Squall.

`robusta.api` has them all. Modules lie where Robusta's lie, so that deeper imports work too. What an action needs of
Squall goes through `squall_worker.calls`; libraries that are slow to import are imported when first used.
"""
