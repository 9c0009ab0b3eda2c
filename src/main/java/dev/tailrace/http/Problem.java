package dev.tailrace.http;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import java.util.Map;

/**
 * A refusal that the caller gets as {@code application/problem+json} (RFC 9457). It is thrown where a request is found to be wrong, and
 * answered in one place. It has no stack trace, because the fault is the caller's.
 */
public final class Problem extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final String TYPE_PREFIX = "urn:tailrace:problem:";

    private final int status;
    private final String name;
    private final String title;
    private final String detail;
    private final transient Map<String, Object> members;

    /**
     * @param status HTTP status
     * @param name a stable name, the last part of the {@code type}
     * @param title the same for all problems of the type
     * @param detail what is wrong with this request, and what to do about it
     */
    public Problem(int status, String name, String title, String detail) {
        this(status, name, title, detail, Map.of());
    }

    /** @param members further members of the JSON object, in this order (RFC 9457, section 3.2) */
    public Problem(int status, String name, String title, String detail, Map<String, Object> members) {
        super(detail, null, false, false);
        this.status = status;
        this.name = name;
        this.title = title;
        this.detail = detail;
        this.members = members;
    }

    /** A parameter of the request is wrong. */
    public static Problem badParameter(String parameter, String detail) {
        return new Problem(400, "bad-parameter", "Invalid parameter", parameter + ": " + detail);
    }

    /** The same for a device that does not exist and for one that the caller may not see, so that callers cannot guess names. */
    public static Problem unknownDevice(DeviceId device) {
        return new Problem(
                404,
                "unknown-device",
                "No such device",
                "unknown device " + device + ", or no permission; devices appear with their first line");
    }

    /** The same for fleets; a fleet without devices does not exist. */
    public static Problem unknownFleet(FleetId fleet) {
        return new Problem(
                404,
                "unknown-fleet",
                "No such fleet",
                "unknown fleet " + fleet + ", or no permission; fleets appear with their first device");
    }

    /** Storage did not answer; the caller should retry. */
    public static Problem storageAway() {
        return new Problem(
                503, "storage-away", "Storage unavailable", "the broker cannot reach its storage; retry shortly");
    }

    public int status() {
        return status;
    }

    public String type() {
        return TYPE_PREFIX + name;
    }

    /** The last part of the {@link #type}. */
    public String name() {
        return name;
    }

    public String title() {
        return title;
    }

    public String detail() {
        return detail;
    }

    /** The members after the four that every problem has. */
    public Map<String, Object> members() {
        return members;
    }
}
