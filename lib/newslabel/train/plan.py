"""What a training does: written into its work folder once, for its ranks, and for whoever goes on with it later."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt, ValidationError

from newslabel.errors import DataError
from newslabel.recipes import Recipe


class TrainingPlan(BaseModel):
    """All that the ranks need to know.

    Attributes:
        recipe: what is trained, and how.
        examples: the tokenization's id.
        vocabulary_size: ids are smaller.
        files: the tokenization's Parquet files by part; none for a part without examples.
        glove: the file that the vectors are from; None where they are learnt from the start.
        preset: the folder of the pretrained network that it begins with; None where it begins with none.
        coverage: how much of the vocabulary, and of the text, it has.
        workers: how many ranks.
        batch_per_worker: texts a step and rank; None for the recipe's batch size, of all ranks together.
        checkpoint_minutes: how often the training's state is kept, beside after every epoch.
        mixed_precision: whether GPUs compute in float16.
    """

    model_config = ConfigDict(frozen=True)

    recipe: Recipe
    examples: str
    vocabulary_size: PositiveInt
    files: Mapping[str, Sequence[str]] = {}
    glove: str | None = None
    preset: str | None = None
    coverage: Mapping[str, float] | None = None
    workers: PositiveInt = 1
    batch_per_worker: PositiveInt | None = None
    checkpoint_minutes: PositiveFloat = 10
    mixed_precision: bool = True

    def batch_size(self, ranks: int) -> int:
        """Texts a step, of so many ranks together."""
        return self.batch_per_worker * ranks if self.batch_per_worker else self.recipe.training.batch_size

    def learning_rate(self, ranks: int) -> float:
        """The recipe's, grown with the batch: of twice as many texts the mean gradient may be followed twice as far.

        (Goyal and others, Accurate, Large Minibatch SGD, 2017, who warm it up too.)
        """
        return self.recipe.training.learning_rate * self.batch_size(ranks) / self.recipe.training.batch_size

    @classmethod
    def from_json(cls, data: bytes, *, origin: str) -> "TrainingPlan":
        """The plan that `model_dump_json` wrote.

        Args:
            data: of a file.
            origin: its place, for errors.

        Raises:
            DataError: it is none.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise DataError(f"the plan of a training cannot be read: {error}. Received: {origin!r}") from error
