package dev.tailrace.arena;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where servers are started and how.
 *
 * @param directory of their files
 * @param jar of Tailrace, beside which its archives would be
 * @param tailrace what follows {@code java} and comes before {@code serve}
 */
record Course(Cores cores, Path directory, Path jar, List<String> tailrace) {

    /** Tailrace as it was built. */
    static Course ofJar(Cores cores, Path directory, Path jar) {
        return new Course(cores, directory, jar, List.of("-jar", jar.toString()));
    }

    /** Tailrace from a class path, as in a test. */
    static Course ofClasses(Cores cores, Path directory, String classPath) {
        return new Course(cores, directory, directory, List.of("-cp", classPath, "dev.tailrace.cli.Main"));
    }

    /** The same with more flags for the JVM. */
    Course with(List<String> jvmFlags) {
        List<String> all = new ArrayList<>(jvmFlags);
        all.addAll(tailrace);
        return new Course(cores, directory, jar, all);
    }
}
