"""Deferred work: the dispatcher hands due outbox rows to RQ workers, which do them.

PostgreSQL alone knows what is due and what was done; the queue only carries ids and may be wiped.
"""
