package dev.tailrace.testing;

import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/** A Redis in a container. A class of its own, so that nothing of Testcontainers is loaded where there is no Docker. */
final class RedisContainer {
    private static final int PORT = 6379;

    private RedisContainer() {}

    /** Starts one, which Testcontainers removes after the JVM has exited. */
    static String start() {
        GenericContainer<?> container =
                new GenericContainer<>(DockerImageName.parse("redis:7-alpine")).withExposedPorts(PORT);
        container.start();
        return "redis://" + container.getHost() + ":" + container.getMappedPort(PORT);
    }
}
