package dev.tailrace;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.jspecify.annotations.NullMarked;

/** The shape that the package documentation draws. */
@AnalyzeClasses(packages = "dev.tailrace", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {

    private static String room(String name) {
        return "dev.tailrace." + name + "..";
    }

    // ---- rooms

    @ArchTest
    static final ArchRule rooms_useOnlyWhatLiesBelow = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.tailrace..")
            .optionalLayer("cli")
            .definedBy(room("cli"))
            .layer("server")
            .definedBy(room("server"))
            .layer("config")
            .definedBy(room("config"))
            .layer("ingest")
            .definedBy(room("ingest"))
            .layer("egress")
            .definedBy(room("egress"))
            .layer("api")
            .definedBy(room("api"))
            .layer("auth")
            .definedBy(room("auth"))
            .layer("broker")
            .definedBy(room("broker"))
            .layer("ring")
            .definedBy(room("ring"))
            .layer("metrics")
            .definedBy(room("metrics"))
            .layer("model")
            .definedBy(room("model"))
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("server")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("config")
            .mayOnlyBeAccessedByLayers("server", "cli")
            .whereLayer("ingest")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("egress")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("api")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("auth")
            .mayOnlyBeAccessedByLayers("server", "ingest", "egress", "api")
            .whereLayer("broker")
            .mayOnlyBeAccessedByLayers("server", "ingest", "egress", "api")
            .whereLayer("ring")
            .mayOnlyBeAccessedByLayers("server", "ingest", "egress", "api", "auth", "broker")
            .whereLayer("metrics")
            .mayOnlyBeAccessedByLayers("server", "ingest", "egress", "api", "auth", "broker");

    @ArchTest
    static final ArchRule rooms_haveNoCycles =
            slices().matching("dev.tailrace.(*)..").should().beFreeOfCycles();

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
            .resideOutsideOfPackage(room("ring.redis"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.redis..");

    @ArchTest
    static final ArchRule redisRoom_isWiredByTheServerOnly = noClasses()
            .that()
            .resideOutsideOfPackages(room("ring.redis"), room("server"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage(room("ring.redis"));

    @ArchTest
    static final ArchRule eventBus_isUsedByBrokerAndRingOnly = noClasses()
            .that()
            .resideOutsideOfPackages(room("broker"), room("ring"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.core.eventbus..");

    @ArchTest
    static final ArchRule http_isKnownAtTheEndsOnly = noClasses()
            .that()
            .resideInAnyPackage(room("model"), room("ring"), room("broker"), room("metrics"), room("config"))
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
            .resideOutsideOfPackage(room("cli"))
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
    static void vertx_isMadeInOnePlaceOnly(JavaClasses all) {
        List<String> makers = all.stream()
                .flatMap(one -> one.getMethodCallsFromSelf().stream())
                .filter(call -> call.getTargetOwner().isEquivalentTo(Vertx.class))
                .filter(call -> Set.of("vertx", "builder", "clusteredVertx").contains(call.getName()))
                .filter(call -> !call.getOriginOwner().getPackageName().startsWith("dev.tailrace.cli"))
                .map(call -> call.getOriginOwner().getFullName())
                .toList();
        assertThat(makers).containsExactly("dev.tailrace.server.BrokerServer");
    }

    @ArchTest
    static final ArchRule internalsOfVertx_areKnownInFewClassesOnly = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.tailrace.egress.PeerSocket")
            .and()
            .doNotHaveFullyQualifiedName("dev.tailrace.broker.AfterReading")
            .and()
            .doNotHaveFullyQualifiedName("dev.tailrace.ingest.Processing")
            .and()
            .doNotHaveFullyQualifiedName("dev.tailrace.ingest.Intake")
            .and()
            .doNotHaveFullyQualifiedName("dev.tailrace.server.HeadDecoder")
            .and()
            .haveNameNotMatching("dev\\.tailrace\\.ingest\\.FrameStream(\\$.*)?")
            .and()
            .haveNameNotMatching(
                    "dev\\.tailrace\\.server\\.(Acceptor|AcceptorTransport|CleartextHead|HandshakeTurns)(\\$.*)?")
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
            .resideOutsideOfPackage(room("cli"))
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
