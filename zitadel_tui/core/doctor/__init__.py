"""Checks, one after the other, what signing in needs, and says what to do where something is wrong."""

from zitadel_tui.core.doctor.examination import examine
from zitadel_tui.core.doctor.findings import Finding, exit_status, summarize

__all__ = ["Finding", "examine", "exit_status", "summarize"]
