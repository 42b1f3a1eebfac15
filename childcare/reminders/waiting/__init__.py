"""What a family hears while it waits: its offers, and what becomes of its entries."""

from childcare.reminders.waiting.kinds import Topic
from childcare.reminders.waiting.looking import prepare
from childcare.reminders.waiting.writing import enrolled, tell_of_entry, tell_of_offer

__all__ = ["Topic", "enrolled", "prepare", "tell_of_entry", "tell_of_offer"]
