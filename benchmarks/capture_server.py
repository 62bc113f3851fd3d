"""A model behind FastAPI, as people serve them: ``python -m benchmarks.capture_server PORT [JOURNAL DESTINATION]``."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sklearn.linear_model import LogisticRegression

from kedge.capture import CaptureConfig, CaptureMiddleware

FEATURES = 43


class Asked(BaseModel):
    """What a caller sends."""

    instances: list[list[float]]


def served() -> FastAPI:
    """Return the application, with a model that has just been fitted."""
    random = np.random.default_rng(7)
    rows = random.normal(size=(1000, FEATURES))
    model = LogisticRegression().fit(rows, rows[:, 0] > 0)
    app = FastAPI()

    @app.post("/predict")
    async def predict(asked: Asked) -> dict[str, Any]:
        return {"predictions": model.predict_proba(asked.instances)[:, 1].tolist()}

    return app


def main(port: str, *capture: str) -> None:
    """Serve, with capture where it is told a journal and a destination."""
    app = served()
    if capture:
        journal, destination = capture
        config = CaptureConfig(
            endpoint="bench", journal=journal, destination=destination, ship=True, disk_share=1, file_seconds=2
        )
        app.add_middleware(CaptureMiddleware, config=config)
    uvicorn.run(app, port=int(port), log_level="critical", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
