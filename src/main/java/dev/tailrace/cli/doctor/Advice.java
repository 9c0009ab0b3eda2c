package dev.tailrace.cli.doctor;

import dev.tailrace.client.JsonFields;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What to change for each check of the doctor: the texts that the page {@code /doctor} has too. */
record Advice(JsonFields texts) {

    static Advice ofTheJar() {
        try (InputStream in = Advice.class.getResourceAsStream("/web/doctor.json")) {
            if (in == null) {
                throw new IllegalStateException("web/doctor.json is not in the jar");
            }
            return new Advice(JsonFields.read(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    String change(String check) {
        return texts.text(check + ".change", "");
    }
}
