"""Screens: pure functions ``(session, actor, …) → Message``."""
