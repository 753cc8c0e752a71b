import Glibc

exit(Job.run(arguments: Array(CommandLine.arguments.dropFirst())))
