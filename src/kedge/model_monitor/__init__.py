"""A program for SageMaker Model Monitor runs with this in place of ``sagemaker.model_monitor``.

>>> from kedge.model_monitor import CronExpressionGenerator
>>> CronExpressionGenerator.hourly()
'cron(0 * ? * * *)'
"""

from kedge.interfaces.sdk.model_monitor import *  # noqa: F403
from kedge.interfaces.sdk.model_monitor import __all__ as __all__
