package dev.tailrace;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** The shape that the package documentation draws. */
@AnalyzeClasses(packages = "dev.tailrace", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {

    private static final String ROOT = "dev.tailrace";

    private static final String[] COMMANDS = {room("cli"), room("client"), room("bench")};

    private static String room(String name) {
        return ROOT + "." + name + "..";
    }

    // ---- rooms

    private static Map.Entry<String, Set<String>> entry(String room, String... uses) {
        return Map.entry(room, Set.of(uses));
    }

    /** The rooms below the ends that these may use. */
    private static String[] with(String... uses) {
        return Stream.concat(Stream.of("auth", "broker", "http", "model", "model.codec", "storage"), Stream.of(uses))
                .toArray(String[]::new);
    }

    /** Each room, and the rooms that it may use. The rooms inside {@code ingest} and {@code egress} use the shared ones beside them only. */
    private static final Map<String, Set<String>> ROOMS = Map.ofEntries(
            entry("model.codec"),
            entry("model", "model.codec"),
            entry("metrics"),
            entry("config"),
            entry("storage", "model"),
            entry("storage.memory", "storage", "model"),
            entry("storage.redis.link", "storage"),
            entry("storage.redis", "storage", "storage.redis.link", "model", "model.codec"),
            entry("broker", "storage", "metrics", "model", "model.codec"),
            entry("http", "metrics", "model"),
            entry("auth", "http", "storage", "model"),
            entry("auth.provider", "auth", "http", "model"),
            entry("ingest", with("metrics")),
            entry("ingest.fields", "model", "model.codec"),
            entry("ingest.body", with("metrics", "ingest")),
            entry("ingest.lines", with("metrics", "ingest", "ingest.body", "ingest.fields")),
            entry("ingest.records", with("metrics", "ingest", "ingest.body", "ingest.fields")),
            entry("ingest.otlp", with("ingest", "ingest.body", "ingest.fields", "ingest.records")),
            entry("ingest.loki", with("ingest", "ingest.body", "ingest.fields", "ingest.records")),
            entry(
                    "ingest.gelf",
                    with("metrics", "ingest", "ingest.body", "ingest.fields", "ingest.lines", "ingest.records")),
            entry("ingest.syslog", with("metrics", "ingest", "ingest.fields", "ingest.lines")),
            entry("ingest.journal", with("ingest", "ingest.body", "ingest.fields")),
            entry("ingest.balena", with("ingest", "ingest.body", "ingest.lines")),
            entry("egress", with("metrics")),
            entry("egress.history", with("egress")),
            entry("egress.loki", with("egress", "egress.history")),
            entry("egress.balena", with("egress", "egress.history")),
            entry("api", with()),
            entry("server.tls", "config", "metrics"),
            entry("client", "config", "model"),
            entry("bench", "client"),
            entry("cli.send", "client", "model"),
            entry("cli.tail", "client", "model"),
            entry("cli.canary", "client", "model"),
            entry("cli.doctor", "client"),
            entry(
                    "cli",
                    "cli.send",
                    "cli.tail",
                    "cli.canary",
                    "cli.doctor",
                    "bench",
                    "client",
                    "server",
                    "config",
                    "model"));

    /** It wires the others, so it may use every room but those of the commands. */
    private static final String WIRING = "server";

    @ArchTest
    static void rooms_useOnlyWhatTheyMay(JavaClasses all) {
        assertThat(all.stream()
                        .flatMap(one -> one.getDirectDependenciesFromSelf().stream())
                        .filter(one -> !isAllowed(roomOf(one.getOriginClass()), roomOf(one.getTargetClass())))
                        .map(Dependency::getDescription))
                .isEmpty();
    }

    private static boolean isAllowed(String from, String to) {
        if (from.equals(to) || to.isEmpty() || from.isEmpty()) {
            return true;
        }
        if (from.equals(WIRING)) {
            return !to.matches("(cli|client|bench)(\\..*)?");
        }
        return ROOMS.getOrDefault(from, Set.of()).contains(to);
    }

    /** Below {@link #ROOT}; empty for what is not ours. */
    private static String roomOf(JavaClass one) {
        String name = one.getBaseComponentType().getPackageName();
        return name.startsWith(ROOT + ".") ? name.substring(ROOT.length() + 1) : "";
    }

    @ArchTest
    static void rooms_areThePackages(JavaClasses all) {
        Set<String> packages =
                all.stream().map(ArchitectureTest::roomOf).collect(Collectors.toCollection(TreeSet::new));
        packages.removeAll(Set.of("", WIRING));
        assertThat(packages).isEqualTo(new TreeSet<>(ROOMS.keySet()));
    }

    @ArchTest
    static final ArchRule packages_haveNoCycles =
            slices().matching("dev.tailrace.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule model_isPlainJava = classes()
            .that()
            .resideInAPackage(room("model"))
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "org.jspecify..", room("model"));

    @ArchTest
    static final ArchRule redis_isKnownInItsRoomOnly = noClasses()
            .that()
            .resideOutsideOfPackage(room("storage.redis"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.redis..");

    @ArchTest
    static final ArchRule redisRoom_isWiredByTheServerOnly = noClasses()
            .that()
            .resideOutsideOfPackages(room("storage.redis"), room("server"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(room("storage.redis"));

    @ArchTest
    static final ArchRule eventBus_isUsedByStorageOnly = noClasses()
            .that()
            .resideOutsideOfPackage(room("storage"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.core.eventbus..");

    @ArchTest
    static final ArchRule http_isKnownAtTheEndsOnly = noClasses()
            .that()
            .resideInAnyPackage(room("model"), room("storage"), room("broker"), room("metrics"), room("config"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx.core.http..", "io.vertx.ext.web..", "io.netty.handler.codec.http..");

    @ArchTest
    static final ArchRule micrometer_isKnownByMetricsOnly = noClasses()
            .that()
            .resideOutsideOfPackage(room("metrics"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.micrometer..", "io.prometheus..");

    @ArchTest
    static final ArchRule environment_isReadByConfigOnly = noClasses()
            .that()
            .resideOutsideOfPackage(room("config"))
            .should()
            .callMethodWhere(target(nameMatching("getenv|getProperty|getProperties|getBoolean|getInteger|getLong"))
                    .and(target(owner(resideInAPackage("java.lang")))));

    // ---- event loops

    private static DescribedPredicate<JavaCall<?>> call(Class<?> on, String method) {
        return target(nameMatching(method))
                .and(target(owner(DescribedPredicate.or(
                        JavaClass.Predicates.assignableTo(on), JavaClass.Predicates.equivalentTo(on)))))
                .forSubtype();
    }

    @ArchTest
    static final ArchRule eventLoops_areNeverBlocked = noClasses()
            .that()
            .resideOutsideOfPackages(COMMANDS)
            .should()
            .callMethodWhere(call(Thread.class, "sleep|join")
                    .or(call(Future.class, "get|join"))
                    .or(call(java.util.concurrent.CompletionStage.class, "get|join"))
                    .or(call(io.vertx.core.Future.class, "await"))
                    .or(call(CountDownLatch.class, "await"))
                    .or(call(java.util.concurrent.locks.LockSupport.class, "park.*"))
                    .or(call(java.util.concurrent.BlockingQueue.class, "take|put"))
                    .or(call(java.util.concurrent.Semaphore.class, "acquire.*"))
                    .or(call(Object.class, "wait")))
            .because("one event loop serves thousands of connections");

    @ArchTest
    static final ArchRule bodiesOfLines_areReadByBodyReaderOnly = noClasses()
            .that()
            .resideInAPackage(room("ingest"))
            .and()
            .doNotHaveFullyQualifiedName("dev.tailrace.ingest.body.BodyReader")
            .should()
            .callMethodWhere(call(HttpServerRequest.class, "handler|body|bodyHandler|endHandler|pipe|pipeTo|collect")
                    .or(call(RoutingContext.class, "body")))
            .because("it gives every body a limit, a lease and a place among the senders that are asked to leave");

    @ArchTest
    static void vertx_isMadeInOnePlaceOnly(JavaClasses all) {
        List<String> makers = all.stream()
                .flatMap(one -> one.getMethodCallsFromSelf().stream())
                .filter(call -> call.getTargetOwner().isEquivalentTo(Vertx.class))
                .filter(call -> Set.of("vertx", "builder", "clusteredVertx").contains(call.getName()))
                .filter(call -> !roomOf(call.getOriginOwner()).startsWith("cli"))
                .map(call -> call.getOriginOwner().getFullName())
                .toList();
        assertThat(makers).containsExactly("dev.tailrace.server.BrokerServer");
    }

    @ArchTest
    static final ArchRule internalsOfVertx_areKnownInFewClassesOnly = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.tailrace.egress.PeerSocket")
            .and()
            .doNotHaveFullyQualifiedName("dev.tailrace.egress.DirectPeerSocket")
            .and()
            .doNotHaveFullyQualifiedName("dev.tailrace.broker.AfterReading")
            .and()
            .doNotHaveFullyQualifiedName("dev.tailrace.ingest.balena.Processing")
            .and()
            .doNotHaveFullyQualifiedName("dev.tailrace.ingest.Intake")
            .and()
            .doNotHaveFullyQualifiedName("dev.tailrace.http.HeadDecoder")
            .and()
            .haveNameNotMatching("dev\\.tailrace\\.ingest\\.lines\\.FrameStream(\\$.*)?")
            .and()
            .haveNameNotMatching(
                    "dev\\.tailrace\\.(server\\.(Acceptor|AcceptorTransport|ReadBuffers|tls\\.HandshakeTurns)|http\\.CleartextHead)(\\$.*)?")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage("io.vertx.core.impl..", "io.vertx.core.net.impl..", "io.vertx.core.internal..")
                            .or(resideInAPackage("io.netty.channel.."))
                            .or(resideInAPackage("io.vertx..impl..")));

    // ---- habits

    @ArchTest
    static final ArchRule statics_neverChange = fields().that()
            .areStatic()
            .and()
            .areNotFinal()
            .should()
            .notBeStatic()
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule printing_isForCommandsOnly = noClasses()
            .that()
            .resideOutsideOfPackages(COMMANDS)
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethod(Throwable.class, "printStackTrace");

    @ArchTest
    static final ArchRule names_sayWhatAThingIs = noClasses()
            .should()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveNameMatching(".*(Helper|Utils?|Impl)");

    @ArchTest
    static void packages_areAllNullMarked(JavaClasses all) {
        assertThat(all.stream()
                        .map(JavaClass::getPackage)
                        .filter(one -> !one.isAnnotatedWith(NullMarked.class))
                        .map(JavaPackage::getName)
                        .distinct())
                .isEmpty();
    }
}
