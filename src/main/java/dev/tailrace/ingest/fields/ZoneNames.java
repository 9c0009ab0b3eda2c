package dev.tailrace.ingest.fields;

import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The abbreviations and regions of time zones, which have the same meaning in all formats. */
public final class ZoneNames {

    private static final int MIN_LENGTH = 2;
    private static final int MAX_LENGTH = 5;
    private static final Set<String> REGIONS = Set.copyOf(ZoneId.getAvailableZoneIds());

    /** Minutes east of Greenwich; null where an abbreviation stands for several zones. */
    private static final Map<String, @Nullable Integer> NAMES = new HashMap<>();

    static {
        put(0, "UTC", "GMT", "Z", "UCT", "WET");
        put(60, "CET", "MEZ", "WEST", "WAT");
        put(120, "CEST", "MESZ", "EET", "SAST", "CAT");
        put(180, "EEST", "MSK", "EAT", "TRT");
        put(210, "IRST");
        put(240, "GST", "SAMT", "AZT");
        put(300, "PKT", "YEKT", "UZT");
        put(345, "NPT");
        put(360, "OMST", "BDT");
        put(420, "WIB", "ICT", "NOVT", "KRAT");
        put(480, "AWST", "HKT", "SGT", "WITA", "MYT", "PHT", "IRKT");
        put(540, "JST", "KST", "WIT", "YAKT");
        put(570, "ACST");
        put(600, "AEST", "VLAT");
        put(630, "ACDT");
        put(660, "AEDT");
        put(720, "NZST");
        put(780, "NZDT");
        put(-150, "NDT");
        put(-180, "BRT", "ART", "ADT", "CLST", "UYT");
        put(-210, "NST");
        put(-240, "EDT", "CLT");
        put(-300, "EST", "CDT", "COT", "PET");
        put(-360, "MDT");
        put(-420, "MST", "PDT");
        put(-480, "PST", "AKDT");
        put(-540, "AKST");
        put(-600, "HST");
        for (String several : new String[] {"CST", "IST", "BST", "AST", "SST", "AMT"}) {
            NAMES.put(several, null);
        }
    }

    private ZoneNames() {}

    private static void put(int minutes, String... names) {
        for (String name : names) {
            NAMES.put(name, minutes);
        }
    }

    /** Minutes east of Greenwich, or null when the abbreviation is not known or stands for several zones. */
    public static @Nullable Integer minutes(String abbreviation) {
        return NAMES.get(abbreviation);
    }

    /** Whether it is the abbreviation of one zone or of several. */
    public static boolean isKnown(String abbreviation) {
        return NAMES.containsKey(abbreviation);
    }

    /** The region of a name such as {@code Europe/Berlin}, or null when there is no such region. */
    public static @Nullable ZoneId region(String name) {
        return REGIONS.contains(name) ? ZoneId.of(name) : null;
    }

    /** Whether it may be a name that is not known: 2 to 5 capital letters, or two words with a slash between them. */
    static boolean isLikeName(String word) {
        int slash = word.indexOf('/');
        if (slash >= 0) {
            return slash > 0 && slash < word.length() - 1 && isUpper(word.charAt(0)) && isUpper(word.charAt(slash + 1));
        }
        return word.length() >= MIN_LENGTH
                && word.length() <= MAX_LENGTH
                && word.chars().allMatch(ZoneNames::isUpper);
    }

    private static boolean isUpper(int c) {
        return c >= 'A' && c <= 'Z';
    }
}
