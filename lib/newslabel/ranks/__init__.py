"""A function in so many Horovod ranks: the driver's launcher, its stage of Spark, a rank's task there, its process.

Imported in every Python worker of Spark: it needs neither pandas nor TensorFlow.
"""
