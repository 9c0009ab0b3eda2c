package dev.tailrace.egress;

import dev.tailrace.model.Gap;
import dev.tailrace.model.Position;
import io.vertx.core.json.JsonObject;

/** A gap as every reader receives it. */
public final class GapJson {

    private GapJson() {}

    /** Without {@code to} when the number of lost entries is not known; {@code count} is null then. */
    public static JsonObject of(Gap gap) {
        JsonObject json = new JsonObject().put("from", gap.from().toString());
        Position to = gap.to();
        if (to != null) {
            json.put("to", to.toString());
        }
        return json.put("count", gap.count()).put("reason", gap.reason().wire());
    }
}
