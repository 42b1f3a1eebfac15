"""A local stand-in for Telegram: the Bot API over HTTP, and a web chat to play the parents in.

It exists so that `make run` needs no account, no token and no network, and so that tests meet
the refusals (409, 403, 429, "message is not modified") that the real server makes.
"""
