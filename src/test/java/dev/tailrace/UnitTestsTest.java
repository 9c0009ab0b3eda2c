package dev.tailrace;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.OnlyIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;

/** The tag {@code unit} is on those tests that need no process and no socket, and on all of them; {@code make test-fast} runs them. */
@AnalyzeClasses(packages = "dev.tailrace", importOptions = OnlyIncludeTests.class)
final class UnitTestsTest {

    private static final String TESTABLE = "org.junit.platform.commons.annotation.Testable";

    /** Types by which a test starts a process or opens a socket. */
    private static final Set<String> OUTSIDE = Set.of(
            "com.microsoft.playwright.Playwright",
            "dev.tailrace.cli.Main",
            "dev.tailrace.server.BrokerServer",
            "dev.tailrace.storage.redis.RedisStorage",
            "io.vertx.core.http.HttpClient",
            "io.vertx.core.http.HttpServer",
            "io.vertx.core.net.NetClient",
            "io.vertx.core.net.NetServer",
            "java.lang.Process",
            "java.lang.ProcessBuilder",
            "java.net.DatagramSocket",
            "java.net.ServerSocket",
            "java.net.Socket",
            "java.net.http.HttpClient",
            "java.nio.channels.ServerSocketChannel",
            "java.nio.channels.SocketChannel");

    /** The first needs what the annotation processor of JMH writes; the second reads every class, which takes many seconds. */
    private static final Set<String> LEFT_OUT =
            Set.of("dev.tailrace.MicrobenchmarksTest", "dev.tailrace.docs.ArchitecturePageTest");

    @ArchTest
    static void unitTests_needNoProcessAndNoSocket(JavaClasses all) {
        assertThat(tests(all).filter(UnitTestsTest::isUnit)).hasSizeGreaterThan(50);
        assertThat(tests(all)
                        .filter(UnitTestsTest::isUnit)
                        .filter(one -> !outside(one, all).isEmpty()))
                .isEmpty();
    }

    @ArchTest
    static void testsWithoutProcessAndSocket_haveTheTag(JavaClasses all) {
        assertThat(tests(all)
                        .filter(one -> !isUnit(one) && !isFuzzed(one) && !one.isAnnotatedWith(AnalyzeClasses.class))
                        .filter(one -> outside(one, all).isEmpty())
                        .map(JavaClass::getName)
                        .filter(name -> !LEFT_OUT.contains(name)))
                .isEmpty();
    }

    private static Stream<JavaClass> tests(JavaClasses all) {
        return all.stream()
                .filter(one -> !one.getModifiers().contains(JavaModifier.ABSTRACT) && !one.isInterface())
                .filter(one -> one.getAllMethods().stream().anyMatch(method -> method.isMetaAnnotatedWith(TESTABLE)));
    }

    /** The library that fuzzes instruments all classes, which takes longer than all other tests of the tag. */
    private static boolean isFuzzed(JavaClass one) {
        return one.getAllMethods().stream().anyMatch(method -> method.isAnnotatedWith(FuzzTest.class));
    }

    private static boolean isUnit(JavaClass one) {
        return one.tryGetAnnotationOfType(Tag.class)
                .filter(tag -> tag.value().equals("unit"))
                .isPresent();
    }

    /** The types of {@link #OUTSIDE} on which a test depends, itself or by a test class that it uses. */
    private static List<String> outside(JavaClass test, JavaClasses all) {
        Set<JavaClass> seen = new HashSet<>(Set.of(test));
        Deque<JavaClass> next = new ArrayDeque<>(seen);
        List<String> outside = new ArrayList<>();
        while (!next.isEmpty()) {
            for (Dependency one : next.remove().getDirectDependenciesFromSelf()) {
                JavaClass target = one.getTargetClass().getBaseComponentType();
                if (OUTSIDE.contains(target.getName())) {
                    outside.add(one.getDescription());
                } else if (all.contain(target.getName()) && seen.add(all.get(target.getName()))) {
                    next.add(all.get(target.getName()));
                }
            }
        }
        return outside;
    }
}
