"""MLflow's errors as ours: a store that cannot be one, a server that refuses, or one that does not answer."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newslabel.errors import NewslabelError, SettingsError, TransientError
from newslabel.settings import SQLITE

if TYPE_CHECKING:
    from mlflow.exceptions import MlflowException


NOT_THERE = "RESOURCE_DOES_NOT_EXIST"
LONGEST_REASON = 200
CREDENTIALS = re.compile(r"(?<=:)//[^/\s]*@")
HTTP_STATUS = re.compile(r"failed with error code (\d{3})")
# where MLflow knows no better code; a true 500, as 408, 429 and 502 to 504, is to it as if nobody had answered
UNKNOWN_STATUS = 500
# conflict, and what a proxy calls a client that it would not wait for: both pass
PASSING_STATUSES = (409, 499)


@contextmanager
def mlflow_errors_of(uri: str, timeout_s: float) -> Iterator[None]:
    """Failures of MLflow as ours; its libraries' deprecations are not for our users.

    Args:
        uri: the setting `models.tracking_uri`.
        timeout_s: how long a server was waited for.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (MlflowException, SQLAlchemyError) as error:
            received = f"{_masked(_reason(error))}. Received: models.tracking_uri = {_masked(uri)!r}"
            if uri.startswith("http") and isinstance(error, MlflowException):
                raise _of_server(error, received, timeout_s) from error
            raise _of_store(error, received, uri) from error


def _reason(error: Exception) -> str:
    line = str(error).strip().splitlines()[0]
    # what an HTTP library says begins with where it asked, and ends with why it failed
    return (line.partition("Caused by ")[2] or line)[:LONGEST_REASON]


def _masked(text: str) -> str:
    """The text without the user and the password of a URI in it."""
    return CREDENTIALS.sub("//***@", text)


def _of_server(error: "MlflowException", received: str, timeout_s: float) -> NewslabelError:
    if _is_refusal(error):
        return SettingsError(f"the MLflow server refused: {received}")
    return TransientError(f"no MLflow server answered within {timeout_s:g} s: {received}")


def _is_refusal(error: "MlflowException") -> bool:
    """Whether a server answered what it would answer again."""
    if error.__context__ is not None:
        return False  # the HTTP library's own error lies below: there was no answer
    told = HTTP_STATUS.search(str(error))
    status = int(told[1]) if told else error.get_http_status_code()
    return status == UNKNOWN_STATUS or (status < UNKNOWN_STATUS and status not in PASSING_STATUSES)


def _of_store(error: Exception, received: str, uri: str) -> NewslabelError:
    code = getattr(error, "error_code", None)
    is_of_database = type(error).__module__.startswith("sqlalchemy") or code == "TEMPORARILY_UNAVAILABLE"
    if "locked" in _reason(error) or (is_of_database and not uri.startswith(SQLITE)):
        return TransientError(f"MLflow's store did not answer: {received}")
    if code == NOT_THERE:
        return SettingsError(f"MLflow's store lacks what it refers to: {received}")
    return SettingsError(f"MLflow's store must be a sqlite file or a server: {received}")
