"""The registry of model versions in MLflow.

It holds where a bundle is, its parameters, metrics and curves, and which version is champion; the bundles are ours.
"""

import logging
import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newslabel.errors import NewslabelError, SettingsError, TransientError
from newslabel.settings import Settings
from newslabel.storage import is_remote

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
LATEST = "latest"
BUNDLE_TAG = "newslabel.bundle_uri"
RECIPE_TAG = "newslabel.recipe"
SQLITE = "sqlite:///"
FIGURES_A_REQUEST = 1000
LONGEST_REASON = 200
MISSING = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


@dataclass(frozen=True)
class Version:
    """A registered model version.

    Attributes:
        number: as people name it, "3".
        bundle_uri: where its bundle is.
        recipe: the recipe's name.
        metrics: such as test_accuracy, the last value of each.
    """

    number: str
    bundle_uri: str
    recipe: str
    metrics: Mapping[str, float]


class Registry:
    """One corpus' model versions.

    Every method raises TransientError where MLflow does not answer within `models.timeout_s`, and SettingsError where
    `models.tracking_uri` is no store of MLflow's.
    """

    def __init__(self, settings: Settings) -> None:
        self._name = settings.models.registry_name
        self._uri = settings.models.tracking_uri
        self._timeout_s = settings.models.timeout_s

    def check(self) -> None:
        """Makes sure that the registry answers, before work is spent on what it shall record."""
        with self._answering():
            self._client.get_experiment_by_name(self._name)

    def record(
        self,
        *,
        bundle_uri: str,
        recipe: str,
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        epochs: Sequence[Mapping[str, float]],
        tags: Mapping[str, str],
    ) -> Version:
        """Registers a bundle as the next version.

        Args:
            bundle_uri: where the bundle is.
            recipe: its recipe's name.
            params: what it was trained with.
            metrics: its figures on the validation and test parts.
            epochs: the figures of each epoch, of which one is its number, `epoch`.
            tags: versions of data and code.
        """
        from mlflow.entities import Metric, Param

        all_tags = {BUNDLE_TAG: bundle_uri, RECIPE_TAG: recipe, **tags}
        now = int(time.time() * 1000)
        figures = [Metric(name, value, now, 0) for name, value in metrics.items()]
        for epoch in epochs:
            step = int(epoch["epoch"])
            figures += [Metric(name, value, now, step) for name, value in epoch.items() if name != "epoch"]
        with self._answering():
            run_id = self._client.create_run(self._experiment(), run_name=recipe, tags=all_tags).info.run_id
            self._client.log_batch(run_id, params=[Param(name, str(value)) for name, value in params.items()])
            for first in range(0, len(figures), FIGURES_A_REQUEST):
                self._client.log_batch(run_id, metrics=figures[first : first + FIGURES_A_REQUEST])
            self._client.set_terminated(run_id)
            self._make_registered_model()
            # servers refuse a path of this host as a source, so it stands in a tag
            source = bundle_uri if is_remote(bundle_uri) else f"newslabel://bundles/{Path(bundle_uri).name}"
            made = self._client.create_model_version(self._name, source, run_id=run_id, tags=all_tags)
            return self._version(made)

    def version(self, which: str) -> Version:
        """A version.

        Args:
            which: its number, or "latest".

        Raises:
            SettingsError: no such version.
        """
        with self._answering():
            found = self._client.search_model_versions(f"name = '{self._name}'")
            numbers = sorted(int(each.version) for each in found)
            wanted = str(numbers[-1]) if which == LATEST and numbers else which
            for each in found:
                if str(each.version) == wanted:
                    return self._version(each)
        known = f"there are {', '.join(map(str, numbers))}" if numbers else "there is none yet, train_model makes one"
        raise SettingsError(f"the registry {self._name!r} has no such model version: {known}. Received: {which!r}")

    def champion(self) -> Version | None:
        """The version that labels the corpus, or None where none was promoted yet."""
        from mlflow.exceptions import MlflowException

        with self._answering():
            try:
                return self._version(self._client.get_model_version_by_alias(self._name, CHAMPION))
            except MlflowException as error:
                if error.error_code not in MISSING:
                    raise
                return None

    def make_champion(self, version: Version, tags: Mapping[str, str]) -> None:
        """Gives the version the alias `champion`, and notes on it how that came.

        Args:
            version: the version.
            tags: what to note.
        """
        with self._answering():
            for key, value in tags.items():
                self._client.set_model_version_tag(self._name, version.number, key, value)
            self._client.set_registered_model_alias(self._name, CHAMPION, version.number)

    @cached_property
    def _client(self) -> "MlflowClient":
        """MLflow's client, quiet, and in less of a patient mood than by default (minutes of retries)."""
        os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
        os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = str(max(int(self._timeout_s), 1))
        if self._uri.startswith(SQLITE):
            _make_folder_of(self._uri)
        import mlflow

        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
        return mlflow.MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)

    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(self._name)
        return str(found.experiment_id if found else self._client.create_experiment(self._name))

    def _make_registered_model(self) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._client.create_registered_model(self._name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _version(self, found: Any) -> Version:
        metrics = self._client.get_run(found.run_id).data.metrics
        return Version(str(found.version), found.tags[BUNDLE_TAG], found.tags[RECIPE_TAG], dict(metrics))

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Failures of MLflow as ours; its libraries' deprecations are not for our users."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mlflow.exceptions import MlflowException
            from sqlalchemy.exc import SQLAlchemyError

            try:
                yield
            except (MlflowException, SQLAlchemyError) as error:
                raise self._explained(error) from error

    def _explained(self, error: Exception) -> NewslabelError:
        line = str(error).strip().splitlines()[0]
        # what an HTTP library says begins with where it asked, and ends with why it failed
        text = (line.partition("Caused by ")[2] or line)[:LONGEST_REASON]
        received = f"Received: models.tracking_uri = {self._uri!r}"
        if self._uri.startswith("http"):
            return TransientError(f"no MLflow server answered within {self._timeout_s:g} s: {text}. {received}")
        is_server_down = type(error).__module__.startswith("sqlalchemy") and not self._uri.startswith(SQLITE)
        if "locked" in text or is_server_down:
            return TransientError(f"MLflow's store did not answer: {text}. {received}")
        return SettingsError(f"MLflow's store must be a sqlite file or a server: {text}. {received}")


def _make_folder_of(uri: str) -> None:
    folder = Path(uri.removeprefix(SQLITE)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"models.tracking_uri: {error}. Received: {uri!r}") from error
