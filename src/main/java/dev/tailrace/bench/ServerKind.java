package dev.tailrace.bench;

/** The protocol of the server under load. */
enum ServerKind {
    TAILRACE(true) {
        @Override
        String ingest(String device, String run) {
            return "/api/v1/devices/" + device + "/ingest?producer=" + run;
        }

        @Override
        String stream(String device) {
            return "/api/v1/devices/" + device + "/logs/stream";
        }

        @Override
        String ring(String device, int lines) {
            return stream(device) + "?tail=" + lines;
        }

        @Override
        String history(String device, int lines) {
            return "/api/v1/devices/" + device + "/logs?limit=" + lines;
        }

        @Override
        Scanner scanner(int lineBytes, Scanner.Events events) {
            return new EventScanner(lineBytes, events);
        }
    },

    /**
     * Nchan with a WebSocket location {@code /pub/} and event streams {@code /sub/}, from the newest message on, and
     * {@code /ring/}, from the oldest. A frame is one message, and each is answered.
     */
    NCHAN(false) {
        @Override
        String ingest(String device, String run) {
            return "/pub/" + device;
        }

        @Override
        String stream(String device) {
            return "/sub/" + device;
        }

        @Override
        String ring(String device, int lines) {
            return "/ring/" + device;
        }

        @Override
        Scanner scanner(int lineBytes, Scanner.Events events) {
            return new LineScanner(lineBytes, events);
        }
    };

    private final boolean placed;

    ServerKind(boolean placed) {
        this.placed = placed;
    }

    /** The request target of a device's WebSocket. */
    abstract String ingest(String device, String run);

    /** The request target of a device's events from now on. */
    abstract String stream(String device);

    /** The request target of a device's events, beginning with a number of the newest. */
    abstract String ring(String device, int lines);

    /** The request target of a number of a device's newest entries. */
    String history(String device, int lines) {
        throw new UnsupportedOperationException("no history");
    }

    abstract Scanner scanner(int lineBytes, Scanner.Events events);

    /** Whether a stream begins with an event that has its place, rather than with its head. */
    boolean isPlaced() {
        return placed;
    }

    /** Whether an acknowledgement names the line up to which all are stored, rather than answering one frame. */
    boolean acknowledgesLines() {
        return this == TAILRACE;
    }
}
