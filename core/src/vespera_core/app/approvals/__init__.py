"""Approvals: what a role may not do before a person has said yes.

A role names the steps that it holds in `restrictions.require_approval`. The **execution** of a task is held by
refusing claims of workers. Its **completion** is held by a detour: whoever completes it leaves it in review instead,
without a lease, so that nobody does the work again; a person's approval then completes it.
"""
