package dev.tailrace.perf;

import dev.tailrace.testing.Ports;
import dev.tailrace.testing.Processes;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The servers that are compared. */
enum ServerUnderTest {
    TAILRACE_MEMORY("Tailrace, memory") {
        @Override
        Running start(TestBed course) {
            return tailrace(course);
        }
    },
    TAILRACE_REDIS("Tailrace, Redis") {
        @Override
        Running start(TestBed course) {
            return tailrace(course);
        }

        @Override
        boolean usesRedis() {
            return true;
        }
    },
    BEFORE_MEMORY("Tailrace before, memory") {
        @Override
        Running start(TestBed course) {
            return tailrace(course.before());
        }
    },
    BEFORE_REDIS("Tailrace before, Redis") {
        @Override
        Running start(TestBed course) {
            return tailrace(course.before());
        }

        @Override
        boolean usesRedis() {
            return true;
        }
    },
    NCHAN_MEMORY("nchan, memory") {
        @Override
        Running start(TestBed course) {
            return nchan(course, List.of());
        }
    },
    NCHAN_REDIS("nchan, Redis") {
        @Override
        Running start(TestBed course) {
            // Without this pace it queues commands without end, takes Redis for dead, and restarts.
            return nchan(course, List.of("--unanswered-frames", "4"));
        }

        @Override
        boolean usesRedis() {
            return true;
        }
    },
    NETTY("bare Netty, no store") {
        @Override
        Running start(TestBed course) {
            int port = Ports.free();
            String classes = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                    .map(entry -> Path.of(entry).toAbsolutePath().toString())
                    .collect(Collectors.joining(File.pathSeparator));
            List<String> command = new ArrayList<>(List.of(JAVA));
            command.addAll(course.jvm());
            command.addAll(List.of("-cp", classes, BareNettyServer.class.getName(), Integer.toString(port)));
            var server = new ServerProcess(course.cores(), course.directory(), "netty-" + port, command);
            return new Running(this, url(server.awaitPort(port), port), null, List.of(), server, null, 0, 0);
        }
    };

    private static final String JAVA = ProcessHandle.current().info().command().orElse("java");
    private static final Path NCHAN_MODULE = Path.of("/usr/lib/nginx/modules/ngx_nchan_module.so");
    private static final Pattern LISTENING = Pattern.compile(
            "listening on (http://\\S+), management on (http://[^\\s,]+)(?:, syslog on \\S+:(\\d+))?\\R");

    private final String title;

    ServerUnderTest(String title) {
        this.title = title;
    }

    /** Starts a fresh server. */
    abstract Running start(TestBed course);

    /** Whether it is a JVM. */
    boolean isCompiledAsItRuns() {
        return this != NCHAN_MEMORY && this != NCHAN_REDIS;
    }

    boolean usesRedis() {
        return false;
    }

    /** An earlier Tailrace with the same storage; empty for other servers. */
    Optional<ServerUnderTest> earlier() {
        return switch (this) {
            case TAILRACE_MEMORY -> Optional.of(BEFORE_MEMORY);
            case TAILRACE_REDIS -> Optional.of(BEFORE_REDIS);
            default -> Optional.empty();
        };
    }

    String title() {
        return title;
    }

    /** The command that installs what this machine lacks to run it; empty when nothing is missing. */
    Optional<String> missing() {
        boolean nchan = this == NCHAN_MEMORY || this == NCHAN_REDIS;
        if (nchan && (nginx().isEmpty() || !Files.exists(NCHAN_MODULE))) {
            return Optional.of("apt-get install nginx-light libnginx-mod-nchan");
        }
        if (usesRedis() && Processes.find("redis-server").isEmpty()) {
            return Optional.of("apt-get install redis-server");
        }
        return Optional.empty();
    }

    // ---- Tailrace

    Running tailrace(TestBed course) {
        int redisPort = usesRedis() ? Ports.free() : 0;
        ServerProcess redis = usesRedis() ? redis(course, redisPort) : null;
        return tailrace(course, redis, redisPort, List.of("--syslog-port", "0"));
    }

    /** Starts Tailrace once more, with the Redis that is there. */
    Running restart(TestBed course, int redisPort) {
        return tailrace(isEarlier() ? course.before() : course, null, redisPort, List.of());
    }

    /** Whether it is a Tailrace of an earlier day, which {@code --before} names. */
    boolean isEarlier() {
        return this == BEFORE_MEMORY || this == BEFORE_REDIS;
    }

    private Running tailrace(TestBed course, ServerProcess redis, int redisPort, List<String> more) {
        List<String> command = new ArrayList<>(List.of(JAVA));
        command.addAll(course.jvm());
        command.addAll(course.tailrace());
        command.addAll(List.of("serve", "--port", "0", "--management-port", "0"));
        command.addAll(List.of("--event-loops", "1"));
        command.addAll(redisPort == 0 ? List.of() : List.of("--redis", "redis://127.0.0.1:" + redisPort));
        command.addAll(more);
        var server = new ServerProcess(course.cores(), course.directory(), "tailrace-" + Ports.free(), command);
        Matcher listening = server.awaitOutput(LISTENING);
        int syslogPort = listening.group(3) == null ? 0 : Integer.parseInt(listening.group(3));
        return new Running(
                this, listening.group(1), listening.group(2), List.of(), server, redis, redisPort, syslogPort);
    }

    // ---- nchan

    private static Optional<Path> nginx() {
        return Processes.find("nginx")
                .or(() -> Optional.of(Path.of("/usr/sbin/nginx")).filter(Files::exists));
    }

    Running nchan(TestBed course, List<String> pace) {
        int port = Ports.free();
        int redisPort = usesRedis() ? Ports.free() : 0;
        ServerProcess redis = usesRedis() ? redis(course, redisPort) : null;
        Path home = course.directory().resolve("nchan-" + port);
        Path configuration = home.resolve("nginx.conf");
        try {
            Files.createDirectories(home);
            Files.writeString(configuration, nchanConfiguration(home, port, redisPort));
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
        var server = new ServerProcess(
                course.cores(),
                course.directory(),
                "nchan-" + port,
                List.of(
                        nginx().orElseThrow().toString(),
                        "-e",
                        home.resolve("error.log").toString(),
                        "-p",
                        home.toString(),
                        "-c",
                        configuration.toString()));
        List<String> options = new ArrayList<>(List.of("--peer", "nchan"));
        options.addAll(pace);
        return new Running(this, url(server.awaitPort(port), port), null, options, server, redis, redisPort, 0);
    }

    private static String nchanConfiguration(Path home, int port, int redisPort) {
        return resource("nginx.conf")
                .replace("MODULE", NCHAN_MODULE.toString())
                .replace("HOME", home.toString())
                .replace("PORT", Integer.toString(port))
                .replace(
                        "UPSTREAM",
                        redisPort == 0
                                ? ""
                                : "upstream ring { nchan_redis_server redis://127.0.0.1:" + redisPort + "; }")
                .replace("STORE", redisPort == 0 ? "" : "nchan_redis_pass ring;");
    }

    private static String resource(String name) {
        try (var in = ServerUnderTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException cause) {
            throw new UncheckedIOException(cause);
        }
    }

    // ---- what they share

    private static ServerProcess redis(TestBed course, int port) {
        return new ServerProcess(
                        course.cores(),
                        course.directory(),
                        "redis-" + port,
                        List.of(
                                "redis-server",
                                "--port",
                                Integer.toString(port),
                                "--bind",
                                "127.0.0.1",
                                "--save",
                                "",
                                "--appendonly",
                                "no"))
                .awaitPort(port);
    }

    private static String url(ServerProcess started, int port) {
        return "http://127.0.0.1:" + port;
    }
}
