"""Each recipe for short messages errs no more than plain Keras of the same network, on the same messages.

Five resplits of the SMS Spam Collection, five seeds each: one run holds them all (--runs 1, half an hour). `spread` is
the standard deviation over resplits.
"""

from measure import Bench, run_bench
from sms_case import ways

RECIPES = ("sms_dense", "sms_lstm", "sms_bilstm", "sms_gru")

if __name__ == "__main__":
    run_bench(Bench(str(__doc__), ways(RECIPES), compared="error", quick_ways=("sms_gru", "sms_gru, plain Keras")))
