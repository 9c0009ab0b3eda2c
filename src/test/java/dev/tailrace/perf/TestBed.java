package dev.tailrace.perf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where servers are started and how.
 *
 * @param directory of their files
 * @param jar of Tailrace, beside which its archives would be
 * @param jvm options of every JVM that serves
 * @param tailrace what follows these and comes before {@code serve}
 * @param earlier the same for an earlier Tailrace; empty when none takes part
 */
record TestBed(Cores cores, Path directory, Path jar, List<String> jvm, List<String> tailrace, List<String> earlier) {

    /** Tailrace as it was built. */
    static TestBed ofJar(Cores cores, Path directory, Path jar, List<String> jvm) {
        return new TestBed(cores, directory, jar, jvm, List.of("-jar", jar.toString()), List.of());
    }

    /** Tailrace from a class path, as in a test. */
    static TestBed ofClasses(Cores cores, Path directory, String classPath) {
        List<String> classes = List.of("-cp", classPath, "dev.tailrace.cli.Main");
        return new TestBed(cores, directory, directory, List.of(), classes, List.of());
    }

    /** The same with an earlier Tailrace in it. */
    TestBed beside(List<String> command) {
        return new TestBed(cores, directory, jar, jvm, tailrace, command);
    }

    /** The command that starts the earlier Tailrace. */
    TestBed before() {
        return new TestBed(cores, directory, jar, jvm, earlier, earlier);
    }

    /** The same with more options for the JVM. */
    TestBed with(List<String> more) {
        List<String> all = new ArrayList<>(jvm);
        all.addAll(more);
        return new TestBed(cores, directory, jar, all, tailrace, earlier);
    }

    /** The same without keeping servers to one core. */
    TestBed onAllCores() {
        return new TestBed(cores.shared(), directory, jar, jvm, tailrace, earlier);
    }
}
