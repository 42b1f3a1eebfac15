"""What is outside: the chat server, SMS, and the limits that all processes share.

Imported by the bot, the workers and the web; the domain knows nothing of it.
"""
