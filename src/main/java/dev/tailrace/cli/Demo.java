package dev.tailrace.cli;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code tailrace demo}: a broker with rings in memory and a few synthetic devices, so that there are logs to look at.
 */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "Run a broker in memory with a few synthetic devices that write to it.")
final class Demo implements Callable<Integer> {

    private static final List<String> DEVICES = List.of("door-berlin-1", "door-berlin-2", "pump-oslo", "camera-lyon");

    private static final List<String> LINES = List.of(
            "{\"message\":\"INFO GET /api/state 200 in %d ms\",\"service\":\"api\"}",
            "{\"message\":\"temperature is %d.5 °C\",\"service\":\"sensor\"}",
            "{\"message\":\"\\u001b[33mbattery at %d %%\\u001b[0m\",\"service\":\"sensor\",\"level\":\"warn\"}",
            "{\"message\":\"cannot reach upstream: timed out after %d ms\\n  at Link.read(Link.java:48)\\n  at"
                    + " Link.run(Link.java:17)\",\"service\":\"api\",\"stream\":\"stderr\",\"level\":\"error\"}",
            "{\"message\":\"Applied configuration change %d\",\"system\":true}");

    @Option(names = "--port", defaultValue = "8080", description = "port to listen on (default ${DEFAULT-VALUE})")
    private String port = "8080";

    @Option(
            names = "--management-port",
            defaultValue = "9090",
            description = "port for metrics and probes (default ${DEFAULT-VALUE})")
    private String managementPort = "9090";

    @Override
    public Integer call() {
        Serve serve = new Serve();
        picocli.CommandLine line = new picocli.CommandLine(serve.spec());
        serve.whenListening(this::startDevices);
        return line.execute("--port", port, "--management-port", managementPort);
    }

    private void startDevices(URI broker) {
        System.out.println("open " + broker + " in a browser, or: curl -N " + broker + "/api/v1/devices/"
                + DEVICES.get(0) + "/logs/stream?tail=10");
        for (String device : DEVICES) {
            Thread thread = new Thread(() -> write(broker, device), device);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void write(URI broker, String device) {
        URI uri = URI.create(
                "ws" + broker.toString().substring("http".length()) + "/api/v1/devices/" + device + "/ingest");
        ThreadLocalRandom random = ThreadLocalRandom.current();
        try {
            WebSocket socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(uri, new WebSocket.Listener() {})
                    .join();
            while (!socket.isOutputClosed()) {
                int which = Math.min(LINES.size() - 1, (int) (random.nextDouble() * random.nextDouble() * 6));
                socket.sendText(LINES.get(which).formatted(random.nextInt(10, 90)), true)
                        .join();
                Thread.sleep(random.nextInt(50, 1500));
            }
        } catch (CompletionException gone) {
            // the broker is stopping, and so are the demo devices
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
