package dev.tailrace.ingest.fields;

/**
 * A list or an object as JSON on one line. It takes no more memory than its text, unlike the lists and maps that it
 * stands for.
 *
 * @param text valid JSON without newlines
 */
public record RawJson(String text) {}
