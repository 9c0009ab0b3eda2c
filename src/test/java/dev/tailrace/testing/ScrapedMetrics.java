package dev.tailrace.testing;

/** Reads the text that Prometheus would scrape. */
final class ScrapedMetrics {

    private ScrapedMetrics() {}

    /** The sum of a metric over all its labels, or over those that begin as in {@code tailrace_subscribers{state="live"}. */
    static double sum(String scraped, String name) {
        return scraped.lines()
                .filter(line -> line.startsWith(name + " ")
                        || line.startsWith(name + "{")
                        || (name.contains("{") && line.startsWith(name)))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
