"""A host of models, for those who have a model and no server.

One process in front takes the requests, and every version of a model answers in processes of its own. What is to be
served stands in a folder; the host looks at it, and moves::

    versions.py   which versions there are, and which share of the traffic each has: the document and its changes
    folder.py     where the document and the unpacked models are kept
    archive.py    model.tar.gz to a folder
    trial.py      does a version load? asked before it is kept
    process.py    one process of a version, as the front sees it
    variant.py    all processes of a version
    host.py       the ASGI app
    model/        what runs in the process of a version
"""
