# Spark's scripts read this just before they become the JVM.
#
# The JVM itself prints, past any log setting, that Spark uses Java's incubating vector module. It does so at every
# start and nobody can act on it, so this one line is left out of its standard error. The filter ends with the JVM;
# Ctrl-C is not for it, or what Spark says while it stops would be lost.
exec 2> >(trap '' INT; exec grep --line-buffered -v '^WARNING: Using incubator modules: jdk.incubator.vector$' >&2)
