package dev.tailrace.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/ARCHITECTURE.md names classes, methods and rooms that exist. */
final class ArchitecturePageTest {

    private static final Pattern STEP = Pattern.compile("^\\| \\d+ \\| `(\\w+)\\.(\\w+)` \\|", Pattern.MULTILINE);
    private static final Pattern CLASS = Pattern.compile("`([A-Z][a-z]\\w+)(?:\\.(\\w+))?`");
    private static final Pattern ROOM = Pattern.compile("^\\| `([a-z.]+)` \\| .* \\| .* \\|$", Pattern.MULTILINE);

    private static final Document PAGE = Document.of("docs/ARCHITECTURE.md");
    private static final JavaClasses ALL = new ClassFileImporter().importPackages("dev.tailrace");

    private static List<JavaClass> named(String name) {
        return ALL.stream().filter(one -> one.getSimpleName().equals(name)).toList();
    }

    @Test
    void wayOfALine_passesEachClassOnce() {
        List<String> classes = PAGE.text()
                .lines()
                .flatMap(line -> STEP.matcher(line).results())
                .map(match -> match.group(1))
                .toList();
        assertThat(classes).hasSizeGreaterThan(15).doesNotHaveDuplicates();
    }

    @Test
    void namedClassesAndMethods_exist() {
        for (MatchResult match : CLASS.matcher(PAGE.prose()).results().toList()) {
            List<JavaClass> found = named(match.group(1));
            assertThat(found).as(match.group()).isNotEmpty();
            if (match.group(2) != null) {
                assertThat(found.stream()
                                .flatMap(one -> one.getAllMethods().stream())
                                .map(method -> method.getName())
                                .collect(Collectors.toSet()))
                        .as(match.group())
                        .contains(match.group(2));
            }
        }
    }

    @Test
    void rooms_areThePackages() throws IOException {
        Set<String> listed = ROOM.matcher(section("## Rooms"))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> packages = packages();
        // A package inside a listed room need not be listed.
        assertThat(packages).allMatch(name -> listed.contains(name) || listed.contains(name.replaceFirst("\\..*", "")));
        assertThat(packages).containsAll(listed);
    }

    /** The packages of the sources, below dev.tailrace. */
    private static Set<String> packages() throws IOException {
        Path root = Path.of("src/main/java/dev/tailrace");
        try (Stream<Path> sources = Files.walk(root)) {
            return sources.filter(file -> file.toString().endsWith(".java"))
                    .map(file -> root.relativize(file.getParent()).toString().replace('/', '.'))
                    .filter(name -> !name.isEmpty())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static String section(String heading) {
        String text = PAGE.text();
        int from = text.indexOf(heading + "\n");
        return text.substring(from, text.indexOf("\n## ", from + 1));
    }
}
