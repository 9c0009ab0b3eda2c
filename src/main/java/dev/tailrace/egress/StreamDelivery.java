package dev.tailrace.egress;

import dev.tailrace.broker.Cursor;
import dev.tailrace.broker.Subscriber;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Gap;
import dev.tailrace.model.Position;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes what the cursors of one stream's devices hand over, and sends it to the reader: entries, gaps, clears, and the
 * state of storage. A stream is full when too many of the bytes that it has written are not accepted yet. Touched on
 * the stream's event loop only.
 */
final class StreamDelivery implements Subscriber {

    private final LiveStream stream;
    private final String account; // its share of time is charged for the filter
    private final PeerSocket socket;
    private final StreamOutput output;
    private final StreamMessages messages;
    private final FollowedDevices devices;
    private final CursorTurns turns;
    private final @Nullable Checkpoints checkpoints; // null for a stream of one device
    private final boolean named; // events name their device
    private Map<DeviceId, Position> known; // positions that the reader resumed with; empty once all devices are open
    private int unavailable; // cursors whose storage is unavailable
    private boolean hadEntries; // since the last heartbeat

    /**
     * @param checkpoints of a reader of several devices; null for one device
     * @param named whether events name their device
     * @param known the positions that the reader resumed with
     */
    StreamDelivery(
            Vertx vertx,
            LiveStream stream,
            StreamReader reader,
            StreamOutput output,
            StreamMessages messages,
            FollowedDevices devices,
            @Nullable Checkpoints checkpoints,
            boolean named,
            Map<DeviceId, Position> known) {
        this.stream = stream;
        this.account = reader.caller().account(reader.socket().address());
        this.socket = reader.socket();
        this.output = output;
        this.messages = messages;
        this.devices = devices;
        this.checkpoints = checkpoints;
        this.named = named;
        this.known = known;
        this.turns = new CursorTurns(vertx, this);
    }

    /** The reader has accepted bytes, and cursors that had to stop go on. */
    void goOn() {
        turns.take();
    }

    /** Whether entries were sent since the last call. */
    boolean takeHadEntries() {
        boolean had = hadEntries;
        hadEntries = false;
        return had;
    }

    /** A device is no longer followed, and its cursor is closed. */
    void left(Cursor cursor) {
        turns.remove(cursor);
        countUnavailable(cursor.isStorageUnavailable() ? -1 : 0);
        if (checkpoints != null) {
            checkpoints.left(cursor);
        }
    }

    @Override
    public Object caller() {
        return account;
    }

    @Override
    public boolean isFull() {
        return output.isClosed() || socket.isFull();
    }

    @Override
    public boolean isShared() {
        return devices.cursors().size() > 1;
    }

    @Override
    public void waits(Cursor cursor) {
        turns.await(cursor);
    }

    @Override
    public void missedTurn(Cursor cursor) {
        turns.missed(cursor);
    }

    @Override
    public void opened(Cursor cursor) {
        devices.opened();
        if (checkpoints != null) {
            checkpoints.opened(cursor, cursor.position().equals(known.get(cursor.device())));
            known = devices.areAllOpen() ? Map.of() : known;
        } else {
            messages.opened(cursor);
        }
    }

    @Override
    public void entries(Cursor cursor, ByteBuf encoded) {
        messages.head();
        hadEntries = true;
        output.entries(encoded);
        moved(cursor);
    }

    @Override
    public void passedOver(Cursor cursor) {
        if (checkpoints != null) {
            checkpoints.passedOver(cursor);
        }
    }

    private void moved(Cursor cursor) {
        if (checkpoints != null) {
            checkpoints.moved(cursor);
        }
    }

    @Override
    public void gap(Cursor cursor, Gap gap) {
        Position to = gap.to();
        event("gap", cursor, GapJson.of(gap), to == null ? null : to.toString());
    }

    @Override
    public void cleared(Cursor cursor, long offset) {
        String to = new Position(cursor.position().epoch(), offset).toString();
        event("clear", cursor, new JsonObject().put("to", to), cursor.position().toString());
    }

    @Override
    public void storage(Cursor cursor, boolean nowUnavailable) {
        boolean changed = countUnavailable(nowUnavailable ? 1 : -1);
        JsonObject data = new JsonObject().put("storage", nowUnavailable ? "away" : "back");
        if (devices.size() <= Checkpoints.MANY) {
            event("status", cursor, data, null);
        } else if (changed) { // one event for all devices, or an outage would be ten thousand
            messages.event("status", data, null);
        }
    }

    /** Returns whether storage became unavailable for the first cursor, or available for the last. */
    private boolean countUnavailable(int change) {
        int before = unavailable;
        unavailable += change;
        if (unavailable == 0 && before > 0 && checkpoints != null) {
            checkpoints.storageIsBack();
        }
        return (before == 0) != (unavailable == 0);
    }

    /** @param id where a reader of one device resumes after the event; a reader of several has checkpoints */
    private void event(String name, Cursor cursor, JsonObject data, @Nullable String id) {
        if (named) {
            data.put("device", cursor.device().value());
        }
        messages.event(name, data, checkpoints == null ? id : null);
        moved(cursor);
    }

    @Override
    public void failed(Cursor cursor) {
        stream.end();
    }
}
