// SPDX-License-Identifier: Apache-2.0
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Union;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Records from Java with JNA: see ../README.md.
 * Usage: java Record &lt;libhaetae-otlp-http.so&gt;
 */
public class Record {
    static final int KIND_SERVER = 2;
    static final int STATUS_ERROR = 2;
    static final int SEVERITY_INFO = 9;
    static final int INT64 = 0;
    static final int DOUBLE = 1;

    /** As haetae_ffi.h declares them, those that this program uses. NativeLong is a size_t. */
    interface Haetae extends Library {
        int haetae_start(Pointer config, PointerByReference sdk);
        int haetae_sdk_shutdown(Pointer sdk, int timeoutMs);
        void haetae_sdk_free(Pointer sdk);
        String haetae_status_text(int status);
        int haetae_traceparent_parse(byte[] text, NativeLong length, SpanContext context);
        Pointer haetae_tracer_named(Pointer sdk, String name);
        long haetae_span_start_with(Pointer tracer, byte[] name, NativeLong length, SpanOptions options);
        void haetae_span_set_attributes(long span, Attribute[] attributes, NativeLong count);
        void haetae_span_add_event(long span, byte[] name, NativeLong length, long timeUnixNs,
                Attribute[] attributes, NativeLong count);
        void haetae_span_set_status(long span, int code, byte[] description, NativeLong length);
        void haetae_span_end(long span);
        void haetae_context_attach(long span, ContextToken token);
        void haetae_context_detach(ContextToken token);
        Pointer haetae_logger_named(Pointer sdk, String name);
        void haetae_log(Pointer logger, int severity, byte[] body, NativeLong length,
                Attribute[] attributes, NativeLong count);
        Pointer haetae_meter_named(Pointer sdk, String name);
        int haetae_counter_create(Pointer meter, InstrumentOptions options, PointerByReference counter);
        void haetae_counter_add(Pointer counter, long increment, Attribute[] attributes, NativeLong count);
        int haetae_histogram_create(Pointer meter, InstrumentOptions options, PointerByReference histogram);
        void haetae_histogram_record_double(Pointer histogram, double value, Attribute[] attributes,
                NativeLong count);
    }

    /** A pointer and a count: a haetae_string, bytes, an array or a map. */
    @Structure.FieldOrder({"data", "length"})
    public static class Text extends Structure {
        public Pointer data;
        public NativeLong length = new NativeLong(0);

        void set(byte[] given) {
            // One byte more: a Memory of no bytes does not exist.
            Memory memory = new Memory(given.length + 1);
            memory.write(0, given, 0, given.length);
            data = memory;
            length = count(given.length);
        }

        void set(Structure[] given) {
            if (given.length > 0) {
                for (Structure item : given) {
                    item.write();
                }
                data = given[0].getPointer();
            }
            length = count(given.length);
        }
    }

    public static class As extends Union {
        public byte bool;
        public long int64;
        public double real;
        public Text text;
    }

    @Structure.FieldOrder({"type", "reserved", "as"})
    public static class Value extends Structure {
        public int type;
        public int reserved;
        public As as;
        Structure[] kept; // what `as` points to lives as long as the value

        void set(Object given) {
            if (given instanceof Boolean flag) {
                type = 2;
                as.setType(byte.class);
                as.bool = (byte) (flag ? 1 : 0);
            } else if (given instanceof Long number) {
                type = 3;
                as.setType(long.class);
                as.int64 = number;
            } else if (given instanceof Double number) {
                type = 4;
                as.setType(double.class);
                as.real = number;
            } else if (given != null) {
                as.setType(Text.class);
                setPointed(given);
            }
        }

        private void setPointed(Object given) {
            if (given instanceof String text) {
                type = 1;
                as.text.set(utf8(text));
            } else if (given instanceof byte[] bytes) {
                type = 7;
                as.text.set(bytes);
            } else if (given instanceof List<?> list) {
                type = 5;
                kept = values(list);
                as.text.set(kept);
            } else if (given instanceof Map<?, ?> map) {
                type = 6;
                kept = attributes(map);
                as.text.set(kept);
            }
        }
    }

    @Structure.FieldOrder({"key", "value"})
    public static class Attribute extends Structure {
        public Text key;
        public Value value;
    }

    @Structure.FieldOrder({"traceId", "spanId", "traceFlags", "isRemote", "reserved"})
    public static class SpanContext extends Structure {
        public byte[] traceId = new byte[16];
        public byte[] spanId = new byte[8];
        public byte traceFlags;
        public byte isRemote;
        public byte[] reserved = new byte[6];
    }

    @Structure.FieldOrder({"opaque"})
    public static class ContextToken extends Structure {
        public long[] opaque = new long[8];
    }

    @Structure.FieldOrder({"structSize", "kind", "root", "parent", "traceState", "startTimeUnixNs",
        "attributes", "attributeCount", "links", "linkCount"})
    public static class SpanOptions extends Structure {
        public NativeLong structSize = new NativeLong(0);
        public int kind;
        public int root;
        public Pointer parent;
        public Text traceState;
        public long startTimeUnixNs;
        public Pointer attributes;
        public NativeLong attributeCount = count(0);
        public Pointer links;
        public NativeLong linkCount = count(0);

        SpanOptions() {
            structSize = count(size());
        }
    }

    @Structure.FieldOrder({"structSize", "name", "unit", "description", "numberType", "reserved",
        "boundaries", "boundaryCount"})
    public static class InstrumentOptions extends Structure {
        public NativeLong structSize = new NativeLong(0);
        public Text name;
        public Text unit;
        public Text description;
        public int numberType;
        public int reserved;
        public Pointer boundaries;
        public NativeLong boundaryCount = count(0);

        InstrumentOptions() {
            structSize = count(size());
        }
    }

    static NativeLong count(long given) {
        return new NativeLong(given);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static Value[] values(List<?> given) {
        Value[] made = (Value[]) new Value().toArray(given.size());
        for (int i = 0; i < made.length; i++) {
            made[i].set(given.get(i));
        }
        return made;
    }

    static Attribute[] attributes(Map<?, ?> given) {
        Attribute[] made = (Attribute[]) new Attribute().toArray(given.size());
        int i = 0;
        for (Map.Entry<?, ?> entry : given.entrySet()) {
            made[i].key.set(utf8((String) entry.getKey()));
            made[i].value.set(entry.getValue());
            i++;
        }
        return made;
    }

    private final Haetae haetae;
    private final Pointer sdk;

    Record(String library) {
        haetae = Native.load(library, Haetae.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
        PointerByReference started = new PointerByReference();
        check(haetae.haetae_start(null, started));
        sdk = started.getValue();
    }

    void check(int status) {
        if (status != 0) {
            throw new IllegalStateException("record: " + haetae.haetae_status_text(status));
        }
    }

    /** A span below a remote parent, and a log record that belongs to it. */
    void recordSpan() {
        byte[] header = utf8("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        SpanContext parent = new SpanContext();
        check(haetae.haetae_traceparent_parse(header, count(header.length), parent));
        SpanOptions options = new SpanOptions();
        options.kind = KIND_SERVER;
        options.parent = parent.getPointer();
        options.traceState.set(utf8("vendor=1"));
        byte[] name = utf8("GET /rides");
        Pointer tracer = haetae.haetae_tracer_named(sdk, "haetae.ffi");
        long span = haetae.haetae_span_start_with(tracer, name, count(name.length), options);

        Map<String, Object> given = new LinkedHashMap<>(); // Map.of() takes no null
        given.put("text", "불\0fire");
        given.put("flag", true);
        given.put("count", -9007199254740993L);
        given.put("ratio", 0.1);
        given.put("list", List.of("one", 2L, 0.5));
        given.put("map", Map.of("inner", true));
        given.put("bytes", new byte[] {0, 1, (byte) 0xff});
        given.put("nothing", null);
        haetae.haetae_span_set_attributes(span, attributes(given), count(given.size()));
        byte[] event = utf8("checked");
        haetae.haetae_span_add_event(span, event, count(event.length), 1700000000000000000L,
                attributes(Map.of("step", 1L)), count(1));

        // The current span belongs to a thread of the system: a virtual thread may not wait
        // between these two calls.
        ContextToken token = new ContextToken();
        haetae.haetae_context_attach(span, token);
        byte[] body = utf8("recorded");
        haetae.haetae_log(haetae.haetae_logger_named(sdk, "haetae.ffi"), SEVERITY_INFO, body,
                count(body.length), attributes(Map.of("lines", 2L)), count(1));
        haetae.haetae_context_detach(token);

        byte[] why = utf8("late");
        haetae.haetae_span_set_status(span, STATUS_ERROR, why, count(why.length));
        haetae.haetae_span_end(span);
    }

    void recordMetrics() {
        Pointer meter = haetae.haetae_meter_named(sdk, "haetae.ffi");
        InstrumentOptions options = new InstrumentOptions();
        options.name.set(utf8("ffi.requests"));
        options.unit.set(utf8("{request}"));
        options.numberType = INT64;
        PointerByReference counter = new PointerByReference();
        check(haetae.haetae_counter_create(meter, options, counter));
        haetae.haetae_counter_add(counter.getValue(), 3, attributes(Map.of("method", "GET")), count(1));

        Memory boundaries = new Memory(2 * Double.BYTES);
        boundaries.write(0, new double[] {0.1, 1}, 0, 2);
        options.name.set(utf8("ffi.duration"));
        options.unit.set(utf8("s"));
        options.numberType = DOUBLE;
        options.boundaries = boundaries;
        options.boundaryCount = count(2);
        PointerByReference histogram = new PointerByReference();
        check(haetae.haetae_histogram_create(meter, options, histogram));
        haetae.haetae_histogram_record_double(histogram.getValue(), 0.25,
                attributes(Map.of("method", "GET")), count(1));
    }

    void shutdown() {
        check(haetae.haetae_sdk_shutdown(sdk, 5000));
        haetae.haetae_sdk_free(sdk);
    }

    public static void main(String[] arguments) {
        Record record = new Record(arguments[0]);
        record.recordSpan();
        record.recordMetrics();
        record.shutdown();
    }
}
