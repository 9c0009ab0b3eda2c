package dev.tailrace.bench;

import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a run.
 *
 * @param mode what is measured
 * @param dialect of the server
 * @param tls or null to connect without TLS
 * @param token for the server, or null
 * @param prefix of the devices' names; a number follows
 * @param readers spread over the devices
 * @param fleet whether each reader follows all devices on one stream
 * @param stalled how many of the readers never read
 * @param slow how many of the readers read a little now and then
 * @param lineBytes of one message
 * @param batch lines per frame
 * @param rate lines per second over all devices, or 0 for as many as the window allows
 * @param window maximum of lines of one device in flight, when the rate is 0
 * @param unansweredFrames maximum of unacknowledged frames of one device, when the rate is 0
 * @param ring entries that are requested, when a whole ring is
 * @param warmup time that is not measured
 * @param duration of the measurement
 */
record Plan(
        Mode mode,
        ServerKind dialect,
        String host,
        int port,
        @Nullable SSLContext tls,
        String path,
        @Nullable String token,
        String prefix,
        int devices,
        int readers,
        boolean fleet,
        int stalled,
        int slow,
        int lineBytes,
        int batch,
        long rate,
        int window,
        int unansweredFrames,
        int ring,
        Duration warmup,
        Duration duration) {

    /** Whether lines are sent when they are due, rather than when earlier ones have arrived. */
    boolean isOpenLoop() {
        return rate > 0;
    }

    /** A request. */
    String get(String target, String accept) {
        return begin(target) + "Accept: " + accept + "\r\n\r\n";
    }

    /** The beginning of a request, to which headers may be added. */
    String begin(String target) {
        return begin("GET", target);
    }

    private String begin(String method, String target) {
        return method + " " + path + target + " HTTP/1.1\r\nHost: " + host + ":" + port + "\r\n"
                + (token == null ? "" : "Authorization: Bearer " + token + "\r\n");
    }

    /** A request that puts a device into a fleet. */
    String assign(int index, String fleet) {
        String json = "{\"fleet\":\"" + fleet + "\"}";
        return begin("PUT", "/api/v1/devices/" + device(index) + "/fleet")
                + "Content-Type: application/json\r\nContent-Length: " + json.length() + "\r\n\r\n" + json;
    }

    /** A device name that is unique to this run. */
    String newRun() {
        return "bench-" + Long.toString(System.currentTimeMillis(), 36);
    }

    String device(int index) {
        return prefix + index;
    }
}
