package dev.tailrace.egress;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names the positions of a stream that has too many devices to list them: the first so many texts of a list in storage.
 * Written {@code s.<list>.<texts>}; a token that lists devices has a colon, which this never has.
 *
 * @param list 128 random bits, because its name is the permission to resume there
 * @param texts 0 before the first positions were stored; a reader that resumes there learns that they are lost
 */
record ResumeId(String list, int texts) {

    private static final Pattern FORM = Pattern.compile("s\\.([A-Za-z0-9_-]{22})\\.([0-9]{1,9})");

    /**
     * Parses a resume token; null when it lists devices.
     *
     * @throws IllegalArgumentException with a message for the caller when the token is neither
     */
    static @Nullable ResumeId parse(String token) {
        if (token.indexOf(':') >= 0 || !token.startsWith("s.")) {
            return null;
        }
        Matcher form = FORM.matcher(token);
        if (!form.matches()) {
            throw new IllegalArgumentException("must be the unchanged id of a checkpoint");
        }
        return new ResumeId(form.group(1), Integer.parseInt(form.group(2)));
    }

    @Override
    public String toString() {
        return "s." + list + "." + texts;
    }
}
