"""The domain of a city's inclusive childcare: rules, records and transactions.

It knows no HTTP, no Telegram and no Redis; ``docs/architecture.md`` says why.
"""
