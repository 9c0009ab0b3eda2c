package dev.tailrace.ingest.syslog;

import dev.tailrace.ingest.syslog.SyslogMeters.Foreign;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes, by the first bytes of a connection to the syslog port, a protocol that a web page can make a browser
 * speak to any port. The page chooses the payload of such a protocol, for example the body of a request, so none of it
 * may be taken for a syslog message.
 *
 * <p>A connection is recognized before its first line ends, and so before any of it is a message: by an HTTP request
 * line (RFC 9112, section 3) with any method and a target of any length, which includes HTTP/2's preface; by a TLS
 * record, whose session ticket the page may choose; and by a STUN message, with which TURN over TCP begins.
 */
final class ForeignProtocol {

    private static final int TLS_HANDSHAKE = 0x16;
    private static final int TLS_MAJOR = 3;
    private static final int DTLS_MAJOR = 0xfe;

    /** Types of TLS records: change of cipher, alert, handshake, data. */
    private static final int TLS_FIRST = 0x14;

    private static final int TLS_LAST = 0x17;

    private static final int STUN_COOKIE = 0x2112a442;
    private static final int STUN_COOKIE_AT = 4;
    private static final int STUN_TYPES = 0x40;

    private static final int QUIC_LONG_HEADER = 0xc0;
    private static final int QUIC_2 = 0x6b3343cf;

    /** Versions of drafts, and versions that test the tolerance of unknown ones (RFC 9000, section 15). */
    private static final int QUIC_DRAFT = 0xff000000;

    private static final int QUIC_GREASE = 0x0a0a0a0a;
    private static final int QUIC_GREASE_MASK = 0x0f0f0f0f;

    private static final String VERSION = "HTTP/";

    private enum State {
        BEGIN,
        /** After a first byte that may begin STUN. */
        STUN,
        METHOD,
        TARGET,
        VERSION,
        DECIDED
    }

    private State state = State.BEGIN;
    private boolean digitsOnly = true; // the method may be the length of a message
    private boolean targetEmpty = true;
    private int matched; // characters of VERSION

    /** Whether the protocol of the connection is known. */
    boolean isDecided() {
        return state == State.DECIDED;
    }

    /**
     * Takes the next bytes of the connection, until it is {@link #isDecided() decided}.
     *
     * @return the protocol in place of syslog; null for syslog, or while it is not known
     */
    @Nullable
    Foreign feed(byte[] bytes) {
        for (int i = 0; i < bytes.length && !isDecided(); i++) {
            Foreign found = feed(bytes[i] & 0xff);
            if (found != null) {
                state = State.DECIDED;
                return found;
            }
        }
        return null;
    }

    private @Nullable Foreign feed(int b) {
        return switch (state) {
            case BEGIN -> begin(b);
            case STUN -> stun(b);
            case METHOD -> method(b);
            case TARGET -> target(b);
            case VERSION -> version(b);
            case DECIDED -> null;
        };
    }

    private @Nullable Foreign begin(int b) {
        if (b == '\r' || b == '\n' || b == ' ') {
            return null; // skipped between messages, and before a request
        }
        if (b == TLS_HANDSHAKE) {
            return Foreign.TLS;
        }
        if (b == 0) {
            state = State.STUN;
            return null;
        }
        state = State.METHOD;
        return method(b);
    }

    // STUN requests have types of two bytes, of which the first is 0. In a syslog message that begins with 0, text
    // follows.
    private @Nullable Foreign stun(int b) {
        if (b > 0 && b < ' ' && b != '\n' && b != '\r') {
            return Foreign.STUN;
        }
        state = State.BEGIN;
        return begin(b);
    }

    private @Nullable Foreign method(int b) {
        if (b == ' ') {
            state = State.TARGET;
        } else if (isToken(b)) {
            digitsOnly &= b >= '0' && b <= '9';
        } else {
            state = State.DECIDED; // such as the < of a priority
        }
        return null;
    }

    private @Nullable Foreign target(int b) {
        if (targetEmpty && digitsOnly) {
            // A message of that many bytes begins with a priority (RFC 6587), and would end before the line does.
            state = State.DECIDED;
            return b == '/' ? Foreign.HTTP : null;
        }
        if (b == ' ' && !targetEmpty) {
            state = State.VERSION;
        } else if (b <= ' ' || b == 0x7f) {
            state = State.DECIDED;
        }
        targetEmpty = false;
        return null;
    }

    private @Nullable Foreign version(int b) {
        if (matched == VERSION.length()) {
            state = State.DECIDED;
            return b >= '0' && b <= '9' ? Foreign.HTTP : null;
        }
        if (Character.toUpperCase(b) == VERSION.charAt(matched)) {
            matched++;
        } else {
            state = State.DECIDED;
        }
        return null;
    }

    /** Whether the byte may be part of a token (RFC 9110, section 5.6.2). */
    private static boolean isToken(int b) {
        return (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || (b >= '0' && b <= '9')
                || "!#$%&'*+-.^_`|~".indexOf(b) >= 0;
    }

    /**
     * The protocol of a datagram in place of syslog, or null. A page cannot send arbitrary datagrams, but WebRTC sends
     * STUN and DTLS, and HTTP/3 sends QUIC, with a token and a connection id that a server has chosen.
     */
    static @Nullable Foreign ofDatagram(byte[] bytes) {
        if (bytes.length <= STUN_COOKIE_AT + Integer.BYTES) {
            return null;
        }
        int first = bytes[0] & 0xff;
        ByteBuffer numbers = ByteBuffer.wrap(bytes);
        if (first < STUN_TYPES && numbers.getInt(STUN_COOKIE_AT) == STUN_COOKIE) {
            return Foreign.STUN;
        }
        int second = bytes[1] & 0xff;
        if (first >= TLS_FIRST && first <= TLS_LAST && (second == DTLS_MAJOR || second == TLS_MAJOR)) {
            return Foreign.TLS;
        }
        return (first & QUIC_LONG_HEADER) == QUIC_LONG_HEADER && isQuic(numbers.getInt(1)) ? Foreign.QUIC : null;
    }

    private static boolean isQuic(int version) {
        return version == 0
                || version == 1
                || version == QUIC_2
                || (version & QUIC_DRAFT) == QUIC_DRAFT
                || (version & QUIC_GREASE_MASK) == QUIC_GREASE;
    }
}
