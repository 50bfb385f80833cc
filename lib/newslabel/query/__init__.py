"""Named questions and free SQL over the tables, locked against everything else; without Spark."""

from newslabel.query.ask import query_labels
from newslabel.query.locked import LockedDatabase, QueryError
from newslabel.query.questions import Question, load_question, question_names
from newslabel.query.tables import current_labels_sql

__all__ = [
    "LockedDatabase",
    "QueryError",
    "Question",
    "current_labels_sql",
    "load_question",
    "query_labels",
    "question_names",
]
