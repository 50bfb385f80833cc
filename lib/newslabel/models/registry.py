"""The registry of model versions in MLflow.

It holds where a bundle is, its parameters, metrics and curves, and which version is champion; the bundles are ours.
"""

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newslabel.errors import BundleError, SettingsError, os_errors_as
from newslabel.models.mlflow_errors import NOT_THERE, mlflow_errors_of
from newslabel.settings import SQLITE, Settings
from newslabel.storage import is_remote

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
LATEST = "latest"
BUNDLE_TAG = "newslabel.bundle_uri"
RECIPE_TAG = "newslabel.recipe"
FIGURES_A_REQUEST = 1000
ALREADY_THERE = "RESOURCE_ALREADY_EXISTS"
MISSING = (NOT_THERE, "INVALID_PARAMETER_VALUE")


class NoSuchVersionError(SettingsError):
    """The registry answered, and has no such model version."""


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

    def facts(self) -> list[tuple[str, Any]]:
        """What people want to know of it, each with its name."""
        figures = ((name.replace("_", " "), value) for name, value in sorted(self.metrics.items()))
        return [("recipe", self.recipe), *figures, ("bundle", self.bundle_uri)]


class Registry:
    """One corpus' model versions.

    Every method raises TransientError where MLflow does not answer within `models.timeout_s`, and SettingsError where
    `models.tracking_uri` is no store of MLflow's, or a server that refuses.
    """

    def __init__(self, settings: Settings) -> None:
        self._name = settings.models.registry_name
        self._uri = settings.models.tracking_uri
        self._timeout_s = settings.models.timeout_s
        self._metrics: dict[str, Mapping[str, float]] = {}

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
        with self._answering(), self._ended_where_it_fails(bundle_uri):
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
            NoSuchVersionError: no such version.
            BundleError: it is a version that somebody else registered, of no bundle.
        """
        with self._answering():
            found = self._all_versions()
            numbers = sorted(int(each.version) for each in found)
            wanted = str(numbers[-1]) if which == LATEST and numbers else which
            for each in found:
                if str(each.version) == wanted:
                    return self._version(each)
        known = f"there are {', '.join(map(str, numbers))}" if numbers else "there is none yet, train_model makes one"
        raise NoSuchVersionError(f"the registry {self._name!r} has no such model version: {known}. Received: {which!r}")

    def version_of(self, bundle_uri: str) -> Version | None:
        """The version that is this bundle, or None where it is not registered.

        Args:
            bundle_uri: where the bundle is, as it was recorded.
        """
        with self._answering():
            for each in self._all_versions():
                if each.tags.get(BUNDLE_TAG) == bundle_uri:
                    return self._version(each)
        return None

    def champion(self) -> Version | None:
        """The version that labels the corpus, or None where none was promoted yet.

        Raises:
            BundleError: it is a version that somebody else registered, of no bundle.
        """
        with self._answering():
            found = self._version_by_alias(CHAMPION)
            return self._version(found) if found else None

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
        os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
        os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
        os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = str(max(int(self._timeout_s), 1))
        if self._uri.startswith(SQLITE):
            _make_folder_of(self._uri)
        import mlflow

        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
        return mlflow.MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)

    def _all_versions(self) -> Sequence[Any]:
        found: Sequence[Any] = self._client.search_model_versions(f"name = '{self._name}'")
        return found

    def _version_by_alias(self, alias: str) -> Any:
        """What MLflow has under the alias, or None where there is no such alias."""
        from mlflow.exceptions import MlflowException

        try:
            return self._client.get_model_version_by_alias(self._name, alias)
        except MlflowException as error:
            if error.error_code not in MISSING:
                raise
            return None

    @contextmanager
    def _ended_where_it_fails(self, bundle_uri: str) -> Iterator[None]:
        """No run of a bundle stays RUNNING for ever: neither one that fails in here nor one of an attempt before."""
        from mlflow.exceptions import MlflowException

        self._end_runs(bundle_uri)
        try:
            yield
        except MlflowException:
            with suppress(MlflowException):
                self._end_runs(bundle_uri)
            raise

    def _end_runs(self, bundle_uri: str) -> None:
        for run in self._client.search_runs([self._experiment()], "attributes.status = 'RUNNING'"):
            if run.data.tags.get(BUNDLE_TAG) == bundle_uri:
                self._client.set_terminated(run.info.run_id, "FAILED")

    def _experiment(self) -> str:
        from mlflow.exceptions import MlflowException

        found = self._client.get_experiment_by_name(self._name)
        if found is None:
            try:
                return str(self._client.create_experiment(self._name))
            except MlflowException as error:  # of two first trainings at once, the other one was faster
                if error.error_code != ALREADY_THERE:
                    raise
                found = self._client.get_experiment_by_name(self._name)
        return str(found.experiment_id)

    def _make_registered_model(self) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._client.create_registered_model(self._name)
        except MlflowException as error:
            if error.error_code != ALREADY_THERE:
                raise

    def _version(self, found: Any) -> Version:
        for tag in (BUNDLE_TAG, RECIPE_TAG):
            if tag not in found.tags:
                raise BundleError(
                    f"version {found.version} of {self._name!r} is of no bundle, somebody else registered it: it lacks "
                    f"the tag {tag}. Received: {sorted(found.tags)}"
                )
        return Version(
            str(found.version), found.tags[BUNDLE_TAG], found.tags[RECIPE_TAG], self._metrics_of(found.run_id)
        )

    def _metrics_of(self, run_id: str | None) -> Mapping[str, float]:
        """Asked for once: those of a version do not change, and who the champion is is asked again and again."""
        if not run_id:
            return {}
        if run_id not in self._metrics:
            self._metrics[run_id] = dict(self._client.get_run(run_id).data.metrics)
        return self._metrics[run_id]

    def _answering(self) -> AbstractContextManager[None]:
        return mlflow_errors_of(self._uri, self._timeout_s)


def _make_folder_of(uri: str) -> None:
    with os_errors_as(SettingsError, "models.tracking_uri", uri):
        Path(uri.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
