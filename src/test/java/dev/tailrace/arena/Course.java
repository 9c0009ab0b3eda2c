package dev.tailrace.arena;

import java.nio.file.Path;
import java.util.List;

/**
 * Where servers are started and how.
 *
 * @param directory of their files
 * @param jar Tailrace as it was built
 * @param jvmFlags for Tailrace
 */
record Course(Cores cores, Path directory, Path jar, List<String> jvmFlags) {}
