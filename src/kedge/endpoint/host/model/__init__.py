"""What runs in the process of a version: it loads the model, and answers one request after another.

::

    __main__.py   the process
    handlers.py   what answers a request: the handlers of a user (script.py), or ours
    decode.py     a body to rows; table.py: rows as a model wants them
    encode.py     what was predicted to a body
    kinds/        one file a kind of model
"""
