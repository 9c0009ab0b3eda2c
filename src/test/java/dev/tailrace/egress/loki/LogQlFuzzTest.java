package dev.tailrace.egress.loki;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tailrace.http.Problem;

/** Any query of a reader is parsed, or refused as the reader's mistake. */
final class LogQlFuzzTest {

    @FuzzTest(maxDuration = "1m")
    void query(FuzzedDataProvider data) {
        String query = data.consumeRemainingAsString();
        try {
            LogQl understood = LogQl.parse(query);
            if (understood.conditions().size() > 20) {
                throw new AssertionError("too many conditions");
            }
        } catch (Problem refused) {
            if (refused.status() != 400 || refused.detail().isEmpty()) {
                throw new AssertionError("not told what is wrong");
            }
        }
    }
}
