package dev.tailrace.broker;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;

/**
 * The attributes of a line as texts: a string as it is; a number, a boolean and null as JSON writes them. Objects and
 * arrays have no text.
 */
final class AttributeText {

    private static final JsonFactory JSON = new JsonFactory();

    private AttributeText() {}

    /**
     * Whether an attribute has one of these values. A name with dots is the name of one attribute, or leads into nested
     * objects, or both.
     *
     * @param attributes a JSON object in UTF-8; anything else has no attributes
     */
    static boolean isOneOf(byte[] attributes, String name, Set<String> values) {
        try (JsonParser json = JSON.createParser(attributes)) {
            return json.nextToken() == JsonToken.START_OBJECT && isInObject(json, name, values);
        } catch (IOException notJson) {
            return false;
        }
    }

    /** Searches the object whose opening brace was the last token. Each nested call has a shorter name. */
    private static boolean isInObject(JsonParser json, String name, Set<String> values) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String key = json.currentName();
            JsonToken value = json.nextToken();
            if (value == JsonToken.START_OBJECT && leadsTo(key, name)) {
                if (isInObject(json, name.substring(key.length() + 1), values)) {
                    return true;
                }
            } else if (value.isStructStart()) {
                json.skipChildren();
            } else if (key.equals(name) && values.contains(json.getText())) {
                return true;
            }
        }
        return false;
    }

    private static boolean leadsTo(String key, String name) {
        return name.length() > key.length() && name.charAt(key.length()) == '.' && name.startsWith(key);
    }
}
