"""The chat front end: long polling or a webhook, forms, and screens over the domain.

Only `bot.app` and `bot.polling` know the chat service; everything else speaks `Message`.
"""
