package dev.tailrace.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A Markdown file of the project. */
record Document(Path file, String text) {

    private static final Pattern FENCE =
            Pattern.compile("^```([a-z]*)\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);

    /** A fenced block, and the heading that it stands under. */
    record Block(String heading, String language, String text) {
        @Override
        public String toString() {
            return heading + ": " + text.lines().findFirst().orElse("");
        }
    }

    static Document of(String file) {
        try {
            return new Document(Path.of(file), Files.readString(Path.of(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** README, CONTRIBUTING and all of docs/. */
    static List<Document> all() {
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            return Stream.concat(Stream.of("README.md", "CONTRIBUTING.md"), docs.map(Path::toString))
                    .filter(name -> name.endsWith(".md"))
                    .sorted()
                    .map(Document::of)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text without fenced blocks. */
    String prose() {
        return FENCE.matcher(text).replaceAll("");
    }

    /** The anchors that links may lead to. */
    Set<String> anchors() {
        return HEADING.matcher(prose())
                .results()
                .map(match -> anchor(match.group(1)))
                .collect(Collectors.toSet());
    }

    private static String anchor(String heading) {
        return heading.replaceAll("[`*]", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    List<Block> blocks(String language) {
        List<Block> blocks = new ArrayList<>();
        Matcher fence = FENCE.matcher(text);
        while (fence.find()) {
            if (fence.group(1).equals(language)) {
                blocks.add(new Block(headingBefore(fence.start()), language, fence.group(2)));
            }
        }
        return blocks;
    }

    private String headingBefore(int at) {
        String heading = "";
        Matcher headings = HEADING.matcher(text.substring(0, at));
        while (headings.find()) {
            heading = headings.group(1);
        }
        return heading;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
