package dev.tailrace.deploy;

import dev.tailrace.testing.Ports;
import dev.tailrace.testing.ReverseProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The compose file's configuration of nginx, for brokers on loopback. */
final class Nginx {

    private static final Path CONFIGURATION = Path.of("deploy/nginx/nginx.conf");

    private Nginx() {}

    /** @param folder of its own, in place of /tmp */
    static ReverseProxy start(Path folder, int firstBroker, int secondBroker) throws IOException {
        int port = Ports.free();
        Path configuration = folder.resolve("nginx.conf");
        Files.writeString(
                configuration,
                Files.readString(CONFIGURATION)
                        .replace(" /tmp/", " " + folder + "/")
                        .replace("broker-1:8080", "127.0.0.1:" + firstBroker)
                        .replace("broker-2:8080", "127.0.0.1:" + secondBroker)
                        .replace("listen 8080", "listen 127.0.0.1:" + port)
                        .replace("/dev/stderr", folder.resolve("error.log").toString()));
        return ReverseProxy.nginx(folder, port, configuration);
    }
}
