# Spark's scripts read this just before they become the JVM.
#
# The JVM itself prints, past any log setting, that Spark uses Java's incubating vector module. It does so at every
# start and nobody can act on it, so this one line is left out of its standard error. The filter ends with the JVM;
# Ctrl-C is not for it, or what Spark says while it stops would be lost.
exec 2> >(trap '' INT; exec grep --line-buffered -v '^WARNING: Using incubator modules: jdk.incubator.vector$' >&2)

# Java takes most of a job's start to load classes. Those that make setup keeps ready save a third of a small job
# (bench/spark_start.py); but only where no folder with files in it is on Java's class path, and Spark puts this one there.
if [ -n "${NEWSLABEL_JAVA_CLASSES:-}" ]; then
    export SPARK_SUBMIT_OPTS="${SPARK_SUBMIT_OPTS:-} $NEWSLABEL_JAVA_CLASSES \"-Dlog4j2.configurationFile=$SPARK_CONF_DIR/log4j2.properties\""
    export SPARK_CONF_DIR=$SPARK_CONF_DIR/none
fi
