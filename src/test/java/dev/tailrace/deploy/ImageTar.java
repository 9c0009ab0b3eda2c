package dev.tailrace.deploy;

import dev.tailrace.testing.Require;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The image that {@code make image} left, unpacked: its configuration, and its layers one upon the other. */
record ImageTar(JsonObject configuration, Path root) {

    private static final Path FILE = Path.of("target/tailrace-image.tar");

    static ImageTar unpack(Path folder) throws IOException {
        Require.that(Files.exists(FILE), "needs " + FILE + " (make image IMAGE_BASE=scratch)");
        Path parts = Files.createDirectory(folder.resolve("parts"));
        Path root = Files.createDirectory(folder.resolve("root"));
        run(parts, "tar", "-xf", FILE.toAbsolutePath().toString());
        JsonObject manifest = GrafanaDashboard.objects(new JsonArray(Files.readString(parts.resolve("manifest.json"))))
                .get(0);
        for (Object layer : manifest.getJsonArray("Layers")) {
            run(root, "tar", "-xzpf", parts.resolve(layer.toString()).toString());
        }
        JsonObject described = new JsonObject(Files.readString(parts.resolve(manifest.getString("Config"))));
        return new ImageTar(described.getJsonObject("config"), root);
    }

    private static void run(Path directory, String... line) {
        Command done = Command.run(directory, line);
        if (done.exit() != 0) {
            throw new AssertionError(done.output());
        }
    }

    List<String> entrypoint() {
        return strings("Entrypoint");
    }

    List<String> command() {
        return strings("Cmd");
    }

    private List<String> strings(String name) {
        return configuration.getJsonArray(name).stream().map(Object::toString).toList();
    }

    /** A file of the image, by its path there. */
    Path file(String path) {
        return root.resolve(path.substring(1));
    }
}
